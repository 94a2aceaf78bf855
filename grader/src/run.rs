//! Runs checks side by side: each is a process that mostly waits, so more of them than cores.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use checks::{Job, Outcome, Verdict};

/// Checks at a time for each core. A check waits far more than it computes, on average for half a second: with fewer of
/// them the cores would wait as well.
pub const CHECKS_PER_CORE: usize = 8;

/// As many checks at a time as keep the cores busy.
pub fn default_jobs() -> usize {
    CHECKS_PER_CORE * cores()
}

/// The cores that this process may use.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Runs every job, at most `at_once` at a time, and hands each outcome to `done` on the calling thread, in the order
/// in which they end. Jobs are taken as the iterator yields them; it may wait for a build.
///
/// The grader's own trouble gets one more attempt.
pub fn all<T: Send>(
    jobs: impl Iterator<Item = (T, Job)> + Send,
    at_once: usize,
    mut done: impl FnMut(T, Outcome),
) {
    let jobs = Mutex::new(jobs);
    let (outcomes, inbox) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..at_once.max(1) {
            let (jobs, outcomes) = (&jobs, outcomes.clone());
            scope.spawn(move || {
                loop {
                    let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((tag, job)) = next else { break };
                    let mut outcome = checks::run(&job);
                    if outcome.verdict == Verdict::Infra {
                        outcome = checks::run(&job);
                    }
                    if outcomes.send((tag, outcome)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(outcomes);
        for (tag, outcome) in inbox {
            done(tag, outcome);
        }
    });
}
