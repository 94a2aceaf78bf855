//! `lab replay`: one check again, with its whole story.

use std::process::ExitCode;

use anyhow::Result;
use checks::report::{self, Context};
use checks::{Job, Verdict};

use crate::{build, course};

/// Runs the check with that seed and prints its story, also when it passed.
pub(crate) fn show(lab: &str, check: &str, seed: Option<u64>) -> Result<ExitCode> {
    let lab = course::lab(lab)?;
    let check = course::check(lab, check)?;
    let programs = build::binaries(&["--package", lab.name, "--bins"])?;
    let seed = seed.unwrap_or_else(|| checks::seed(b"", lab.name, check.name));
    let outcome = checks::run(&Job::new(lab, check, programs, seed));
    print!("{}", report::failure(lab, check, &outcome, &Context::default()));
    Ok(match outcome.verdict {
        Verdict::Pass | Verdict::Skip => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
