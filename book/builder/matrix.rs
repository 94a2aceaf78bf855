//! The matrix of bugs and checks: which public checks notice which known bug.
//!
//! It is what `grader prove --write` stored for the students' own runner. The hidden checks' part is stored
//! elsewhere, and the book does not know it.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::course::{Course, Lab};
use crate::html;
use crate::site::read;

/// Where the proofs of the public checks are, relative to the course's root; one file a lab.
const FOLDER: &str = "grader/checks/signatures";

/// What public checks say to one known bug.
#[derive(Deserialize)]
struct Signature {
    name: String,
    says: String,
    /// The public checks that it fails, in alphabetical order.
    fails: Vec<String>,
}

#[derive(Deserialize)]
struct Signatures {
    #[serde(default)]
    bug: Vec<Signature>,
}

/// A section for each lab, with a table of its bugs.
pub(crate) fn of(root: &Path, course: &Course) -> Result<String> {
    let mut page = String::new();
    for lab in &course.labs {
        let path = root.join(FOLDER).join(format!("{}.toml", lab.name));
        let signatures: Signatures =
            toml::from_str(&read(&path)?).with_context(|| format!("in {}", path.display()))?;
        section(&mut page, lab, &signatures.bug);
    }
    Ok(page)
}

fn section(page: &mut String, lab: &Lab, bugs: &[Signature]) {
    let _ = writeln!(page, "## {:02} {}\n\n{}\n", lab.number, lab.name, counted(lab, bugs));
    page.push_str("<table class=\"matrix\"><thead><tr><th>bug</th><th>public checks that notice</th></tr></thead>\n<tbody>\n");
    for bug in bugs {
        let checks: Vec<String> = noticed_by(lab, bug).into_iter().map(|name| link(lab, name)).collect();
        let _ = writeln!(
            page,
            "<tr><td><em>{}</em>: {}</td><td>{}</td></tr>",
            bug.name.replace('-', "-<wbr>"),
            html::inline(&bug.says),
            checks.join("<br>")
        );
    }
    page.push_str("</tbody></table>\n\n");
}

/// How many bugs there are, and how many of them only hidden checks notice.
fn counted(lab: &Lab, bugs: &[Signature]) -> String {
    let [all, seen] = [lab.bugs.len(), bugs.len()];
    match all.saturating_sub(seen) {
        0 => format!("All {all} known bugs are noticed by public checks."),
        left => {
            format!("Of {all} known bugs, public checks notice {seen}; hidden ones notice the other {left}.")
        }
    }
}

/// The checks that a bug fails; the one that it was written for comes first, if it is public.
fn noticed_by<'a>(lab: &Lab, bug: &'a Signature) -> Vec<&'a str> {
    let aimed_at = lab.bugs.iter().find(|known| known.name == bug.name).map(|known| known.caught_by.as_str());
    let mut checks: Vec<&str> = bug.fails.iter().map(String::as_str).collect();
    checks.sort_by_key(|&check| Some(check) != aimed_at); // it is stable
    checks
}

fn link(lab: &Lab, check: &str) -> String {
    format!(
        "<a href=\"{}.html#check-{check}\"><code>{}</code></a>",
        lab.folder(),
        check.replace('-', "-<wbr>")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    fn page(signatures: &str) -> String {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join(FOLDER)).unwrap();
        std::fs::write(root.path().join(FOLDER).join("tcp-echo.toml"), signatures).unwrap();
        of(root.path(), &sample::course()).unwrap()
    }

    const SIGNATURES: &str = r#"
        inputs = "00"
        [[bug]]
        name = "no-newline"
        says = "One read."
        fails = ["answers-time", "echoes-a-line"]
    "#;

    #[test]
    fn the_check_that_a_bug_was_written_for_comes_first() {
        let page = page(SIGNATURES);
        let [aimed, other] = ["#check-echoes-a-line", "#check-answers-time"].map(|check| page.find(check));
        assert!(aimed.is_some() && aimed < other, "{page}");
        assert!(page.contains("## 03 tcp-echo\n"), "{page}");
    }

    #[test]
    fn of_what_hidden_checks_notice_only_the_number_is_told() {
        let page = page(SIGNATURES);
        assert!(
            page.contains("Of 2 known bugs, public checks notice 1; hidden ones notice the other 1."),
            "{page}"
        );
        assert!(!page.contains("secret") && !page.contains("reply-per-read"), "{page}");
    }

    #[test]
    fn a_lab_without_its_proof_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        assert!(of(root.path(), &sample::course()).is_err());
    }
}
