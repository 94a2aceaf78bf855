//! A repository for students that stands on its own: the stubs, the public checks and what they stand on, the book as pages.
//!
//! What goes along is named here, piece by piece; nothing is "everything but". So a new folder of the course is not handed
//! out until somebody says so.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::cargo::Toolchain;
use crate::course::Course;
use crate::tree::{self, Tree};
use crate::usage::Usage;
use crate::{lock, manifests, markers};

use super::{exercise, solution};

/// What a student's copy knows of itself: `lab update` and `lab reset` read it (`exercises/lab/src/release.rs`).
pub const RELEASE_FILE: &str = "grader/release.json";
/// Its form.
const SCHEMA: &str = "wirelab/release/v1";

/// The crates that are given whole but for their tests, by their folders.
const GIVEN_LIBRARIES: [&str; 5] =
    ["exercises/labkit", "grader/cell", "grader/checks", "grader/pages", "grader/wire"];
const GIVEN_PROGRAM: &str = "exercises/lab";
/// Folders of fixtures: public checks, labs and the book read them.
const FIXTURES: [&str; 7] = ["hex", "http", "http-server", "pcaps", "services", "transcripts", "wc"];
/// Files that the students' repository has as the course has them, by where they lie in each.
const SAME: [(&str, &str); 6] = [
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("clippy.toml", "clippy.toml"),
    ("rustfmt.toml", "rustfmt.toml"),
    (".devcontainer/Dockerfile", ".devcontainer/Dockerfile"),
    ("exercises/.cargo/config.toml", ".cargo/config.toml"),
];

/// All of it but the book, the lock file and the record of it.
///
/// # Errors
/// As [`exercise`](super::exercise()); a file of the course that is named here is missing.
pub fn sources(course: &Course) -> Result<Tree> {
    let mut files = Tree::new();
    for lab in &course.labs {
        for (path, bytes) in exercise(lab, &solution(course, lab)?)? {
            files.insert(format!("exercises/{}/{path}", lab.folder()), bytes);
        }
    }
    for folder in GIVEN_LIBRARIES {
        add_given(course, &mut files, folder, manifests::given_library)?;
    }
    add_given(course, &mut files, GIVEN_PROGRAM, manifests::given_program)?;
    for folder in FIXTURES {
        add_folder(course, &mut files, &format!("fixtures/{folder}"))?;
    }
    for (from, to) in SAME {
        let bytes = fs::read(course.root.join(from)).with_context(|| format!("reading {from}"))?;
        files.insert(to.to_owned(), bytes);
    }
    let root = fs::read_to_string(course.root.join("Cargo.toml")).context("reading the root's Cargo.toml")?;
    files.insert("Cargo.toml".to_owned(), manifests::students_repository(&root)?.into_bytes());
    files.extend(tree::read(&course.root.join("grader/handout"), &|_| false)?);
    Ok(files)
}

fn add_folder(course: &Course, files: &mut Tree, folder: &str) -> Result<()> {
    for (path, bytes) in tree::read(&course.root.join(folder), &|_| false)? {
        files.insert(format!("{folder}/{path}"), bytes);
    }
    Ok(())
}

/// A crate's sources, and what they include; not its tests and benches, nor what only those need.
fn add_given(
    course: &Course,
    files: &mut Tree,
    folder: &str,
    manifest: fn(&str) -> Result<String>,
) -> Result<()> {
    let not_given = |path: &str| matches!(path, "tests" | "benches" | "target");
    for (path, bytes) in tree::read(&course.root.join(folder), &not_given)? {
        let shown = format!("{folder}/{path}");
        let bytes = if path == "Cargo.toml" {
            let text = String::from_utf8(bytes).with_context(|| format!("{shown} is not UTF-8"))?;
            manifest(&text).with_context(|| format!("releasing {shown}"))?.into_bytes()
        } else {
            bytes
        };
        files.insert(shown, bytes);
    }
    Ok(())
}

/// Writes the repository to a folder that is empty, or that holds an earlier release: what git and the students' runner keep
/// there stays. Returns how many files it consists of.
///
/// # Errors
/// [`Usage`] where the folder holds something else; as [`sources`]; the book does not build.
pub fn write(course: &Course, toolchain: &Toolchain, folder: &Path) -> Result<usize> {
    refuse_another_folder(folder)?;
    let mut files = sources(course)?;
    add_book(course, toolchain, &mut files)?;
    let keep = |path: &str| {
        let top = path.split('/').next().unwrap_or(path);
        matches!(top, ".git" | ".lab" | "target" | "Cargo.lock")
    };
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    tree::write_exactly(folder, &files, &keep)?;
    lock::prune(toolchain, &course.root.join("Cargo.lock"), folder)?;
    let lock = fs::read(folder.join("Cargo.lock")).context("reading the new Cargo.lock")?;
    files.insert("Cargo.lock".to_owned(), lock);
    let record = record(course, &files)?;
    files.insert(RELEASE_FILE.to_owned(), record);
    tree::write_exactly(folder, &files, &|path| keep(path) && path != "Cargo.lock")?;
    Ok(files.len())
}

fn refuse_another_folder(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("listing {shown}")),
    };
    // A repository that was just made holds nothing but git's own folder.
    let is_new =
        fs::read_dir(folder).is_ok_and(|entries| entries.flatten().all(|entry| entry.file_name() == ".git"));
    if is_empty || is_new || folder.join(RELEASE_FILE).is_file() {
        return Ok(());
    }
    Err(Usage::new(format!("{shown} is neither empty nor an earlier release")).into())
}

/// The pages of the students' edition, made by the book's own program.
fn add_book(course: &Course, toolchain: &Toolchain, files: &mut Tree) -> Result<()> {
    let pages = tempfile::tempdir().context("making a folder for the book")?;
    let to = pages.path().to_str().context("a temporary folder's name is not UTF-8")?;
    toolchain.run_own(&course.root, "book", &["build", "--students", "--to", to])?;
    add_pages(pages.path(), "book", files)
}

/// The course's own output: pages and the search index may be larger than any source.
fn add_pages(folder: &Path, below: &str, files: &mut Tree) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let entry = entry.with_context(|| format!("listing {}", folder.display()))?;
        let name = entry.file_name().into_string().ok().context("a page's name is not UTF-8")?;
        let path = format!("{below}/{name}");
        if entry.path().is_dir() {
            add_pages(&entry.path(), &path, files)?;
        } else {
            files.insert(path, fs::read(entry.path()).with_context(|| format!("reading {name}"))?);
        }
    }
    Ok(())
}

/// What the repository says of itself: its version, the hash of every file, which of them students write in, and the labs as
/// they are handed out.
fn record(course: &Course, files: &Tree) -> Result<Vec<u8>> {
    let mut open = Vec::new();
    let mut labs = serde_json::Map::new();
    for lab in &course.labs {
        let solution = solution(course, lab)?;
        for (path, bytes) in exercise(lab, &solution)? {
            let text = String::from_utf8(bytes)
                .ok()
                .with_context(|| format!("{}/{path} is not UTF-8", lab.folder()))?;
            labs.insert(format!("{}/{path}", lab.folder()), text.into());
            let reference = solution.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok());
            if reference.is_some_and(markers::holds_marker) {
                open.push(format!("exercises/{}/{path}", lab.folder()));
            }
        }
    }
    let hashes: serde_json::Map<String, serde_json::Value> =
        files.iter().map(|(path, bytes)| (path.clone(), tree::file_sha256(bytes).into())).collect();
    let version = format!("{}+{}", env!("CARGO_PKG_VERSION"), &tree::sha256(files)[..8]);
    ensure!(!open.is_empty(), "no file of any lab is the students' to write");
    let record = json!({ "schema": SCHEMA, "version": version, "files": hashes, "open": open, "labs": labs });
    let mut text = serde_json::to_vec_pretty(&record).context("writing the record of the release")?;
    text.push(b'\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_folder_a_new_repository_or_an_earlier_release_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("student");
        assert!(refuse_another_folder(&at).is_ok());
        fs::create_dir_all(at.join(".git")).unwrap();
        assert!(refuse_another_folder(&at).is_ok());
        fs::write(at.join("thesis.tex"), "").unwrap();
        assert!(refuse_another_folder(&at).unwrap_err().is::<Usage>());
        fs::create_dir(at.join("grader")).unwrap();
        fs::write(at.join(RELEASE_FILE), "{}").unwrap();
        assert!(refuse_another_folder(&at).is_ok());
    }
}
