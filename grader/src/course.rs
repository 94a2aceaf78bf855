//! Where the course lies and which labs it holds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::usage::Usage;

/// The checkout that the grader works in.
#[derive(Debug, Clone)]
pub struct Course {
    /// The folder that holds `solutions/`, `exercises/` and `grader/`.
    pub root: PathBuf,
    /// The labs in the order of their numbers.
    pub labs: Vec<LabFolder>,
}

/// A lab's place in `solutions/` and `exercises/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabFolder {
    /// Its place in the course.
    pub number: u8,
    /// The package's name, `tcp-echo`.
    pub name: String,
}

impl LabFolder {
    /// `03-tcp-echo` → number 3, name `tcp-echo`.
    pub fn parse(folder: &str) -> Option<LabFolder> {
        let (number, name) = folder.split_once('-')?;
        let two_digits = number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
        (two_digits && !name.is_empty())
            .then(|| LabFolder { number: number.parse().expect("two digits fit u8"), name: name.to_owned() })
    }

    /// `03-tcp-echo`.
    pub fn folder(&self) -> String {
        format!("{:02}-{}", self.number, self.name)
    }
}

impl Course {
    /// The course that the working directory lies in. Never the path the grader was compiled in: that may be
    /// another checkout, or gone.
    ///
    /// # Errors
    /// [`Usage`] where no folder upward holds a course.
    pub fn find() -> Result<Course> {
        let here = std::env::current_dir().context("the working directory is gone")?;
        let is_course =
            |folder: &Path| folder.join("solutions").is_dir() && folder.join("grader/checks").is_dir();
        let root = here.ancestors().find(|folder| is_course(folder)).ok_or_else(|| {
            Usage::new(format!(
                "no course found: no folder from {} upward holds solutions/ and grader/checks/",
                here.display()
            ))
        })?;
        Course::at(root)
    }

    /// The course in that folder.
    ///
    /// # Errors
    /// `solutions/` can't be listed.
    pub fn at(root: &Path) -> Result<Course> {
        let solutions = root.join("solutions");
        let listing = fs::read_dir(&solutions).with_context(|| format!("listing {}", solutions.display()))?;
        let mut labs: Vec<LabFolder> = listing
            .filter_map(|entry| LabFolder::parse(entry.ok()?.file_name().to_str()?))
            .filter(|lab| solutions.join(lab.folder()).is_dir())
            .collect();
        labs.sort();
        Ok(Course { root: root.to_owned(), labs })
    }

    /// The lab of that name.
    ///
    /// # Errors
    /// The course has no such lab.
    pub fn lab(&self, name: &str) -> Result<&LabFolder> {
        let found = self.labs.iter().find(|lab| lab.name == name);
        found.with_context(|| format!("{} holds no lab {name}", self.root.join("solutions").display()))
    }

    /// The reference of a lab.
    pub fn solution(&self, lab: &LabFolder) -> PathBuf {
        self.root.join("solutions").join(lab.folder())
    }

    /// The students' workspace.
    pub fn exercises(&self) -> PathBuf {
        self.root.join("exercises")
    }

    /// Where grading builds: a folder under the course's target directory, or under `$CARGO_TARGET_DIR`.
    pub fn scratch(&self) -> PathBuf {
        match std::env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => std::path::absolute(PathBuf::from(dir)).unwrap_or_else(|_| self.root.join("target")),
            None => self.root.join("target"),
        }
        .join("grade")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_folder_is_two_digits_and_a_name() {
        assert_eq!(LabFolder::parse("03-tcp-echo"), Some(LabFolder { number: 3, name: "tcp-echo".into() }));
        for other in ["tcp-echo", "3-tcp-echo", "03-", "+3-x", "labkit"] {
            assert_eq!(LabFolder::parse(other), None, "{other}");
        }
    }

    #[test]
    fn labs_come_in_the_order_of_their_numbers() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["solutions/13-b", "solutions/03-a", "solutions/notes"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("solutions/04-file"), "").unwrap();
        let course = Course::at(root.path()).unwrap();
        assert_eq!(course.labs.iter().map(LabFolder::folder).collect::<Vec<_>>(), ["03-a", "13-b"]);
        assert!(course.lab("c").unwrap_err().to_string().contains("no lab c"));
    }
}
