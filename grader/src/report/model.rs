//! `wirelab/report/v1`: the one place where a grade's JSON is shaped. Keys may be added, never renamed.

use checks::{Audience, Verdict};
use serde::{Serialize, Serializer};

/// The version of this shape.
pub const SCHEMA: &str = "wirelab/report/v1";

/// The grade of one submission.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What was graded.
    pub submission: Identity,
    /// What it was graded with: same hashes, same grade.
    pub tools: Tools,
    /// Whether there is a grade at all.
    pub verdict: ReportVerdict,
    /// Why there is none.
    pub message: Option<String>,
    /// Which layers held the programs.
    pub isolation: checks::Isolation,
    /// Layers that grading requires and this machine lacked: done without, since that was allowed.
    pub done_without: Vec<String>,
    /// Points earned in all labs.
    pub score: u32,
    /// Points that could have been earned: skipped ones don't count.
    pub max: u32,
    /// Files that differ from the course's and are not the student's to write.
    pub ignored_files: Vec<String>,
    /// In the course's order.
    pub labs: Vec<LabReport>,
}

/// Which submission.
#[derive(Debug, Clone, Serialize)]
pub struct Identity {
    /// As it was given.
    pub path: String,
    /// Of everything that was taken from it; empty if nothing was.
    pub sha256: String,
}

/// What decides a grade beside the submission.
#[derive(Debug, Clone, Serialize)]
pub struct Tools {
    /// The grader's version.
    pub grader: &'static str,
    /// The compiler's.
    pub rustc: String,
    /// Of the sources of the checks and of the crates under them.
    pub checks_sha256: String,
    /// Of the root's lock file.
    pub lockfile_sha256: String,
}

/// Whether a submission has a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReportVerdict {
    /// Yes, whatever the score.
    Graded,
    /// It holds something that is not taken.
    Rejected,
    /// The grader had trouble of its own.
    Infra,
}

/// One lab of a grade.
#[derive(Debug, Clone, Serialize)]
pub struct LabReport {
    /// `tcp-echo`.
    pub lab: &'static str,
    /// Its place in the course.
    pub number: u8,
    /// What the lab is about; only for people.
    #[serde(skip)]
    pub title: &'static str,
    /// How it ended.
    pub verdict: LabVerdict,
    /// Points earned.
    pub score: u32,
    /// 100 less the points of skipped checks (and of hidden ones where only public ones were run).
    pub max: u32,
    /// The compiler's complaint, or what is missing.
    pub message: Option<String>,
    /// Which layers held its programs; empty where none was run.
    pub isolation: checks::Isolation,
    /// Public ones first.
    pub checks: Vec<CheckReport>,
}

/// How a lab ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LabVerdict {
    /// Every check that was not skipped passed.
    Pass,
    /// Some check did not.
    Fail,
    /// It doesn't compile.
    BuildFail,
    /// Its folder is not there.
    Missing,
    /// Every check was skipped.
    Skip,
    /// The grader had trouble of its own with a check.
    Infra,
}

impl LabVerdict {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            LabVerdict::Pass => "PASS",
            LabVerdict::Fail => "FAIL",
            LabVerdict::BuildFail => "BUILD_FAIL",
            LabVerdict::Missing => "MISSING",
            LabVerdict::Skip => "SKIP",
            LabVerdict::Infra => "INFRA",
        }
    }

    /// Whether there were programs to judge.
    pub fn is_judged(self) -> bool {
        !matches!(self, LabVerdict::BuildFail | LabVerdict::Missing)
    }

    /// Of a lab that was built, from its checks.
    pub fn of(checks: &[CheckReport]) -> LabVerdict {
        let any = |wanted: fn(Verdict) -> bool| checks.iter().any(|check| wanted(check.verdict));
        if any(|verdict| verdict == Verdict::Infra) {
            LabVerdict::Infra
        } else if any(Verdict::is_failure) {
            LabVerdict::Fail
        } else if any(|verdict| verdict == Verdict::Pass) {
            LabVerdict::Pass
        } else {
            LabVerdict::Skip
        }
    }
}

/// One check of a lab.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// `echoes-a-line`.
    pub check: &'static str,
    /// Who sees it.
    pub audience: Audience,
    /// What it is worth.
    pub points: u32,
    /// All of it or nothing.
    pub earned: u32,
    /// How it ended.
    pub verdict: Verdict,
    /// Wall time.
    #[serde(serialize_with = "milliseconds")]
    pub seconds: f64,
    /// CPU time of everything it started.
    #[serde(serialize_with = "milliseconds")]
    pub cpu_seconds: f64,
    /// What its random inputs came from.
    pub seed: u64,
    /// What was wrong.
    pub fault: Option<Fault>,
    /// Why it was skipped.
    pub skip: Option<String>,
    /// The known bug that fails the same checks.
    pub nearest_bug: Option<String>,
    /// Where its frames were stored.
    pub capture: Option<String>,
    /// The page for people, where there is something to tell.
    #[serde(skip)]
    pub page: Option<String>,
}

/// What was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What should have happened.
    pub expected: String,
    /// What happened.
    pub got: String,
    /// At which step of the check's story, counted from 1; 0 = before any.
    pub step: usize,
}

impl Fault {
    /// Whether it is a stub that nobody has filled in.
    pub fn is_undone(&self) -> bool {
        self.got.starts_with("not done yet")
    }
}

/// Nobody reads more digits.
fn milliseconds<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((seconds * 1000.0).round() / 1000.0)
}

impl Report {
    /// The score in percent of what could be earned; 0 where nothing could.
    pub fn percent(&self) -> f64 {
        if self.max == 0 { 0.0 } else { f64::from(self.score) * 100.0 / f64::from(self.max) }
    }

    /// As `wirelab/report/v1`, with a final newline.
    ///
    /// # Errors
    /// None that a report could cause.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdict: Verdict) -> CheckReport {
        CheckReport {
            check: "x",
            audience: Audience::Public,
            points: 10,
            earned: 0,
            verdict,
            seconds: 0.123_456,
            cpu_seconds: 0.0,
            seed: 7,
            fault: None,
            skip: None,
            nearest_bug: None,
            capture: None,
            page: None,
        }
    }

    #[test]
    fn a_lab_passes_if_every_check_that_ran_passed() {
        let of =
            |verdicts: &[Verdict]| LabVerdict::of(&verdicts.iter().copied().map(check).collect::<Vec<_>>());
        assert_eq!(of(&[Verdict::Pass, Verdict::Skip]), LabVerdict::Pass);
        assert_eq!(of(&[Verdict::Skip, Verdict::Skip]), LabVerdict::Skip);
        assert_eq!(of(&[Verdict::Pass, Verdict::Timeout, Verdict::Skip]), LabVerdict::Fail);
        assert_eq!(of(&[Verdict::Pass, Verdict::Fail, Verdict::Infra]), LabVerdict::Infra);
    }

    #[test]
    fn a_check_has_the_keys_of_the_schema() {
        let json = serde_json::to_value(check(Verdict::OutputLimit)).unwrap();
        assert_eq!(json["verdict"], "OUTPUT_LIMIT");
        assert_eq!(json["audience"], "public");
        assert_eq!(json["seconds"], 0.123);
        for key in ["check", "points", "earned", "seed", "fault", "skip", "nearest_bug", "capture"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
