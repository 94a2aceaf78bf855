//! Hashes of what decides a verdict beside the submission: same hashes, same grade, and nothing to prove again.

use anyhow::{Context, Result};

use crate::course::{Course, LabFolder};
use crate::release;
use crate::tree::{self, Tree};

/// The sources that checks are made of, below the course's root.
const CRATES: [&str; 5] =
    ["grader/cell/src", "grader/wire/src", "grader/checks/src", "grader/hidden/src", "exercises/labkit/src"];

fn crates(course: &Course, is_wanted: impl Fn(&str) -> bool) -> Result<Tree> {
    let mut files = Tree::new();
    for folder in CRATES {
        for (path, bytes) in tree::read(&course.root.join(folder), &|_| false)? {
            let path = format!("{folder}/{path}");
            if is_wanted(&path) {
                files.insert(path, bytes);
            }
        }
    }
    Ok(files)
}

/// Of all checks and everything under them.
///
/// # Errors
/// The course's sources can't be read.
pub fn checks_sha256(course: &Course) -> Result<String> {
    Ok(tree::sha256(&crates(course, |_| true)?))
}

/// Of one lab's checks and everything under them.
///
/// # Errors
/// The course's sources can't be read.
pub fn lab_checks_sha256(course: &Course, lab: &str) -> Result<String> {
    Ok(tree::sha256(&crates_of(course, lab)?))
}

/// The crates under the checks, and of the labs' checks only this one's.
fn crates_of(course: &Course, lab: &str) -> Result<Tree> {
    let own_file = format!("/labs/{}", lab.replace('-', "_"));
    crates(course, |path| !path.contains("/labs/") || path.contains(&own_file))
}

/// Of the root's lock file.
///
/// # Errors
/// There is none.
pub fn lockfile_sha256(course: &Course) -> Result<String> {
    let path = course.root.join("Cargo.lock");
    let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    Ok(tree::sha256(&Tree::from([(String::new(), bytes)])))
}

/// Of the manifests that the workspace of submissions is made from, beside the labs' own: profiles, and which features of
/// the dependencies are used.
///
/// # Errors
/// They are not there.
pub fn workspace_sha256(course: &Course) -> Result<String> {
    let read = |path: &str| {
        let full = course.root.join(path);
        let bytes = std::fs::read(&full).with_context(|| format!("reading {}", full.display()))?;
        Ok((path.to_owned(), bytes))
    };
    let files: Tree =
        ["Cargo.toml", "exercises/labkit/Cargo.toml"].into_iter().map(read).collect::<Result<_>>()?;
    Ok(tree::sha256(&files))
}

/// Of everything that a lab's proof depends on: its solution with its bugs, its checks, and the crates under them.
///
/// # Errors
/// The course's sources can't be read.
pub fn proof_sha256(course: &Course, lab: &LabFolder) -> Result<String> {
    let mut files = crates_of(course, &lab.name)?;
    for (path, bytes) in release::solution(course, lab)? {
        files.insert(format!("solution/{path}"), bytes);
    }
    Ok(tree::sha256(&files))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_proof_depends_on_its_own_lab_and_the_crates_under_it() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for folder in CRATES {
            write(&format!("{folder}/lib.rs"), "");
        }
        write("solutions/03-tcp-echo/src/lib.rs", "");
        let course = Course::at(root.path()).unwrap();
        let mut seen = vec![proof_sha256(&course, &course.labs[0]).unwrap()];
        let mut hash_after = |path: &str| {
            write(path, "changed");
            seen.push(proof_sha256(&course, &course.labs[0]).unwrap());
            seen[seen.len() - 1] != seen[seen.len() - 2]
        };
        assert!(hash_after("solutions/03-tcp-echo/bugs.toml"));
        assert!(hash_after("grader/hidden/src/labs/tcp_echo.rs"));
        assert!(hash_after("grader/wire/src/lib.rs"));
        assert!(!hash_after("grader/checks/src/labs/framing.rs"));
        assert!(!hash_after("grader/checks/signatures/tcp-echo.toml"));
    }
}
