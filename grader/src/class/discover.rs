//! Who handed something in: one folder or archive a student, its name the student's id.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::course::{Course, LabFolder};
use crate::text;
use crate::usage::Usage;

/// What archives are named like.
const ARCHIVES: [&str; 3] = [".zip", ".tar.gz", ".tgz"];
/// How deep the lab folders may lie: `wirelab-main/exercises/` in an archive of a repository.
const MAX_DEPTH: usize = 3;

/// Where a submission lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A folder.
    Folder(PathBuf),
    /// An archive, to be unpacked first.
    Archive(PathBuf),
}

impl Source {
    pub(super) fn path(&self) -> &Path {
        match self {
            Source::Folder(path) | Source::Archive(path) => path,
        }
    }
}

/// What a folder of submissions holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By the student's id.
    pub(super) students: BTreeMap<String, Source>,
    /// What is neither a folder nor an archive, with the reason why it was passed over.
    pub(super) passed_over: Vec<String>,
}

/// Looks through a folder of submissions.
///
/// # Errors
/// [`Usage`] where it is no such folder, or two entries are the same student's.
pub(super) fn discover(course: &Course, class: &Path) -> Result<Found> {
    let shown = class.display();
    if !class.is_dir() {
        return Err(Usage::new(format!("{shown}: no such folder")).into());
    }
    let mut found = Found::default();
    let mut entries: Vec<fs::DirEntry> =
        fs::read_dir(class).and_then(Iterator::collect).with_context(|| format!("listing {shown}"))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            let name = text::plain(&entry.file_name().to_string_lossy());
            found.passed_over.push(format!("{name}: a name must be UTF-8"));
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        // The entry's own type: a link is never followed.
        let kind = entry.file_type().with_context(|| format!("looking at {}", entry.path().display()))?;
        let archive = ARCHIVES.iter().find_map(|ending| name.strip_suffix(ending));
        let (id, source) = match archive {
            _ if name.chars().any(char::is_control) => {
                found.passed_over.push(format!("{}: a control character in the name", text::plain(&name)));
                continue;
            }
            _ if kind.is_dir() => (name.clone(), Source::Folder(entry.path())),
            Some(id) if kind.is_file() && !id.is_empty() => (id.to_owned(), Source::Archive(entry.path())),
            _ => {
                if !kind.is_file() {
                    found.passed_over.push(format!("{name}: neither a folder nor an archive"));
                }
                continue;
            }
        };
        if let Some(other) = found.students.insert(id.clone(), source) {
            let other = other.path().display();
            return Err(
                Usage::new(format!("{shown}: {name} and {other} are both of the student {id}")).into()
            );
        }
    }
    refuse_a_single_submission(course, class, &found)?;
    Ok(found)
}

/// Someone who meant `grader grade`.
fn refuse_a_single_submission(course: &Course, class: &Path, found: &Found) -> Result<()> {
    let is_lab = |name: &String| course.labs.iter().any(|lab| *name == lab.folder() || *name == lab.name);
    if found.students.keys().any(is_lab) {
        let message = format!(
            "{}: one submission, and not a folder of them; `grader grade` grades one",
            class.display()
        );
        return Err(Usage::new(message).into());
    }
    Ok(())
}

/// The folder in a submission that holds the lab folders; the submission itself where there is none.
pub(super) fn lab_root(course: &Course, submission: &Path) -> PathBuf {
    let names: Vec<String> =
        course.labs.iter().flat_map(|lab| [LabFolder::folder(lab), lab.name.clone()]).collect();
    let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let mut root = submission.to_owned();
    for _ in 0..MAX_DEPTH {
        if names.iter().any(|name| root.join(name).symlink_metadata().is_ok()) {
            return root;
        }
        let exercises = root.join("exercises");
        root = match only_folder(&root) {
            _ if is_folder(&exercises) => exercises,
            Some(only) => only,
            None => break,
        };
    }
    if names.iter().any(|name| root.join(name).symlink_metadata().is_ok()) {
        root
    } else {
        submission.to_owned()
    }
}

/// The one folder in a folder, but for hidden ones and what macOS adds to its archives.
fn only_folder(path: &Path) -> Option<PathBuf> {
    let mut folders = fs::read_dir(path).ok()?.flatten().filter(|entry| {
        let name = entry.file_name();
        let is_noise = name.as_encoded_bytes().starts_with(b".") || name == "__MACOSX";
        !is_noise && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    let first = folders.next()?.path();
    folders.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        Course { root: PathBuf::from("/"), labs: vec![LabFolder { number: 3, name: "tcp-echo".into() }] }
    }

    fn folder(paths: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for path in paths {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        root
    }

    #[test]
    fn folders_and_archives_are_students_and_nothing_else_is() {
        let class =
            folder(&["alice/x", "bob.zip", "carol.m.tar.gz", "dave.tgz", "roster.csv", ".git/x", "g.sqlite"]);
        std::os::unix::fs::symlink("/etc", class.path().join("link")).unwrap();
        let found = discover(&course(), class.path()).unwrap();
        assert_eq!(found.students.keys().collect::<Vec<_>>(), ["alice", "bob", "carol.m", "dave"]);
        assert!(matches!(found.students["bob"], Source::Archive(_)));
        assert_eq!(found.passed_over, ["link: neither a folder nor an archive"]);
    }

    #[test]
    fn two_works_of_one_student_and_a_single_submission_are_refused() {
        let class = folder(&["alice/x", "alice.zip"]);
        assert!(
            discover(&course(), class.path()).unwrap_err().to_string().contains("both of the student alice")
        );
        let single = folder(&["03-tcp-echo/src/lib.rs"]);
        assert!(discover(&course(), single.path()).unwrap_err().to_string().contains("`grader grade`"));
        assert!(
            discover(&course(), Path::new("/nonexistent"))
                .unwrap_err()
                .to_string()
                .contains("no such folder")
        );
    }

    #[test]
    fn lab_folders_are_found_where_archives_put_them() {
        for (below, paths) in [
            ("", &["03-tcp-echo/src/a.rs", "other/x"][..]),
            ("wirelab-main/exercises", &["wirelab-main/exercises/tcp-echo/a", "wirelab-main/book/x"]),
            ("alice", &["alice/tcp-echo/a", "__MACOSX/alice/x", ".git/x"]),
            ("", &["one/x", "two/tcp-echo/x"]),
        ] {
            let submission = folder(paths);
            assert_eq!(lab_root(&course(), submission.path()), submission.path().join(below), "{paths:?}");
        }
    }
}
