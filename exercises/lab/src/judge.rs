//! Runs a lab's checks, several at a time, and hands over their outcomes as they come.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use anyhow::Result;
use checks::{Check, Job, Lab, Outcome};

use crate::build::Programs;
use crate::memory::{Memory, Word};
use crate::place::Place;
use crate::sources;

/// Checks wait more than they work: so many at a time for each core.
const FOR_EACH_CORE: usize = 2;

/// Runs these checks against the lab's programs; calls `on_outcome` for each, in the order in which they end, with its place
/// among them. A check that has not begun when `stop` is set is not run.
pub(crate) fn run(jobs: &[Job], stop: &AtomicBool, mut on_outcome: impl FnMut(usize, Outcome)) {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    std::thread::scope(|scope| {
        let take = || -> Option<()> {
            let tell = tell.lock().ok()?.clone();
            while !stop.load(Ordering::SeqCst) {
                let at = next.fetch_add(1, Ordering::SeqCst);
                let outcome = checks::run(jobs.get(at)?);
                tell.send((at, outcome)).ok()?;
            }
            None
        };
        let workers: Vec<_> = (0..jobs.len().min(cores * FOR_EACH_CORE)).map(|_| scope.spawn(take)).collect();
        let mut waiting = jobs.len();
        // A worker that ends early (told to stop) is noticed by its silence.
        while waiting > 0 {
            match told.recv_timeout(std::time::Duration::from_millis(50)) {
                Ok((at, outcome)) => {
                    on_outcome(at, outcome);
                    waiting -= 1;
                }
                Err(_) if workers.iter().all(std::thread::ScopedJoinHandle::is_finished) => break,
                Err(_) => {}
            }
        }
    });
}

/// What is to be run: these checks of a lab, with the seeds that `cargo test` gives them.
pub(crate) fn jobs(
    place: &Place,
    lab: &'static Lab,
    checks: &[&'static Check],
    programs: &Programs,
) -> Vec<Job> {
    let sources = sources::digest(place, lab);
    let job = |check: &&'static Check| Job::new(lab, check, programs.clone(), seed(&sources, lab, check));
    checks.iter().map(job).collect()
}

/// The seed of a check: `WIRELAB_SEED`, or from the sources.
pub(crate) fn seed(sources: &[u8], lab: &Lab, check: &Check) -> u64 {
    let fixed = std::env::var("WIRELAB_SEED").ok().and_then(|seed| seed.parse().ok());
    fixed.unwrap_or_else(|| checks::seed(sources, lab.name, check.name))
}

/// Takes down what the checks said of the sources that have this digest.
pub(crate) fn note(
    place: &Place,
    lab: &Lab,
    sources: &str,
    outcomes: &[(&'static Check, Outcome)],
) -> Result<Memory> {
    let words: BTreeMap<String, Word> =
        outcomes.iter().map(|(check, outcome)| (check.name.to_owned(), outcome.into())).collect();
    Memory::change(place, |memory| memory.note(lab, sources, words))
}
