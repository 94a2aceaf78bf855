//! What the grader is asked wrongly: one clear line, the right exit code, nothing half written.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

fn grader() -> Command {
    in_the_course(Command::new(env!("CARGO_BIN_EXE_grader")))
}

fn in_the_course(mut command: Command) -> Command {
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    command
}

/// Exit code 2, nothing on stdout, and this one line on stderr.
fn is_refused(command: &mut Command, line: impl Into<String>) {
    let one_line = predicate::function(|text: &str| text.lines().count() == 1);
    command.assert().code(2).stdout("").stderr(contains(line.into()).and(one_line));
}

#[test]
fn a_folder_without_labs_is_no_submission() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let line = format!("grader: {path}: not a submission (no lab folder in it, like ");
    is_refused(grader().args(["grade", &path]), line);
}

#[test]
fn a_path_that_is_no_folder_is_named() {
    is_refused(grader().args(["grade", "/nonexistent"]), "grader: /nonexistent: no such folder");
    is_refused(grader().args(["grade", "Cargo.toml"]), "grader: Cargo.toml: not a folder");
}

#[test]
fn an_unknown_lab_or_check_gets_the_nearest_name() {
    is_refused(grader().args(["grade", "solutions", "--lab", "tcp-ehco"]), "did you mean tcp-echo?");
    is_refused(grader().args(["prove", "framming"]), "did you mean framing?");
    let replay = ["replay", "solutions", "tcp-echo", "echos-a-line"];
    is_refused(grader().args(replay), "did you mean echoes-a-line?");
}

#[test]
fn outside_a_course_there_is_nothing_to_grade_with() {
    let folder = tempfile::tempdir().unwrap();
    is_refused(grader().current_dir(folder.path()).args(["grade", "."]), "no course found");
}

#[test]
fn a_report_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report.json");
    fs::write(&out, "the report before").unwrap();
    let arguments = ["grade", "/nonexistent", "--format", "json", "--out"];
    is_refused(grader().args(arguments).arg(&out), "/nonexistent");
    assert_eq!(fs::read_to_string(&out).unwrap(), "the report before");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// As an ordinary user, or as root without the right to read everything.
#[test]
fn an_unreadable_file_is_rejected_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tcp-echo/src/server.rs");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o0)).unwrap();
    let mut command = if fs::read(&file).is_ok() {
        let mut command = in_the_course(Command::new("setpriv"));
        command.args(["--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]);
        command.arg(env!("CARGO_BIN_EXE_grader"));
        command
    } else {
        grader()
    };
    let line = format!("{}: Permission denied", file.display());
    // Without these rights root can't run programs as another user either: hidden checks would be refused.
    let arguments = ["grade", "--public-only", "--format", "json"];
    let output = command.args(arguments).arg(folder.path()).assert().code(2);
    let report: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(report["verdict"], "REJECTED");
    assert!(report["message"].as_str().unwrap().starts_with(&line), "{report:#}");
    assert_eq!(report["labs"], serde_json::json!([]));
}

#[test]
fn a_link_is_rejected_and_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("tcp-echo/src")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("tcp-echo/src/server.rs")).unwrap();
    let output = grader().arg("grade").arg(folder.path()).assert().code(2);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.starts_with("REJECTED") && text.contains("server.rs: a symbolic link"), "{text}");
    assert!(!text.contains("root:"), "{text}");
}

#[test]
fn wrong_numbers_are_usage() {
    for arguments in [["--min-score", "101"], ["--min-score", "lots"], ["--jobs", "0"], ["--seed", "-1"]] {
        grader().args(["grade", "solutions"]).args(arguments).assert().code(2);
    }
}
