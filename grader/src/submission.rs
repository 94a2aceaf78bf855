//! What a student handed in, reduced to what a student may write.
//!
//! That is: the files in which the solution has a marker, and new files below the lab's `src/`. They are laid over
//! the pristine stub. Everything else that differs from what was handed out is ignored and reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;

use crate::course::{Course, LabFolder};
use crate::markers;
use crate::release;
use crate::tree::{self, Entry, Tree, TreeError};

/// More bytes than any submission of sources has.
pub(crate) const MAX_TOTAL_BYTES: u64 = 256 << 20;

/// A submission that was read.
#[derive(Debug)]
pub struct Submission {
    /// As it was given.
    pub path: PathBuf,
    /// The labs it holds, by name; a lab that is missing is absent.
    pub labs: BTreeMap<String, SubmittedLab>,
    /// Paths of files that differ from the course's and were not taken.
    pub ignored: Vec<String>,
    /// Of everything that was taken.
    pub sha256: String,
}

/// One lab of it.
#[derive(Debug)]
pub struct SubmittedLab {
    /// The stub with the student's files over it.
    pub files: Tree,
    /// Of every file that is the student's to write (a file that is missing is the stub's), so that two students'
    /// same work gets the same seeds.
    pub sha256: String,
    /// When the student last wrote to a file that differs from the stub's; `None` where nothing does.
    pub modified: Option<SystemTime>,
}

/// Why there is nothing to grade.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not a submission at all.
    #[error("{0}")]
    NoSubmission(String),
    /// It holds something that is not taken: a link, a device, an unreadable file, far too much.
    #[error("{0}")]
    Rejected(String),
}

impl Refusal {
    /// The same of a folder that stands for another path, as an unpacked archive does.
    pub(crate) fn elsewhere(self, folder: &Path, shown: &Path) -> Refusal {
        let rename = |reason: String| reason.replace(&*folder.to_string_lossy(), &shown.to_string_lossy());
        match self {
            Refusal::NoSubmission(reason) => Refusal::NoSubmission(rename(reason)),
            Refusal::Rejected(reason) => Refusal::Rejected(rename(reason)),
        }
    }
}

impl From<TreeError> for Refusal {
    fn from(error: TreeError) -> Refusal {
        Refusal::Rejected(error.to_string())
    }
}

/// The course's side of a lab.
struct Handout<'a> {
    lab: &'a LabFolder,
    solution: Tree,
    stub: Tree,
}

impl<'a> Handout<'a> {
    fn of(course: &Course, lab: &'a LabFolder) -> Result<Handout<'a>> {
        let solution = release::solution(course, lab)?;
        let stub = release::exercise(lab, &solution)?;
        Ok(Handout { lab, solution, stub })
    }

    /// Whether the student may write this file of the lab.
    fn is_open(&self, path: &str) -> bool {
        match self.solution.get(path) {
            Some(bytes) => std::str::from_utf8(bytes).is_ok_and(markers::holds_marker),
            None => path.starts_with("src/"),
        }
    }

    /// Whether these are the course's own bytes.
    fn is_ours(&self, path: &str, bytes: &[u8]) -> bool {
        [&self.stub, &self.solution].iter().any(|tree| tree.get(path).is_some_and(|ours| ours == bytes))
    }
}

/// Reads submissions against what the course handed out.
pub struct Reader<'a> {
    course: &'a Course,
    handouts: BTreeMap<&'a str, Handout<'a>>,
}

impl<'a> Reader<'a> {
    /// Reads the course's side once, for any number of submissions.
    ///
    /// # Errors
    /// The course's own files are broken.
    pub fn new(course: &'a Course) -> Result<Reader<'a>> {
        let mut handouts = BTreeMap::new();
        for lab in &course.labs {
            handouts.insert(lab.name.as_str(), Handout::of(course, lab)?);
        }
        Ok(Reader { course, handouts })
    }

    /// Reads a submission, following no links.
    ///
    /// # Errors
    /// The submission is refused.
    pub fn read(&self, path: &Path) -> Result<Submission, Refusal> {
        read_against(self.course, &self.handouts, path)
    }
}

/// Reads one submission, following no links.
///
/// # Errors
/// The course's own files are broken (outer), or the submission is refused (inner).
pub fn read(course: &Course, path: &Path) -> Result<Result<Submission, Refusal>> {
    Ok(Reader::new(course)?.read(path))
}

fn read_against(
    course: &Course,
    handouts: &BTreeMap<&str, Handout>,
    path: &Path,
) -> Result<Submission, Refusal> {
    let shown = path.display();
    if !path.exists() {
        return Err(Refusal::NoSubmission(format!("{shown}: no such folder")));
    } else if !path.is_dir() {
        return Err(Refusal::NoSubmission(format!("{shown}: not a folder")));
    }
    let folders = lab_folders(handouts, path)?;
    let is_build_result = |relative: &str| match relative.split_once('/') {
        None => relative == "target" || relative == ".git",
        Some((top, below)) => below == "target" && folders.contains_key(top),
    };
    let entries = tree::list(path, &is_build_result)?;
    let total: u64 = entries.iter().map(|entry| entry.bytes).sum();
    if total > MAX_TOTAL_BYTES {
        return Err(Refusal::Rejected(format!(
            "{shown}: {total} bytes; a submission has at most {MAX_TOTAL_BYTES}"
        )));
    }

    let mut written: BTreeMap<&str, Tree> = folders.values().map(|name| (*name, Tree::new())).collect();
    let mut modified: BTreeMap<&str, SystemTime> = BTreeMap::new();
    let mut ignored = Vec::new();
    for entry in &entries {
        let place = entry.path.split_once('/').and_then(|(top, below)| Some((*folders.get(top)?, below)));
        match place {
            Some((name, below)) => {
                let handout = &handouts[name];
                if handout.is_open(below) {
                    let bytes = tree::read_file(&path.join(&entry.path))?;
                    if handout.stub.get(below) != Some(&bytes) {
                        let newest = modified.entry(name).or_insert(entry.modified);
                        *newest = entry.modified.max(*newest);
                    }
                    written.get_mut(name).expect("every folder has a tree").insert(below.to_owned(), bytes);
                } else if !is_given(path, entry, |bytes| handout.is_ours(below, bytes))? {
                    ignored.push(entry.path.clone());
                }
            }
            None => {
                let ours = tree::read_file(&course.exercises().join(&entry.path)).ok();
                if !is_given(path, entry, |bytes| ours.as_deref() == Some(bytes))? {
                    ignored.push(entry.path.clone());
                }
            }
        }
    }
    let labs: BTreeMap<String, SubmittedLab> = written
        .into_iter()
        .map(|(name, written)| {
            let handout = &handouts[name];
            let mut files = handout.stub.clone();
            files.extend(written);
            let sha256 = tree::sha256(files.iter().filter(|(path, _)| handout.is_open(path)));
            let modified = modified.get(name).copied();
            (name.to_owned(), SubmittedLab { files, sha256, modified })
        })
        .collect();
    let hashes: Tree =
        labs.iter().map(|(name, lab)| (name.clone(), lab.sha256.clone().into_bytes())).collect();
    Ok(Submission { path: path.to_owned(), labs, ignored, sha256: tree::sha256(&hashes) })
}

/// Whether a file that the student may not write is as it was handed out. Larger files than any of the course's are
/// not even read.
fn is_given(root: &Path, entry: &Entry, is_ours: impl Fn(&[u8]) -> bool) -> Result<bool, TreeError> {
    if entry.bytes > tree::MAX_FILE_BYTES {
        return Ok(false);
    }
    Ok(is_ours(&tree::read_file(&root.join(&entry.path))?))
}

/// The submission's lab folders, `NN-name` or `name`, with the labs' names.
fn lab_folders<'a>(
    handouts: &BTreeMap<&'a str, Handout>,
    path: &Path,
) -> Result<BTreeMap<String, &'a str>, Refusal> {
    let mut folders = BTreeMap::new();
    for (name, handout) in handouts {
        let both = [handout.lab.folder(), (*name).to_owned()];
        let there: Vec<String> =
            both.into_iter().filter(|folder| path.join(folder).symlink_metadata().is_ok()).collect();
        match there.as_slice() {
            [] => {}
            [folder] => drop(folders.insert(folder.clone(), *name)),
            [numbered, plain, ..] => {
                let shown = path.display();
                let message =
                    format!("{shown}: both {numbered} and {plain} are there; which one is lab {name}?");
                return Err(Refusal::Rejected(message));
            }
        }
    }
    if folders.is_empty() {
        let examples: BTreeSet<String> = handouts.values().map(|handout| handout.lab.folder()).collect();
        let examples: Vec<String> = examples.into_iter().take(3).collect();
        let message = format!(
            "{}: not a submission (no lab folder in it, like {})",
            path.display(),
            examples.join(", ")
        );
        return Err(Refusal::NoSubmission(message));
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A course of two labs, and an empty folder for a submission.
    fn course() -> (TempDir, Course, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        for (folder, name) in [("01-one", "one"), ("02-two", "two")] {
            let lab = format!("solutions/{folder}");
            write(root.path(), &format!("{lab}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n"));
            write(root.path(), &format!("{lab}/src/lib.rs"), "pub mod work;\n");
            let work = "pub fn w() -> u32 {\n    // begin solution: count\n    7\n    // end solution\n}\n";
            write(root.path(), &format!("{lab}/src/work.rs"), work);
            write(root.path(), &format!("{lab}/bugs.toml"), "");
        }
        write(root.path(), "exercises/labkit/src/lib.rs", "// given\n");
        write(root.path(), "exercises/Cargo.toml", "# given\n");
        let course = Course::at(root.path()).unwrap();
        let submission = root.path().join("submission");
        fs::create_dir(&submission).unwrap();
        (root, course, submission)
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text<'a>(submission: &'a Submission, lab: &str, path: &str) -> &'a str {
        std::str::from_utf8(&submission.labs[lab].files[path]).unwrap()
    }

    fn refusal(course: &Course, path: &Path) -> String {
        read(course, path).unwrap().unwrap_err().to_string()
    }

    #[test]
    fn only_what_a_student_may_write_is_taken() {
        let (_root, course, dir) = course();
        for (path, text) in [
            ("one/src/work.rs", "pub fn w() -> u32 { 8 }\n"),
            ("one/src/helper.rs", "// new\n"),
            ("one/src/lib.rs", "compile_error!(\"no\");\n"),
            ("one/build.rs", "fn main() {}\n"),
            ("one/Cargo.toml", "[package]\nname = \"evil\"\n"),
            ("one/tests/checks.rs", "fn main() {}\n"),
            (".cargo/config.toml", "[build]\nrustc-wrapper = \"evil\"\n"),
            ("rust-toolchain.toml", "[toolchain]\npath = \"/evil\"\n"),
            ("labkit/src/lib.rs", "// changed\n"),
            ("Cargo.toml", "# given\n"),
            ("target/debug/x", ""),
            ("one/target/x", ""),
        ] {
            write(&dir, path, text);
        }
        let submission = read(&course, &dir).unwrap().unwrap();
        assert_eq!(submission.labs.keys().collect::<Vec<_>>(), ["one"]);
        assert_eq!(text(&submission, "one", "src/work.rs"), "pub fn w() -> u32 { 8 }\n");
        assert_eq!(text(&submission, "one", "src/helper.rs"), "// new\n");
        assert!(text(&submission, "one", "src/lib.rs").contains("pub mod work;"));
        assert_eq!(
            submission.ignored,
            [
                ".cargo/config.toml",
                "labkit/src/lib.rs",
                "one/Cargo.toml",
                "one/build.rs",
                "one/src/lib.rs",
                "one/tests/checks.rs",
                "rust-toolchain.toml"
            ]
        );
    }

    #[test]
    fn the_courses_own_folders_are_submissions_without_a_remark() {
        let (root, course, dir) = course();
        let solutions = read(&course, &root.path().join("solutions")).unwrap().unwrap();
        assert!(solutions.ignored.is_empty(), "{:?}", solutions.ignored);
        assert!(text(&solutions, "two", "src/work.rs").contains("\n    7\n"));
        for (path, bytes) in
            release::exercise(&course.labs[0], &release::solution(&course, &course.labs[0]).unwrap()).unwrap()
        {
            write(&dir, &format!("01-one/{path}"), std::str::from_utf8(&bytes).unwrap());
        }
        let stubs = read(&course, &dir).unwrap().unwrap();
        assert!(stubs.ignored.is_empty(), "{:?}", stubs.ignored);
        assert!(text(&stubs, "one", "src/work.rs").contains("todo!"));
    }

    #[test]
    fn a_missing_file_is_the_stubs() {
        let (_root, course, dir) = course();
        write(&dir, "01-one/notes.md", "");
        let submission = read(&course, &dir).unwrap().unwrap();
        assert!(text(&submission, "one", "src/work.rs").contains("todo!"));
        assert_eq!(submission.ignored, ["01-one/notes.md"]);
    }

    #[test]
    fn seeds_depend_on_the_students_work_alone() {
        let (root, course, dir) = course();
        let hash = |folder: &str, name: &str| {
            let dir = root.path().join(folder);
            write(&dir, &format!("{name}/src/work.rs"), "same");
            write(&dir, &format!("{name}/README.md"), folder);
            let submission = read(&course, &dir).unwrap().unwrap();
            (submission.labs["one"].sha256.clone(), submission.sha256)
        };
        assert_eq!(hash("alice", "01-one"), hash("bob", "one"));
        write(&dir, "one/src/work.rs", "other");
        let other = read(&course, &dir).unwrap().unwrap();
        assert_ne!(other.labs["one"].sha256, hash("alice", "01-one").0);
    }

    #[test]
    fn what_is_no_submission_says_so() {
        let (root, course, dir) = course();
        let empty = refusal(&course, &dir);
        assert!(empty.ends_with("not a submission (no lab folder in it, like 01-one, 02-two)"), "{empty}");
        assert!(refusal(&course, &dir.join("gone")).ends_with("gone: no such folder"));
        assert!(refusal(&course, &root.path().join("exercises/Cargo.toml")).ends_with("not a folder"));
    }

    #[test]
    fn links_and_two_folders_for_a_lab_are_refused() {
        let (root, course, dir) = course();
        write(&dir, "01-one/src/work.rs", "");
        write(&dir, "one/src/work.rs", "");
        assert!(refusal(&course, &dir).contains("both 01-one and one"));
        fs::remove_dir_all(dir.join("one")).unwrap();
        symlink("/etc/passwd", dir.join("01-one/src/stolen.rs")).unwrap();
        assert!(refusal(&course, &dir).contains("stolen.rs: a symbolic link"));
        fs::remove_dir_all(&dir).unwrap();
        fs::create_dir(&dir).unwrap();
        symlink(root.path().join("solutions/01-one"), dir.join("01-one")).unwrap();
        assert!(refusal(&course, &dir).contains("01-one: a symbolic link"));
    }
}
