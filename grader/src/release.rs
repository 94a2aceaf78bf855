//! The students' workspace, generated from the solutions: `exercises/` is an output and never written by hand.

pub mod repository;

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::cargo::Toolchain;
use crate::course::{Course, LabFolder};
use crate::lock;
use crate::manifests;
use crate::markers;
use crate::tree::{self, Tree};

/// Tells students why their crate compiles without warnings at first.
const ALLOW_UNUSED: &str = "\
// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]
";

/// A lab's reference, as it lies in `solutions/`.
///
/// # Errors
/// An unreadable or odd file, named.
pub fn solution(course: &Course, lab: &LabFolder) -> Result<Tree> {
    let folder = course.solution(lab);
    Ok(tree::read(&folder, &|path| path == "target" || path == "Cargo.lock")?)
}

/// What students are handed of a lab's reference: stubs, given code, the public checks' front end.
///
/// # Errors
/// A marker that stands wrong or a manifest of another shape, named with file and line.
pub fn exercise(lab: &LabFolder, solution: &Tree) -> Result<Tree> {
    let is_ours = |path: &str| {
        path == "bugs.toml"
            || path.starts_with("benches/")
            || (path.starts_with("tests/") && path != "tests/checks.rs")
    };
    let mut files = Tree::new();
    for (path, bytes) in solution.iter().filter(|(path, _)| !is_ours(path)) {
        let shown = format!("solutions/{}/{path}", lab.folder());
        let bytes = match std::str::from_utf8(bytes) {
            Ok(text) if path == "Cargo.toml" => {
                manifests::exercise(text).with_context(|| format!("releasing {shown}"))?.into_bytes()
            }
            Ok(text) => {
                let stub = markers::stub(&shown, text)?;
                if needs_allow(path, text) { allow_unused(&stub) } else { stub }.into_bytes()
            }
            Err(_) => bytes.clone(),
        };
        files.insert(path.clone(), bytes);
    }
    Ok(files)
}

/// The library, and every program in which the student writes something.
fn needs_allow(path: &str, text: &str) -> bool {
    let is_program = path == "src/main.rs" || path.starts_with("src/bin/");
    path == "src/lib.rs" || (is_program && markers::holds_marker(text))
}

/// Puts the attribute below the crate's own documentation.
fn allow_unused(text: &str) -> String {
    let documentation: usize =
        text.split_inclusive('\n').take_while(|line| line.starts_with("//!")).map(str::len).sum();
    let (head, rest) = text.split_at(documentation);
    let gap = if head.is_empty() { "" } else { "\n" };
    let rest = rest.trim_start_matches('\n');
    let gap_below = if rest.is_empty() { "" } else { "\n" };
    format!("{head}{gap}{ALLOW_UNUSED}{gap_below}{rest}")
}

/// Everything in `exercises/` that is generated but for the lock file, by its path below it.
///
/// # Errors
/// As [`exercise`]; a root manifest of another shape.
pub fn workspace(course: &Course) -> Result<Tree> {
    let mut files = Tree::new();
    for lab in &course.labs {
        for (path, bytes) in exercise(lab, &solution(course, lab)?)? {
            files.insert(format!("{}/{path}", lab.folder()), bytes);
        }
    }
    let root = fs::read_to_string(course.root.join("Cargo.toml")).context("reading the root's Cargo.toml")?;
    files.insert("Cargo.toml".to_owned(), manifests::students_workspace(&root)?.into_bytes());
    Ok(files)
}

/// Leaves alone what is not generated: the given crates, build results, the lock file (written by cargo).
fn is_not_generated(path: &str) -> bool {
    let top = path.split('/').next().unwrap_or(path);
    let in_lab_target = path.split('/').nth(1) == Some("target");
    in_lab_target || (top != "Cargo.toml" && LabFolder::parse(top).is_none())
}

/// Writes `exercises/`; returns how many files it consists of.
///
/// # Errors
/// As [`workspace`], or the lock file can't be made from the root's.
pub fn write(course: &Course, toolchain: &Toolchain) -> Result<usize> {
    let files = workspace(course)?;
    tree::write_exactly(&course.exercises(), &files, &is_not_generated)?;
    lock::prune(toolchain, &course.root.join("Cargo.lock"), &course.exercises())?;
    Ok(files.len() + 1)
}

/// What differs between `exercises/` and what the solutions generate, a line each; nothing is a match.
///
/// The stubs are compiled too: one that warns or doesn't compile is a difference.
///
/// # Errors
/// As [`workspace`]; the toolchain can't be run.
pub fn check(course: &Course, toolchain: &Toolchain) -> Result<Vec<String>> {
    let expected = workspace(course)?;
    let exercises = course.exercises();
    ensure!(exercises.is_dir(), "{} is missing: run `grader release`", exercises.display());
    let found = tree::read(&exercises, &is_not_generated)?;
    let mut differences = Vec::new();
    for (path, bytes) in &expected {
        match found.get(path) {
            None => differences.push(format!("exercises/{path} is missing")),
            Some(other) if other != bytes => differences.push(format!("exercises/{path} differs")),
            Some(_) => {}
        }
    }
    for path in found.keys().filter(|path| !expected.contains_key(*path)) {
        differences.push(format!("exercises/{path} is not generated by any solution"));
    }
    differences.extend(lock::strays(&course.root.join("Cargo.lock"), &exercises.join("Cargo.lock"))?);
    if differences.is_empty() {
        let complaints = toolchain.check(&exercises)?;
        differences.extend(
            complaints.into_iter().map(|complaint| format!("a stub does not compile cleanly:\n{complaint}")),
        );
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect()
    }

    const MANIFEST: &str = "[package]\nname = \"one\"\n\n[dev-dependencies]\nchecks.workspace = true\nhidden.workspace = true\n\n[[test]]\nname = \"checks\"\nharness = false\n\n[[test]]\nname = \"hidden\"\nharness = false\n";

    #[test]
    fn students_get_stubs_and_public_checks_only() {
        let lab = LabFolder::parse("01-one").unwrap();
        let solution = tree(&[
            ("Cargo.toml", MANIFEST),
            ("bugs.toml", ""),
            ("src/lib.rs", "//! One.\n\npub mod work;\n"),
            ("src/work.rs", "pub fn w() {\n    // begin solution: work\n    x();\n    // end solution\n}\n"),
            ("src/bin/one.rs", "fn main() {}\n"),
            ("tests/checks.rs", "fn main() {}\n"),
            ("tests/hidden.rs", "fn main() {}\n"),
            ("benches/speed.rs", "fn main() {}\n"),
        ]);
        let exercise = exercise(&lab, &solution).unwrap();
        let text = |path: &str| std::str::from_utf8(&exercise[path]).unwrap();
        assert_eq!(
            exercise.keys().collect::<Vec<_>>(),
            ["Cargo.toml", "src/bin/one.rs", "src/lib.rs", "src/work.rs", "tests/checks.rs"]
        );
        assert_eq!(text("src/lib.rs"), format!("//! One.\n\n{ALLOW_UNUSED}\npub mod work;\n"));
        assert_eq!(text("src/work.rs"), "pub fn w() {\n    todo!(\"work\")\n}\n");
        assert!(!text("Cargo.toml").contains("hidden"));
    }

    #[test]
    fn a_wrong_marker_names_the_solutions_file() {
        let lab = LabFolder::parse("01-one").unwrap();
        let solution = tree(&[("src/lib.rs", "// end solution\n")]);
        let error = exercise(&lab, &solution).unwrap_err().to_string();
        assert!(error.starts_with("solutions/01-one/src/lib.rs:1: "), "{error}");
    }

    #[test]
    fn only_generated_paths_are_touched() {
        for kept in [
            "labkit/src/lib.rs",
            "lab/Cargo.toml",
            "target/x",
            "Cargo.lock",
            ".cargo/config.toml",
            "03-a/target/x",
        ] {
            assert!(is_not_generated(kept), "{kept}");
        }
        for generated in ["03-a/src/lib.rs", "Cargo.toml", "99-gone/src/lib.rs"] {
            assert!(!is_not_generated(generated), "{generated}");
        }
    }
}
