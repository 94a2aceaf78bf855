//! `grader report` from a gradebook to files, and what it refuses.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use grader::gradebook::{Gradebook, Person};
use predicates::str::contains;

fn report(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.current_dir(folder).arg("report").args(arguments).assert()
}

/// A class of which nobody has handed in anything, in a gradebook of the usual name.
fn class() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let person = |id: &str, name: &str| Person {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        email: Some(format!("{id}@example.org")),
    };
    let people = [person("alice", "O'Neil, \"Al\""), person("=cmd()", "\u{202e}Bob <b>")];
    Gradebook::open(&folder.path().join("gradebook.sqlite")).unwrap().enter_people(&people).unwrap();
    folder
}

#[test]
fn every_format_can_be_had_of_a_class_without_work() {
    let folder = class();
    for format in ["csv", "json", "junit", "markdown", "github"] {
        report(folder.path(), &["--to", format]).success().stdout(contains("alice"));
    }
    report(folder.path(), &["--to", "csv"]).success().stdout(contains("\n'=cmd(),tcp-echo,0,100,MISSING\n"));
    for format in ["html", "gradescope"] {
        report(folder.path(), &["--to", format]).code(2).stderr(contains("--out FOLDER"));
        report(folder.path(), &["--to", format, "--out", format]).success();
    }
    assert!(folder.path().join("html/index.html").is_file());
    assert!(folder.path().join("html/students/_cmd__.html").is_file());
    assert!(folder.path().join("gradescope/alice.json").is_file());
}

#[test]
fn the_summary_of_a_class_goes_where_githubs_runner_wants_it() {
    let folder = class();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "what another step wrote\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.current_dir(folder.path()).env("GITHUB_STEP_SUMMARY", &summary);
    command
        .args(["report", "--to", "github"])
        .assert()
        .success()
        .stdout(contains("::notice title=wirelab::"));
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.starts_with("what another step wrote\n# wirelab\n\n| student |"), "{summary}");
}

#[test]
fn an_export_with_a_mistake_leaves_the_old_report_alone() {
    let folder = class();
    fs::write(folder.path().join("filled.csv"), "the old one").unwrap();
    let head = "Student,ID,SIS Login ID,tcp-echo (1)\nPoints Possible,,,10\n";
    fs::write(folder.path().join("good.csv"), format!("{head}Al,1,alice,\n")).unwrap();
    fs::write(folder.path().join("twice.csv"), format!("{head}Al,1,alice,\nB,2,ALICE@example.org,\n"))
        .unwrap();
    let canvas = |export| report(folder.path(), &["--to", "canvas", "--into", export, "--out", "filled.csv"]);
    canvas("twice.csv")
        .code(1)
        .stderr(contains("twice.csv: row 4, column \"SIS Login ID\": is the student alice"));
    canvas("none.csv").code(3).stderr(contains("reading none.csv"));
    assert_eq!(fs::read_to_string(folder.path().join("filled.csv")).unwrap(), "the old one");
    canvas("good.csv").success().stderr(contains("in the gradebook and not in the export: =cmd()"));
    assert!(fs::read_to_string(folder.path().join("filled.csv")).unwrap().ends_with("\nAl,1,alice,0\n"));
    report(folder.path(), &["--to", "moodle"]).code(2).stderr(contains("--into"));
}

#[test]
fn a_gradebook_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    report(folder.path(), &["--to", "csv"]).code(2).stderr(contains("gradebook.sqlite: no gradebook"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn a_report_that_can_not_be_written_is_an_error_and_the_old_one_stays() {
    let folder = class();
    report(folder.path(), &["--to", "csv", "--out", "no/such/folder.csv"])
        .code(3)
        .stderr(contains("no/such/folder.csv"));
}
