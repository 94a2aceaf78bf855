//! One check of a submission again, with its whole story.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use checks::report::{Context, failure};
use checks::{Audience, Job, Verdict};

use crate::cargo::Toolchain;
use crate::catalog::{Contract, Entry};
use crate::course::Course;
use crate::grade;
use crate::isolation::Isolation;
use crate::judge::Captures;
use crate::progress::Progress;
use crate::report::look::Look;
use crate::submission;
use crate::usage::Usage;

/// What to repeat.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its lab.
    pub contract: Contract,
    /// The check.
    pub entry: Entry,
    /// The seed of an earlier run; else the submission's own.
    pub seed: Option<u64>,
    /// Shows the inputs of a hidden check too.
    pub reveal: bool,
    /// What holds the program.
    pub isolation: Isolation,
}

/// Builds one lab, runs one check, and returns how it ended with the page that tells it.
///
/// # Errors
/// [`Usage`] where the folder is no submission, or the lab is not in it or doesn't compile; else the grader's own
/// trouble.
pub fn replay(
    course: &Course,
    toolchain: &Toolchain,
    path: &Path,
    options: &Options,
    progress: &Progress,
) -> Result<(Verdict, String)> {
    let Options { contract, entry, seed, reveal, isolation } = options;
    let name = contract.name();
    let submission = submission::read(course, path)?.map_err(|refusal| Usage::new(refusal.to_string()))?;
    progress.stage(&format!("building {name}"));
    let built = grade::build(course, toolchain, &submission, &BTreeSet::from([name]))?;
    let programs = match built.labs.get(name) {
        Some(Ok(programs)) => programs.clone(),
        Some(Err(complaint)) => {
            return Err(Usage::new(format!("{name} does not compile:\n{complaint}")).into());
        }
        None => {
            let message = format!("{}: no folder {}", path.display(), contract.public.folder());
            return Err(Usage::new(message).into());
        }
    };
    let seed = seed.unwrap_or_else(|| grade::seed_of(&submission, name, entry.check.name));
    progress.stage(&format!("running {} with seed {seed}", entry.check.name));
    let required = isolation.required.clone();
    let outcome = checks::run(&Job { required, ..Job::new(entry.lab, entry.check, programs, seed) });
    let captures = Captures { folder: course.scratch().join("captures/replay") };
    let look = Look::of_stdout();
    let context = Context {
        repeat: Some(format!("grader replay {} {name} {} --seed {seed}", path.display(), entry.check.name)),
        capture: outcome.capture.as_ref().and_then(|bytes| captures.store(entry, bytes)),
        conceal: entry.audience == Audience::Hidden && !reveal,
        width: look.width,
        paint: look.paint,
        ..Context::default()
    };
    Ok((outcome.verdict, failure(entry.lab, entry.check, &outcome, &context)))
}
