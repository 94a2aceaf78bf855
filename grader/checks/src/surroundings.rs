//! What surrounds a failure report where a student runs the check: how to repeat it, and its capture beside the build.

use crate::outcome::Outcome;
use crate::report::Context;
use crate::run::Job;
use crate::screen::{self, Paint};

/// The surroundings of a check's report on a student's machine, as wide and colourful as the screen. A capture of the
/// check's link is stored beside the build, as `target/lab/<lab>/<check>.pcapng`.
pub fn surroundings(job: &Job, outcome: &Outcome) -> Context {
    Context {
        width: screen::width(),
        paint: Paint::of_stdout(),
        repeat: Some(format!("cargo lab replay {} {} --seed {}", job.lab.name, job.check.name, job.seed)),
        capture: outcome.capture.as_ref().and_then(|capture| store_capture(job, capture)),
        ..Context::default()
    }
}

fn store_capture(job: &Job, capture: &[u8]) -> Option<String> {
    // target/debug/<binary>
    let target = job.programs.values().next()?.parent()?.parent()?;
    let folder = target.join("lab").join(job.lab.name);
    let path = folder.join(format!("{}.pcapng", job.check.name));
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, capture)).ok()?;
    Some(path.display().to_string())
}
