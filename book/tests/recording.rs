//! Whoever records a session leaves no trace in it.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What programs find that a session starts: open files, and variables of the recorder's own.
const SESSION: &str = r#"
title = "What a program finds"
needs = []
[[step]]
in = "t"
run = "ls /proc/self/fd; echo ${STRAY:-no stray}"
exits = true
"#;

#[test]
fn what_the_recorder_inherited_is_not_passed_on() {
    let course = tempfile::tempdir().unwrap();
    fs::create_dir_all(course.path().join("book/transcripts")).unwrap();
    fs::write(course.path().join("book/book.toml"), "").unwrap();
    fs::write(course.path().join("book/transcripts/t.toml"), SESSION).unwrap();
    if !recorder(course.path(), "true").status.success() {
        eprintln!("SKIP: namespaces (user, network) are denied here");
        return;
    }
    let output = recorder(course.path(), env!("CARGO_BIN_EXE_book"));
    let record = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    // 3 is the folder that is listed.
    let listed = "| 0\n| 1\n| 2\n| 3\n| no stray\n";
    assert!(record.ends_with(listed), "{record}{complaint}");
}

/// Runs a recorder for the session, in namespaces and with a file and a variable that it has no use for.
fn recorder(course: &Path, program: &str) -> Output {
    Command::new("bash")
        .args(["-c", "exec 10</dev/null; exec unshare --user --map-root-user --net \"$0\" record t"])
        .arg(program)
        .env("STRAY", "a stray")
        .current_dir(course)
        .output()
        .unwrap()
}
