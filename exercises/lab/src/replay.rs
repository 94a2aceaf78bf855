//! `lab replay`: one check again, with its whole story.

use std::process::ExitCode;

use anyhow::Result;
use checks::{Job, Verdict, report};

use crate::place::Place;
use crate::{build, course, judge, sources};

/// Runs the check with that seed (else the one that its sources give) and prints its story, also when it passed.
pub(crate) fn show(place: &Place, lab: &str, check: &str, seed: Option<u64>) -> Result<ExitCode> {
    let lab = course::lab(lab)?;
    let check = course::check(lab, check)?;
    let sources = sources::digest(place, lab);
    let programs = build::binaries(place, &["--package", lab.name, "--bins"])?;
    let job = Job::new(lab, check, programs, seed.unwrap_or_else(|| judge::seed(&sources, lab, check)));
    let outcome = checks::run(&job);
    print!("{}", report::failure(lab, check, &outcome, &checks::surroundings(&job, &outcome)));
    Ok(match outcome.verdict {
        Verdict::Pass | Verdict::Skip => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
