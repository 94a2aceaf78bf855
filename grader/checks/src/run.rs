//! Outside the runner: start one, wait for it, take its outcome.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::outcome::{FaultReport, Outcome, Verdict};
use crate::runner::{Order, RUNNER};
use crate::spec::{Check, Lab};

/// An outcome with its capture is at most that large.
const MAX_ANSWER: usize = 256 << 20;

/// One check to run against one lab's binaries.
#[derive(Debug, Clone)]
pub struct Job {
    /// The lab.
    pub lab: &'static Lab,
    /// One of its checks.
    pub check: &'static Check,
    /// The lab's binaries by name.
    pub programs: BTreeMap<String, PathBuf>,
    /// What its random inputs come from.
    pub seed: u64,
    /// Layers of isolation without which the check is not run, by name ([`cell::Layers`]).
    pub required: Vec<String>,
}

impl Job {
    /// A check of the lab against these binaries, on a machine as it is.
    pub fn new(
        lab: &'static Lab,
        check: &'static Check,
        programs: BTreeMap<String, PathBuf>,
        seed: u64,
    ) -> Job {
        Job { lab, check, programs, seed, required: Vec::new() }
    }
}

/// Runs one check in a process, a cell and a network of its own, and waits for its outcome.
///
/// The calling program must call [`crate::take_over_if_asked`] first thing in `main`, with registries that hold the
/// check. May be called from many threads at once.
pub fn run(job: &Job) -> Outcome {
    let order = Order {
        lab: job.lab.name.to_owned(),
        check: job.check.name.to_owned(),
        programs: job.programs.clone(),
        seed: job.seed,
        required: job.required.clone(),
    };
    let order = match serde_json::to_vec(&order) {
        Ok(order) => order,
        Err(error) => return Outcome::infra(job.seed, format!("Failed to write the order: {error}")),
    };
    let mut command = cell::reexec();
    command.arg(RUNNER);
    let began = Instant::now();
    let wall = Duration::from_secs(job.check.wall_seconds);
    let mut outcome = match cell::supervise(command, &order, wall, MAX_ANSWER) {
        Err(error) => Outcome::infra(job.seed, format!("Failed to start the runner: {error}")),
        Ok(finished) => {
            let mut outcome = if finished.timed_out { out_of_time(job) } else { understand(job, &finished) };
            outcome.cpu_seconds = finished.cpu.as_secs_f64();
            outcome
        }
    };
    outcome.seconds = began.elapsed().as_secs_f64();
    outcome
}

fn understand(job: &Job, finished: &cell::Finished) -> Outcome {
    let end = finished.stdout.iter().position(|&byte| byte == b'\n').unwrap_or(finished.stdout.len());
    match serde_json::from_slice::<Outcome>(&finished.stdout[..end]) {
        Ok(mut outcome) => {
            let capture = finished.stdout.get(end + 1..).unwrap_or_default();
            outcome.capture = (!capture.is_empty()).then(|| capture.to_vec());
            outcome
        }
        Err(_) => {
            let words = String::from_utf8_lossy(&finished.stderr);
            let words = words.trim();
            let why = if words.is_empty() { "it said nothing" } else { words };
            Outcome::infra(
                job.seed,
                format!("The runner of {} ended without an outcome: {why}", job.check.name),
            )
        }
    }
}

fn out_of_time(job: &Job) -> Outcome {
    let seconds = job.check.wall_seconds;
    let mut outcome = Outcome::infra(job.seed, "");
    outcome.verdict = Verdict::Timeout;
    outcome.reason = None;
    outcome.fault = Some(FaultReport {
        expected: format!("the check to be over in {seconds} s"),
        got: "it still ran, and was ended with all its processes".to_owned(),
        step: 0,
        difference: None,
    });
    outcome
}
