//! From a submission to its report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use checks::{Job, Outcome};

use crate::cargo::Toolchain;
use crate::catalog::{Contract, Entry};
use crate::course::Course;
use crate::inputs;
use crate::isolation::Isolation;
use crate::judge::{Captures, judged, not_judged};
use crate::progress::Progress;
use crate::report::isolation;
use crate::report::look::Look;
use crate::report::model::{Identity, LabVerdict, Report, ReportVerdict, SCHEMA, Tools};
use crate::run;
use crate::submission::{self, Refusal, Submission};
use crate::text;
use crate::usage::Usage;
use crate::workspace::{BuiltLabs, Programs, Workspace};

/// What to grade and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The labs, in the course's order.
    pub labs: Vec<Contract>,
    /// Leaves hidden checks out.
    pub public_only: bool,
    /// Checks at a time.
    pub jobs: usize,
    /// The seed of every check, instead of the submission's own.
    pub seed: Option<u64>,
    /// What holds the programs.
    pub isolation: Isolation,
    /// How the pages of failed checks look.
    pub look: Look,
}

/// Grades the submission in a folder.
///
/// # Errors
/// [`Usage`] where the folder is no submission; else the grader's own trouble.
pub fn grade(
    course: &Course,
    toolchain: &Toolchain,
    path: &Path,
    options: &Options,
    progress: &Progress,
) -> Result<Report> {
    let mut report = blank(course, toolchain, path)?;
    let submission = match submission::read(course, path)? {
        Ok(submission) => submission,
        Err(Refusal::NoSubmission(reason)) => return Err(Usage::new(reason).into()),
        Err(Refusal::Rejected(reason)) => {
            report.verdict = ReportVerdict::Rejected;
            report.message = Some(text::plain(&reason));
            return Ok(report);
        }
    };
    report.submission.sha256.clone_from(&submission.sha256);
    report.done_without.clone_from(&options.isolation.lacking);
    let wanted: BTreeSet<&str> = options.labs.iter().map(Contract::name).collect();
    progress.stage(&format!("building {}", text::count(wanted.len(), "lab")));
    let built = build(course, toolchain, &submission, &wanted)?;

    let mut outcomes = run_checks(&submission, &built.labs, options, progress);
    let captures = Captures { folder: course.scratch().join("captures").join(short(&submission.sha256)) };
    for contract in &options.labs {
        let entries = contract.checks(options.public_only);
        let lab = match built.labs.get(contract.name()) {
            Some(Ok(_)) => {
                let outcomes: Vec<Outcome> =
                    outcomes.remove(contract.name()).unwrap_or_default().into_values().collect();
                judged(contract, &entries, outcomes, path, options.public_only, &captures, options.look)
            }
            Some(Err(complaint)) => {
                not_judged(contract, &entries, LabVerdict::BuildFail, "it does not compile", complaint)
            }
            None => {
                let folder = contract.public.folder();
                let missing = format!("no folder {folder}");
                not_judged(contract, &entries, LabVerdict::Missing, &missing, &missing)
            }
        };
        report.score += lab.score;
        report.max += lab.max;
        if lab.verdict == LabVerdict::Infra {
            report.verdict = ReportVerdict::Infra;
            report.message = Some(format!("the grader had trouble of its own with {}", lab.lab));
        }
        report.labs.push(lab);
    }
    report.isolation = isolation::of_all(report.labs.iter().map(|lab| &lab.isolation));
    report.ignored_files = submission.ignored.iter().map(|path| text::plain(path)).collect();
    Ok(report)
}

/// A report of nothing yet.
fn blank(course: &Course, toolchain: &Toolchain, path: &Path) -> Result<Report> {
    Ok(Report {
        schema: SCHEMA,
        submission: Identity { path: path.display().to_string(), sha256: String::new() },
        tools: Tools {
            grader: env!("CARGO_PKG_VERSION"),
            rustc: toolchain.version.clone(),
            checks_sha256: inputs::checks_sha256(course)?,
            lockfile_sha256: inputs::lockfile_sha256(course)?,
        },
        verdict: ReportVerdict::Graded,
        message: None,
        isolation: checks::Isolation::default(),
        done_without: Vec::new(),
        score: 0,
        max: 0,
        ignored_files: Vec::new(),
        labs: Vec::new(),
    })
}

/// Builds the wanted labs of a submission, as far as it holds them.
pub(crate) fn build(
    course: &Course,
    toolchain: &Toolchain,
    submission: &Submission,
    wanted: &BTreeSet<&str>,
) -> Result<BuiltLabs> {
    let workspace = Workspace::open(course, toolchain)?;
    let mut labs = Vec::new();
    for lab in course.labs.iter().filter(|lab| wanted.contains(lab.name.as_str())) {
        if let Some(submitted) = submission.labs.get(&lab.name) {
            workspace.place(lab, &submitted.files)?;
            labs.push(lab);
        }
    }
    workspace.build(&labs)
}

/// The seed of a check, from the submission's own work.
pub(crate) fn seed_of(submission: &Submission, lab: &str, check: &str) -> u64 {
    let sources = submission.labs.get(lab).map_or("", |lab| lab.sha256.as_str());
    checks::seed(sources.as_bytes(), lab, check)
}

/// Runs every check of every lab that was built; outcomes by lab and by the check's place in it.
fn run_checks(
    submission: &Submission,
    built: &BTreeMap<String, Result<Programs, String>>,
    options: &Options,
    progress: &Progress,
) -> BTreeMap<&'static str, BTreeMap<usize, Outcome>> {
    let mut jobs = Vec::new();
    for contract in &options.labs {
        let Some(Ok(programs)) = built.get(contract.name()) else { continue };
        for (place, Entry { lab, check, .. }) in contract.checks(options.public_only).into_iter().enumerate()
        {
            let seed = options.seed.unwrap_or_else(|| seed_of(submission, lab.name, check.name));
            let required = options.isolation.required.clone();
            let job = Job { required, ..Job::new(lab, check, programs.clone(), seed) };
            jobs.push(((lab.name, place), job));
        }
    }
    if !jobs.is_empty() {
        progress.stage(&format!("running {}", text::count(jobs.len(), "check")));
        progress.expect(jobs.len());
    }
    let mut outcomes: BTreeMap<&'static str, BTreeMap<usize, Outcome>> = BTreeMap::new();
    run::all(jobs.into_iter(), options.jobs, |(lab, place), outcome| {
        progress.step(lab);
        outcomes.entry(lab).or_default().insert(place, outcome);
    });
    outcomes
}

/// Enough of a hash to tell submissions apart in a path.
fn short(sha256: &str) -> &str {
    &sha256[..sha256.len().min(12)]
}
