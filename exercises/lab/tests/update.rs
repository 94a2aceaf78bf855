//! A newer edition of the course replaces what is the course's, and nothing else.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

mod support;

use std::fs;
use std::process::Command;
use std::time::Duration;

use support::{LAB, Repository, STUB};

const MINE: &str = "pub fn answer() { /* mine */ }\n";

/// The next edition: another stub, another check, a page more, one file less.
fn newer() -> Repository {
    let repository = Repository::empty();
    let mut stub = STUB;
    stub[1].1 = "pub fn answer() {\n    todo!(\"answer at once\")\n}\n";
    stub[2].1 = "fn main() { /* 2 */ }\n";
    let others = [
        ("grader/checks/src/lib.rs", "// 2\n"),
        ("book/index.html", "new\n"),
        ("exercises/labkit/src/lib.rs", "// 2\n"),
    ];
    repository.hand_out(&stub, &others);
    repository
}

fn update(repository: &Repository, newer: &Repository, more: &[&str]) -> String {
    let from = newer.root().to_str().unwrap();
    repository.says(0, &[&["update", from], more].concat())
}

#[test]
fn the_courses_files_are_replaced_and_it_says_which() {
    let repository = Repository::new();
    let text = update(&repository, &newer(), &[]);
    assert!(text.contains("updated    exercises/02-tcp-hello/src/lib.rs"), "{text}");
    assert!(text.contains("updated    book\n") && text.contains("updated    grader\n"), "{text}");
    assert!(text.contains("updated    exercises/labkit\n"), "{text}");
    assert_eq!(repository.read("grader/checks/src/lib.rs"), "// 2\n");
    assert_eq!(repository.read("book/index.html"), "new\n");
    assert!(
        !repository.path("README.md").exists(),
        "the newer edition has none, and this one was the course's"
    );
    assert!(update(&repository, &newer(), &[]).contains("nothing to do"));
}

#[test]
fn what_i_wrote_stays_in_every_kind_of_file() {
    let repository = Repository::new();
    for path in ["src/lib.rs", "src/mine.rs", "src/bin/tcp-hello-server.rs"] {
        repository.write(&format!("{LAB}/{path}"), MINE);
    }
    repository.write("README.md", "my notes\n");
    repository.write("book/index.html", "my page\n");
    let text = update(&repository, &newer(), &[]);
    for path in ["src/lib.rs", "src/mine.rs", "src/bin/tcp-hello-server.rs"] {
        assert_eq!(repository.read(&format!("{LAB}/{path}")), MINE, "{path}");
    }
    assert_eq!(repository.read("README.md"), "my notes\n");
    assert_eq!(repository.read("book/index.html"), "my page\n");
    assert_eq!(repository.read("grader/checks/src/lib.rs"), "// 2\n");
    assert!(
        text.contains("kept       exercises/02-tcp-hello/src/lib.rs: yours; the new one is in"),
        "{text}"
    );
    assert!(text.contains("tcp-hello-server.rs: yours, a given file that you have changed"), "{text}");
    assert!(text.contains("kept       README.md: yours; the new edition has no such file"), "{text}");
    assert!(repository.read(&format!(".lab/edition-files/{LAB}/src/lib.rs")).contains("at once"));
}

#[test]
fn my_file_stays_also_when_the_course_did_not_change_it() {
    let repository = Repository::new();
    repository.write(&format!("{LAB}/Cargo.toml"), MINE);
    let text = update(&repository, &newer(), &[]);
    assert_eq!(repository.read(&format!("{LAB}/Cargo.toml")), MINE);
    assert!(!text.contains("Cargo.toml"), "{text}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let repository = Repository::new();
    let before = support::files(repository.root());
    assert!(update(&repository, &newer(), &["--dry-run"]).contains("(nothing is written)"));
    assert_eq!(support::files(repository.root()), before);
}

#[test]
fn an_edition_that_is_not_whole_changes_nothing() {
    let (repository, newer) = (Repository::new(), newer());
    newer.write("grader/checks/src/lib.rs", "// cut o");
    let before = support::files(repository.root());
    let from = newer.root().to_str().unwrap().to_owned();
    let text = repository.says(2, &["update", &from]);
    assert!(text.contains("not whole: grader/checks/src/lib.rs"), "{text}");
    assert_eq!(support::files(repository.root()), before);
}

#[test]
fn something_else_than_an_edition_is_refused() {
    let repository = Repository::new();
    let other = tempfile::tempdir().unwrap();
    assert!(repository.says(2, &["update", other.path().to_str().unwrap()]).contains("no student's edition"));
    assert!(repository.says(2, &["update", "."]).contains("this very folder"));
    assert!(repository.says(2, &["update", "/nonexistent"]).contains("neither a folder nor"));
}

#[test]
fn an_edition_may_be_a_git_repository() {
    let (repository, newer) = (Repository::new(), newer());
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        let status =
            Command::new("git").args(identity).args(arguments).current_dir(newer.root()).status().unwrap();
        assert!(status.success());
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "x"]);
    let url = format!("file://{}", newer.root().display());
    repository.says(0, &["update", &url]);
    assert_eq!(repository.read("grader/checks/src/lib.rs"), "// 2\n");
    assert!(!repository.path(".lab/edition").exists());
}

#[test]
fn killed_at_any_moment_it_loses_nothing_and_can_be_done_again() {
    let newer = newer();
    for step in 0..40 {
        let repository = Repository::new();
        repository.write(&format!("{LAB}/src/lib.rs"), MINE);
        let mut child = Command::new(env!("CARGO_BIN_EXE_lab"))
            .arg("update")
            .arg(newer.root())
            .current_dir(repository.root())
            .env_remove("CARGO_MANIFEST_DIR")
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(500 * step));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(repository.read(&format!("{LAB}/src/lib.rs")), MINE);
        update(&repository, &newer, &[]);
        assert_eq!(repository.read(&format!("{LAB}/src/lib.rs")), MINE);
        assert_eq!(repository.read("grader/checks/src/lib.rs"), "// 2\n");
        let release = fs::read(repository.path("grader/release.json")).unwrap();
        assert_eq!(release, fs::read(newer.path("grader/release.json")).unwrap());
    }
}
