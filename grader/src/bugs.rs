//! The named bugs of a lab: edits by text to its solution (`bugs.toml`).

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::tree::Tree;

/// One plausible mistake.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// kebab-case.
    pub name: String,
    /// The check that must fail on it.
    pub caught_by: String,
    /// The mistake in the student's words.
    pub says: String,
    /// What turns the solution into it, applied in order.
    #[serde(rename = "edit")]
    pub edits: Vec<Edit>,
}

/// Replaces a text that occurs exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Relative to the lab's folder.
    pub file: String,
    /// What the solution says.
    pub from: String,
    /// What the bug says instead.
    pub to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BugsFile {
    #[serde(default, rename = "bug")]
    bugs: Vec<Bug>,
}

/// Reads a `bugs.toml`; `path` is only for messages.
///
/// # Errors
/// Not TOML of that shape, a bug without an edit, or two of the same name.
pub fn parse(path: &str, text: &str) -> Result<Vec<Bug>> {
    let BugsFile { bugs } = toml::from_str(text).with_context(|| format!("reading {path}"))?;
    let mut names = BTreeSet::new();
    for bug in &bugs {
        ensure!(names.insert(&bug.name), "{path}: two bugs are called {}", bug.name);
        ensure!(!bug.edits.is_empty(), "{path}: bug {} changes nothing", bug.name);
    }
    Ok(bugs)
}

impl Bug {
    /// The solution with this bug in it.
    ///
    /// # Errors
    /// An edit whose text the solution doesn't hold, or holds twice.
    pub fn apply(&self, solution: &Tree) -> Result<Tree> {
        let mut tree = solution.clone();
        for Edit { file, from, to } in &self.edits {
            let content = tree.get_mut(file).with_context(|| format!("bug {}: no file {file}", self.name))?;
            let text = std::str::from_utf8(content).with_context(|| format!("{file} is not UTF-8"))?;
            match text.matches(from.as_str()).count() {
                1 => *content = text.replacen(from, to, 1).into_bytes(),
                0 => bail!("bug {}: {file} no longer holds:\n{from}", self.name),
                n => bail!("bug {}: {file} holds this {n} times, make it unique:\n{from}", self.name),
            }
        }
        ensure!(tree != *solution, "bug {}: its edits change nothing", self.name);
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[bug]]
name = "off-by-one"
caught_by = "counts-right"
says = "Counted from one."
[[bug.edit]]
file = "src/lib.rs"
from = "0.."
to = "1.."
"#;

    fn solution(text: &str) -> Tree {
        Tree::from([("src/lib.rs".to_owned(), text.as_bytes().to_vec())])
    }

    #[test]
    fn an_edit_replaces_its_text() {
        let bugs = parse("bugs.toml", FILE).unwrap();
        assert_eq!(bugs[0].apply(&solution("for i in 0..9 {}")).unwrap(), solution("for i in 1..9 {}"));
    }

    #[test]
    fn an_edit_that_no_longer_applies_says_so() {
        let bug = &parse("bugs.toml", FILE).unwrap()[0];
        let error = |text| bug.apply(&solution(text)).unwrap_err().to_string();
        assert_eq!(error("for i in 2.."), "bug off-by-one: src/lib.rs no longer holds:\n0..");
        assert_eq!(error("0.. 0.."), "bug off-by-one: src/lib.rs holds this 2 times, make it unique:\n0..");
        let gone = bug.apply(&Tree::new()).unwrap_err().to_string();
        assert_eq!(gone, "bug off-by-one: no file src/lib.rs");
    }

    #[test]
    fn a_file_of_another_shape_is_refused() {
        let error = |text: &str| format!("{:#}", parse("bugs.toml", text).unwrap_err());
        assert!(error(&FILE.replace("says", "told")).contains("unknown field `told`"));
        assert!(error(&format!("{FILE}{FILE}")).contains("two bugs are called off-by-one"));
        assert!(parse("bugs.toml", "").unwrap().is_empty());
    }
}
