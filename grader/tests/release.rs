//! The students' repository: nothing of it is hidden, and it stands on its own.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::collections::BTreeSet;
use std::path::Path;

use assert_cmd::Command;
use grader::course::Course;
use grader::release::{self, repository};
use grader::tree::{self, Tree};
use grader::{catalog, markers};

/// Shorter lines stand in many programs: `}`, `return Ok(());`.
const TELLING: usize = 40;

/// The check that the course explains itself with, to everybody.
const EXAMPLE: &str = "joins-a-line-sent-in-pieces";

fn course() -> Course {
    Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap()
}

fn texts(files: &Tree) -> impl Iterator<Item = (&String, &str)> {
    files.iter().filter_map(|(path, bytes)| Some((path, std::str::from_utf8(bytes).ok()?)))
}

/// Long lines that stand in these files and nowhere in the other ones.
fn telling_lines<'a>(files: &'a Tree, known: &BTreeSet<&str>) -> BTreeSet<&'a str> {
    let lines = texts(files).flat_map(|(_, text)| text.lines()).map(str::trim);
    lines.filter(|line| line.len() >= TELLING && !known.contains(line)).collect()
}

/// One line may be the same by chance (a constant); a few are a piece.
fn assert_holds_no_piece(files: &Tree, secrets: &BTreeSet<&str>) {
    const PIECE: usize = 3;
    for (path, text) in texts(files) {
        let told: BTreeSet<&str> =
            text.lines().map(str::trim).filter(|line| secrets.contains(line)).collect();
        assert!(told.len() < PIECE, "{path} tells: {told:#?}");
    }
}

#[test]
fn no_path_leads_to_what_is_withheld() {
    let files = repository::sources(&course()).unwrap();
    for path in files.keys() {
        for withheld in
            ["solutions/", "hidden", "bugs.toml", "grader/src", "submissions", "class.", "cluster"]
        {
            assert!(!path.contains(withheld), "{path}");
        }
    }
    for path in [
        "AGENTS.md",
        "README.md",
        ".devcontainer/devcontainer.json",
        ".devcontainer/Dockerfile",
        "grader/checks/src/lib.rs",
    ] {
        assert!(files.contains_key(path), "{path}");
    }
}

#[test]
fn no_hidden_check_is_named() {
    let files = repository::sources(&course()).unwrap();
    let is_public = |name: &str| catalog::all().iter().any(|contract| contract.public.check(name).is_some());
    for contract in catalog::all() {
        let names =
            contract.hidden.checks.iter().filter(|check| check.name != EXAMPLE && !is_public(check.name));
        for check in names {
            for (path, text) in texts(&files) {
                assert!(!text.contains(check.name), "{path} names {} of {}", check.name, contract.name());
            }
        }
    }
}

#[test]
fn no_line_of_the_hidden_checks_or_fixtures_is_told() {
    let course = course();
    let files = repository::sources(&course).unwrap();
    let public = tree::read(&course.root.join("grader/checks/src"), &|_| false).unwrap();
    let known = texts(&public).flat_map(|(_, text)| text.lines()).map(str::trim).collect();
    let mut hidden = tree::read(&course.root.join("grader/hidden"), &|path| path == "signatures").unwrap();
    hidden.extend(tree::read(&course.root.join("fixtures/hidden"), &|_| false).unwrap());
    assert_holds_no_piece(&files, &telling_lines(&hidden, &known));
    // Captures are no text.
    for (path, bytes) in &hidden {
        assert!(files.values().all(|given| given != bytes), "{path} is given");
    }
}

#[test]
fn no_line_that_students_have_to_write_is_told() {
    let course = course();
    let files = repository::sources(&course).unwrap();
    for lab in &course.labs {
        let solution = release::solution(&course, lab).unwrap();
        let stub = release::exercise(lab, &solution).unwrap();
        let known = texts(&stub).flat_map(|(_, text)| text.lines()).map(str::trim).collect();
        let written: Tree = solution
            .into_iter()
            .filter(|(path, bytes)| {
                path.starts_with("src/") && std::str::from_utf8(bytes).is_ok_and(markers::holds_marker)
            })
            .collect();
        // A later lab may be given what an earlier one wrote: what counts is this lab's own folder.
        let own = format!("exercises/{}/", lab.folder());
        let own: Tree = files
            .iter()
            .filter(|(path, _)| path.starts_with(&own))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        assert_holds_no_piece(&own, &telling_lines(&written, &known));
        for (path, text) in texts(&own) {
            assert!(!markers::holds_marker(text), "{path}");
        }
    }
}

#[test]
fn the_labs_are_those_of_the_students_workspace() {
    let course = course();
    let files = repository::sources(&course).unwrap();
    for (path, bytes) in release::workspace(&course).unwrap() {
        if path != "Cargo.toml" {
            assert!(files[&format!("exercises/{path}")] == bytes, "{path}");
        }
    }
}

#[test]
fn its_manifests_resolve_without_the_course() {
    let course = course();
    let folder = tempfile::tempdir().unwrap();
    let files = repository::sources(&course).unwrap();
    tree::write_exactly(folder.path(), &files, &|_| false).unwrap();
    std::fs::copy(course.root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: BTreeSet<&str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["source"].is_null())
        .filter_map(|package| package["name"].as_str())
        .collect();
    for lab in &course.labs {
        assert!(names.contains(lab.name.as_str()), "{}", lab.name);
    }
    let given = ["lab", "labkit", "cell", "checks", "pages", "wire"];
    for given in given {
        assert!(names.contains(given), "{given}");
    }
    assert_eq!(names.len(), course.labs.len() + given.len());
}
