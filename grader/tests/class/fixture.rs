//! A small class of one lab, and the grader on it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use assert_cmd::Command;
use grader::bugs;
use grader::course::Course;
use grader::gradebook::Gradebook;
use grader::tree::Tree;
use grader::{markers, release};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const LAB: &str = "tcp-echo";

pub(crate) fn course() -> Course {
    Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap()
}

/// Tests of this file build in the same few workspaces: one at a time, whoever runs them.
pub(crate) fn turn() -> File {
    let file = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("class-tests.lock")).unwrap();
    file.lock().unwrap();
    file
}

pub(crate) fn grader() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.current_dir(course().root);
    command
}

/// `grader class` with a JSON summary.
pub(crate) fn class_command(folder: &Path, db: &Path, arguments: &[&str]) -> Command {
    let mut command = grader();
    command.arg("class").arg(folder).arg("--db").arg(db).args(["--format", "json"]).args(arguments);
    command
}

/// Starts `grader class`, for tests that do something to it meanwhile.
pub(crate) fn start(folder: &Path, db: &Path, arguments: &[&str], stdout: Stdio, stderr: Stdio) -> Child {
    #[expect(clippy::disallowed_methods, reason = "assert_cmd waits for the end")]
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_grader"));
    command.arg("class").arg(folder).arg("--db").arg(db).args(arguments).current_dir(course().root);
    command.stdout(stdout).stderr(stderr).spawn().unwrap()
}

/// `grader report` to stdout.
pub(crate) fn report(db: &Path, format: &str) -> String {
    let mut command = grader();
    let output = command.arg("report").arg("--db").arg(db).args(["--to", format]).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

pub(crate) fn summary(command: &mut Command) -> Value {
    let output = command.assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// A folder of submissions of one lab: the reference, or one of its bugs.
pub(crate) struct Class {
    pub(crate) root: TempDir,
    course: Course,
    solution: Tree,
}

impl Class {
    pub(crate) fn new() -> Class {
        let course = course();
        let solution = release::solution(&course, course.lab(LAB).unwrap()).unwrap();
        Class { root: tempfile::tempdir().unwrap(), course, solution }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("class")
    }

    pub(crate) fn db(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// What a student may write, with a remark at the end that makes it unlike others'.
    pub(crate) fn put(&self, student: &str, bug: Option<&str>, remark: &str) {
        let work = match bug {
            None => self.solution.clone(),
            Some(name) => {
                let text = std::str::from_utf8(&self.solution["bugs.toml"]).unwrap();
                let bugs = bugs::parse(LAB, text).unwrap();
                bugs.iter().find(|bug| bug.name == name).unwrap().apply(&self.solution).unwrap()
            }
        };
        let folder = self.folder().join(student).join(self.course.lab(LAB).unwrap().folder());
        for (path, bytes) in &work {
            let ours = std::str::from_utf8(&self.solution[path]);
            if ours.is_ok_and(markers::holds_marker) {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, [bytes.as_slice(), format!("\n// {remark}\n").as_bytes()].concat()).unwrap();
            }
        }
    }

    pub(crate) fn grade(&self, db: &str, arguments: &[&str]) -> Value {
        summary(class_command(&self.folder(), &self.db(db), &["--lab", LAB]).args(arguments))
    }
}

/// (verdict, score) by student, of those who have a grade.
pub(crate) fn scores(summary: &Value) -> BTreeMap<String, (String, u64)> {
    let students = summary["students"].as_array().unwrap();
    students
        .iter()
        .filter_map(|student| {
            let lab = student["labs"].as_array().unwrap().iter().find(|lab| lab["lab"] == LAB)?;
            let verdict = lab["verdict"].as_str().unwrap().to_owned();
            Some((student["student"].as_str().unwrap().to_owned(), (verdict, lab["score"].as_u64().unwrap())))
        })
        .collect()
}

/// Every student's verdict on every check, in the order of the contract.
pub(crate) fn verdicts(db: &Path) -> BTreeMap<String, Vec<String>> {
    let students = Gradebook::read(db).unwrap().results(false).unwrap();
    let of_student = |student: &grader::gradebook::StudentResult| {
        let checks = student.labs.iter().flat_map(|lab| &lab.report.checks);
        checks.map(|check| format!("{} {}", check.check, check.verdict.word())).collect()
    };
    students.iter().map(|student| (student.person.id.clone(), of_student(student))).collect()
}
