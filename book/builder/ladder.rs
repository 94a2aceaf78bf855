//! Failure reports of known bugs: what a student who made that mistake gets to read.
//!
//! `{{#ladder LAB BUG CHECK}}` shows `book/ladders/LAB.BUG.CHECK.txt`, which `book refresh` records: the solution
//! with the bug's edits, as a submission for `grader replay`.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context, Result, anyhow, ensure};
use regex::{Captures, Regex};

use crate::course::{Bug, Course};
use crate::html;
use crate::site::{Site, read};
use crate::transcript::normalise::normalise;

/// So that a report differs only if a program does.
const SEED: &str = "7";

/// One report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ladder {
    pub(crate) lab: String,
    pub(crate) bug: String,
    pub(crate) check: String,
}

/// The ladders that the book's pages ask for.
pub(crate) fn shown(site: &Site) -> Result<Vec<Ladder>> {
    static DIRECTIVE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\{\{#ladder (\S+) (\S+) ([^\s}]+)\}\}").expect("the pattern is fixed"));
    let mut ladders = Vec::new();
    for page in site.pages()? {
        let text = read(&site.src().join(page))?;
        ladders
            .extend(DIRECTIVE.captures_iter(&text).map(|found| Ladder::new(&found[1], &found[2], &found[3])));
    }
    ladders.sort();
    ladders.dedup();
    Ok(ladders)
}

impl Ladder {
    pub(crate) fn new(lab: &str, bug: &str, check: &str) -> Self {
        Self { lab: lab.to_owned(), bug: bug.to_owned(), check: check.to_owned() }
    }

    /// What it is called on the command line and, with `.txt`, on disk.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}.{}", self.lab, self.bug, self.check)
    }

    /// The stored report.
    pub(crate) fn paste(&self, folder: &Path) -> Result<String, String> {
        let name = self.name();
        let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).map_err(|_| {
            format!("ladder `{name}` was never recorded: `cargo run -p book -- refresh {name}`")
        })?;
        Ok(format!("<pre class=\"ladder\" tabindex=\"0\">{}</pre>\n", html::preformatted(&text)))
    }

    /// What `grader` says of the bug, or what this machine lacks.
    pub(crate) fn record(&self, site: &Site, grader: &Path) -> Result<Result<String, String>> {
        let course = Course::load(site.root())?;
        let lab = course.lab(&self.lab).map_err(anyhow::Error::msg)?;
        let bug = lab.bug(&self.bug).map_err(anyhow::Error::msg)?;
        let submission = tempfile::tempdir()?;
        let folder = submission.path().join(lab.folder());
        copy(&site.root().join("solutions").join(lab.folder()), &folder)?;
        apply(bug, &folder)?;

        let mut replay = Command::new(grader);
        replay.arg("replay").arg(submission.path()).args([&self.lab, &self.check, "--seed", SEED]);
        // As wide as a page has room for, whatever the terminal.
        let output = replay.current_dir(site.root()).env_remove("COLUMNS").output()?;
        let report = String::from_utf8(output.stdout)?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(report.contains(&self.check), "ladder {}: no report: {}", self.name(), complaint.trim());
        if report.contains(" SKIP ") {
            return Ok(Err("this machine lacks what the check needs".to_owned()));
        }
        ensure!(!report.contains(" PASS "), "ladder {}: the check does not catch the bug", self.name());
        Ok(Ok(tidy(&report, &submission.path().display().to_string())))
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Makes the bug's edits: each text must be there, once.
fn apply(bug: &Bug, folder: &Path) -> Result<()> {
    for edit in &bug.edit {
        let path = folder.join(&edit.file);
        let text = read(&path)?;
        let (before, after) = text
            .split_once(&edit.from)
            .filter(|(_, after)| !after.contains(&edit.from))
            .ok_or_else(|| anyhow!("bug {} does not apply to {}", bug.name, edit.file))?;
        std::fs::write(&path, [before, &edit.to, after].concat())?;
    }
    Ok(())
}

/// The report as a student reads it, with even times: the command is theirs, and milliseconds differ each time.
fn tidy(report: &str, submission: &str) -> String {
    static TIME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r" *\b(?<ms>\d+\.\d) ms").expect("the pattern is fixed"));
    static CAPTURE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"capture( +)\S*/(?<file>[^/\s]+)").expect("the pattern is fixed"));
    let report = report.replace(&format!("grader replay {submission}"), "cargo lab replay");
    let report = CAPTURE.replace_all(&report, "capture${1}target/lab/$file");
    let mut tick = 0;
    let timed = TIME.replace_all(&report, |found: &Captures<'_>| {
        let milliseconds: f64 = found["ms"].parse().unwrap_or(0.0);
        tick += 1;
        let even = if milliseconds < 500.0 {
            f64::from(tick) / 10.0
        } else {
            (milliseconds / 500.0).round() * 500.0
        };
        let even = format!("{even:.1} ms");
        // One space: it stands in a sentence. More: in the column of times.
        if found[0].starts_with(&format!(" {}", &found["ms"])) {
            return format!(" {even}");
        }
        format!("{even:>width$}", width = found[0].len())
    });
    // Whether a server still logs that its client has left is a race with its end.
    let lasting = |line: &&str| !line.contains(" disconnected");
    normalise(&timed).lines().filter(lasting).flat_map(|line| [line.trim_end(), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Edit;

    #[test]
    fn a_report_is_the_students_and_its_times_are_even() {
        let report = "  │── connect ──▶│      7.3 ms\n  │── \"y\" ──▶│     11.2 ms   (read by you at 12.0 ms)\n\
                      \x20 │◀── \"x\" ──│   5003.1 ms   ✗\n\
                      repeat   grader replay /tmp/x tcp-echo a --seed 7\ncapture  /tmp/t/captures/a.pcapng\n";
        let expected = "  │── connect ──▶│      0.1 ms\n  │── \"y\" ──▶│      0.2 ms   (read by you at 0.3 ms)\n\
                        \x20 │◀── \"x\" ──│   5000.0 ms   ✗\n\
                        repeat   cargo lab replay tcp-echo a --seed 7\ncapture  target/lab/a.pcapng\n";
        assert_eq!(tidy(report, "/tmp/x"), expected);
    }

    #[test]
    fn an_edit_that_does_not_apply_once_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.rs"), "one two two").unwrap();
        let bug = |from: &str| Bug {
            name: "b".into(),
            caught_by: "c".into(),
            says: String::new(),
            edit: vec![Edit { file: "a.rs".into(), from: from.into(), to: "three".into() }],
        };
        assert!(apply(&bug("two"), folder.path()).is_err());
        assert!(apply(&bug("four"), folder.path()).is_err());
        apply(&bug("one"), folder.path()).unwrap();
        assert_eq!(read(&folder.path().join("a.rs")).unwrap(), "three two two");
    }
}
