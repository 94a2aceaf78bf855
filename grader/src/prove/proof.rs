//! `wirelab/proof/v1`: what a proof found, for programs and for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Serialize;

use crate::text;

/// The version of this shape.
pub const SCHEMA: &str = "wirelab/proof/v1";

/// The proof of some labs.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Wall time of the whole proof.
    pub seconds: f64,
    /// In the course's order.
    pub labs: Vec<LabProof>,
}

/// The proof of one lab. Every list must be empty, but for `skipped_checks` and the matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LabProof {
    /// `tcp-echo`.
    pub lab: String,
    /// How many checks it has.
    pub checks: usize,
    /// How many bugs are known.
    pub bugs: usize,
    /// How often the reference and each bug were run against a check.
    pub repeats: u32,
    /// Checks that the reference did not pass.
    pub reference_failures: Vec<ReferenceFailure>,
    /// Checks that the stub passes.
    pub stub_passes: Vec<String>,
    /// Checks that the stub fails otherwise than by not being done.
    pub stub_strays: Vec<String>,
    /// Bugs that no check catches.
    pub uncaught_bugs: Vec<String>,
    /// Bugs that only another check catches than the one they name.
    pub caught_elsewhere: Vec<String>,
    /// Bugs that their check catches only sometimes.
    pub flaky_bugs: Vec<FlakyBug>,
    /// Variants that can't be made: an edit that no longer applies, code that doesn't compile.
    pub broken_variants: Vec<BrokenVariant>,
    /// Checks that no bug names.
    pub idle_checks: Vec<String>,
    /// The grader's own trouble.
    pub trouble: Vec<String>,
    /// Checks that this machine can't run: not proved, and not failed.
    pub skipped_checks: BTreeSet<String>,
    /// Where every bug was run against every check: the checks that each bug fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<BTreeMap<String, BTreeSet<String>>>,
}

/// A check that the reference failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReferenceFailure {
    /// The check.
    pub check: String,
    /// How often of `repeats`.
    pub times: u32,
    /// What was wrong at one of those times.
    pub got: String,
}

/// A bug that a check caught only sometimes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlakyBug {
    /// The bug.
    pub bug: String,
    /// How often it was caught of `repeats`.
    pub caught: u32,
}

/// A variant of the solution that could not be built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenVariant {
    /// `reference`, `stub`, or the bug's name.
    pub variant: String,
    /// Why.
    pub reason: String,
}

impl LabProof {
    /// Whether every row holds.
    pub fn holds(&self) -> bool {
        self.reference_failures.is_empty()
            && self.stub_passes.is_empty()
            && self.stub_strays.is_empty()
            && self.uncaught_bugs.is_empty()
            && self.caught_elsewhere.is_empty()
            && self.flaky_bugs.is_empty()
            && self.broken_variants.is_empty()
            && self.idle_checks.is_empty()
            && self.trouble.is_empty()
    }
}

impl Proof {
    /// Whether every row of every lab holds.
    pub fn holds(&self) -> bool {
        self.labs.iter().all(LabProof::holds)
    }

    /// As `wirelab/proof/v1`, with a final newline.
    ///
    /// # Errors
    /// None that a proof could cause.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// For people, with a final newline.
    pub fn render(&self) -> String {
        if self.labs.is_empty() {
            return "nothing changed since the proof on record\n".to_owned();
        }
        let mut page = String::new();
        for lab in &self.labs {
            lab.render(&mut page);
        }
        let _ =
            writeln!(page, "{} in {:.1} s", if self.holds() { "proved" } else { "NOT proved" }, self.seconds);
        page
    }
}

impl LabProof {
    fn render(&self, page: &mut String) {
        let verdict = if self.holds() { "proved" } else { "NOT proved" };
        let (checks, bugs) = (text::count(self.checks, "check"), text::count(self.bugs, "bug"));
        let times = text::count(self.repeats as usize, "run");
        let _ = writeln!(page, "{}: {verdict}, {checks} and {bugs}, {times} each", self.lab);
        let mut row = |what: &str, which: &str| {
            let _ = writeln!(page, "   {what:<34} {}", which.trim_end().replace('\n', "\n      "));
        };
        for failure in &self.reference_failures {
            let times = format!("{} ({} of {}): {}", failure.check, failure.times, self.repeats, failure.got);
            row("the reference fails", &times);
        }
        for check in &self.stub_passes {
            row("the stub passes", check);
        }
        for check in &self.stub_strays {
            row("the stub fails, but not as undone", check);
        }
        for bug in &self.uncaught_bugs {
            row("no check catches the bug", bug);
        }
        for bug in &self.caught_elsewhere {
            row("another check catches the bug", bug);
        }
        for FlakyBug { bug, caught } in &self.flaky_bugs {
            row("sometimes caught", &format!("{bug} ({caught} of {})", self.repeats));
        }
        for BrokenVariant { variant, reason } in &self.broken_variants {
            row("can't be built", &format!("{variant}\n{reason}"));
        }
        for check in &self.idle_checks {
            row("no bug names the check", check);
        }
        for trouble in &self.trouble {
            row("the grader's own trouble", trouble);
        }
        for check in &self.skipped_checks {
            row("skipped on this machine", check);
        }
        for (bug, fails) in self.matrix.iter().flatten() {
            row(bug, &fails.iter().cloned().collect::<Vec<_>>().join(" "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lists_are_success_and_a_skip_is_no_failure() {
        let mut proof = LabProof { lab: "x".into(), ..LabProof::default() };
        proof.skipped_checks.insert("live".into());
        assert!(proof.holds());
        proof.idle_checks.push("never-fails".into());
        assert!(!proof.holds());
    }

    #[test]
    fn the_json_has_the_keys_of_the_schema() {
        let proof = Proof { schema: SCHEMA, seconds: 1.0, labs: vec![LabProof::default()] };
        let json: serde_json::Value = serde_json::from_str(&proof.to_json().unwrap()).unwrap();
        for key in [
            "lab",
            "checks",
            "bugs",
            "repeats",
            "reference_failures",
            "stub_passes",
            "uncaught_bugs",
            "caught_elsewhere",
            "idle_checks",
        ] {
            assert!(json["labs"][0].get(key).is_some(), "{key}");
        }
    }
}
