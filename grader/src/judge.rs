//! From the outcomes of a lab's checks to its part of the report.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use checks::report::{Context, failure};
use checks::{Audience, Isolation, Outcome, Verdict};

use crate::catalog::{Contract, Entry};
use crate::report::isolation;
use crate::report::look::Look;
use crate::report::model::{CheckReport, Fault, LabReport, LabVerdict};
use crate::text;

/// A lab whose checks were run; `outcomes` in the order of `entries`.
pub(crate) fn judged(
    contract: &Contract,
    entries: &[Entry],
    outcomes: Vec<Outcome>,
    path: &Path,
    public_only: bool,
    captures: &Captures,
    look: Look,
) -> LabReport {
    let signatures = contract.signatures(public_only);
    let failed: BTreeSet<String> = entries
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.verdict.is_failure() && !outcome.not_done)
        .map(|(entry, _)| entry.check.name.to_owned())
        .collect();
    let isolation = isolation::of_all(outcomes.iter().map(|outcome| &outcome.isolation));
    let mut reports = Vec::new();
    for (entry, outcome) in entries.iter().zip(outcomes) {
        let like =
            signatures.nearest(&failed, entry.check.name).filter(|_| failed.contains(entry.check.name));
        let is_failure = outcome.verdict.is_failure();
        let capture = outcome.capture.as_ref().filter(|_| is_failure);
        let capture = capture.and_then(|bytes| captures.store(entry, bytes));
        let context = Context {
            like: like.cloned(),
            repeat: Some(format!(
                "grader replay {} {} {} --seed {}",
                path.display(),
                contract.name(),
                entry.check.name,
                outcome.seed
            )),
            capture: capture.clone(),
            conceal: entry.audience == Audience::Hidden,
            width: look.width,
            paint: look.paint,
        };
        let has_page = (is_failure && !outcome.not_done) || outcome.verdict == Verdict::Infra;
        reports.push(CheckReport {
            page: has_page.then(|| failure(entry.lab, entry.check, &outcome, &context)),
            nearest_bug: context.like.map(|bug| bug.name),
            capture,
            ..check_report(entry, &outcome)
        });
    }
    LabReport { isolation, ..lab_report(contract, LabVerdict::of(&reports), None, reports) }
}

fn check_report(entry: &Entry, outcome: &Outcome) -> CheckReport {
    let fault = outcome.fault.as_ref().filter(|_| outcome.verdict.is_failure());
    CheckReport {
        earned: if outcome.verdict == Verdict::Pass { entry.check.points } else { 0 },
        seconds: outcome.seconds,
        cpu_seconds: outcome.cpu_seconds,
        seed: outcome.seed,
        fault: fault.map(|fault| Fault {
            expected: text::plain(&fault.expected),
            got: text::plain(&fault.got),
            step: fault.step,
        }),
        skip: outcome.reason.clone().filter(|_| outcome.verdict == Verdict::Skip),
        ..not_run(entry, outcome.verdict)
    }
}

fn not_run(entry: &Entry, verdict: Verdict) -> CheckReport {
    CheckReport {
        check: entry.check.name,
        audience: entry.audience,
        points: entry.check.points,
        earned: 0,
        verdict,
        seconds: 0.0,
        cpu_seconds: 0.0,
        seed: 0,
        fault: None,
        skip: None,
        nearest_bug: None,
        capture: None,
        page: None,
    }
}

/// A lab that has no programs: every check failed, whatever it would have needed of the machine.
pub(crate) fn not_judged(
    contract: &Contract,
    entries: &[Entry],
    verdict: LabVerdict,
    got: &str,
    message: &str,
) -> LabReport {
    let fault = Fault { expected: "the lab's programs".to_owned(), got: got.to_owned(), step: 0 };
    let check = |entry| CheckReport { fault: Some(fault.clone()), ..not_run(entry, Verdict::Fail) };
    lab_report(contract, verdict, Some(message.to_owned()), entries.iter().map(check).collect())
}

fn lab_report(
    contract: &Contract,
    verdict: LabVerdict,
    message: Option<String>,
    checks: Vec<CheckReport>,
) -> LabReport {
    LabReport {
        lab: contract.name(),
        number: contract.public.number,
        title: contract.public.title,
        verdict,
        score: checks.iter().map(|check| check.earned).sum(),
        max: checks.iter().filter(|check| check.verdict != Verdict::Skip).map(|check| check.points).sum(),
        message,
        isolation: Isolation::default(),
        checks,
    }
}

/// Where the frames of failed checks are kept.
pub(crate) struct Captures {
    pub(crate) folder: PathBuf,
}

impl Captures {
    /// Stores a capture; the report does without it where the disk is full.
    pub(crate) fn store(&self, entry: &Entry, bytes: &[u8]) -> Option<String> {
        let folder = self.folder.join(entry.lab.name);
        let path = folder.join(format!("{}.pcapng", entry.check.name));
        fs::create_dir_all(&folder).and_then(|()| fs::write(&path, bytes)).ok()?;
        Some(path.display().to_string())
    }
}
