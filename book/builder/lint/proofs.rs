//! The hidden checks that prove items of the source courses exist, and so do the items.
//!
//! Their names stand in a file beside the hidden checks, because students have the book's files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use regex::Regex;

use crate::course::Course;
use crate::coverage::{self, Place, Target};
use crate::problem::Problem;
use crate::site::read;

/// An id for each line, and the hidden checks that prove it, as `LAB/CHECK`.
const FILE: &str = "grader/hidden/coverage.toml";

/// Where hidden checks are written. They are read as text, because the book must not know their crate.
const CHECKS: &str = "grader/hidden/src/labs";

static CHECK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\bcheck\(\s*"([a-z0-9-]+)""#).expect("the pattern is fixed"));

/// Says nothing where the hidden checks have not been handed out.
pub(super) fn check(root: &Path, course: &Course) -> Result<Vec<Problem>> {
    if !root.join(FILE).is_file() {
        return Ok(Vec::new());
    }
    let text = read(&root.join(FILE))?;
    let proofs: BTreeMap<String, Vec<String>> =
        toml::from_str(&text).with_context(|| format!("in {FILE}"))?;
    let rows = coverage::load(root)?.into_iter().flat_map(|source| source.rows);
    let ids: BTreeSet<String> = rows.map(|row| row.id).collect();

    let mut problems = Vec::new();
    for (id, checks) in &proofs {
        let line = text.lines().position(|line| line.starts_with(&format!("{id} "))).map_or(1, |at| at + 1);
        if !ids.contains(id) {
            problems.push(Problem::new(FILE, line, format!("{} has no row {id}", coverage::FILE)));
        }
        for check in checks {
            if !is_there(root, course, check)? {
                problems.push(Problem::new(FILE, line, format!("{id}: no hidden check `{check}`")));
            }
        }
    }
    Ok(problems)
}

fn is_there(root: &Path, course: &Course, check: &str) -> Result<bool> {
    let Place { page: lab, target: Target::Check(name) } = Place::parse(check) else { return Ok(false) };
    let path = root.join(CHECKS).join(format!("{}.rs", lab.replace('-', "_")));
    if course.lab(&lab).is_err() || !path.is_file() {
        return Ok(false);
    }
    Ok(CHECK.captures_iter(&read(&path)?).any(|found| found[1] == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;
    use crate::site::Site;

    #[test]
    fn rows_and_hidden_checks_that_do_not_exist_are_named() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join(CHECKS)).unwrap();
        std::fs::create_dir(root.path().join("book")).unwrap();
        for (file, text) in [
            (coverage::FILE, "[[source]]\ntitle = \"A\"\nrows = [{ id = \"A-1\", says = \"\" }]"),
            ("grader/hidden/src/labs/tcp_echo.rs", "check(\n    \"secret\", 10, secret)"),
            (
                FILE,
                "A-1 = [\"tcp-echo/secret\", \"tcp-echo/gone\", \"gone/secret\"]\nA-2 = [\"tcp-echo/secret\"]\n",
            ),
        ] {
            std::fs::write(root.path().join(file), text).unwrap();
        }
        let found = check(root.path(), &sample::course()).unwrap();
        let expected = [
            "grader/hidden/coverage.toml:1: A-1: no hidden check `tcp-echo/gone`",
            "grader/hidden/coverage.toml:1: A-1: no hidden check `gone/secret`",
            "grader/hidden/coverage.toml:2: book/coverage.toml has no row A-2",
        ];
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_courses_own_hidden_proofs_exist() {
        let site = Site::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!(check(site.root(), &Course::load(site.root()).unwrap()).unwrap(), []);
    }
}
