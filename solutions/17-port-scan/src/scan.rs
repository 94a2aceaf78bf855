//! All ports: one after the other, or many at once.

use std::net::SocketAddr;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::probe::{ProbeError, State, probe};

/// A port, and what is known of it.
pub type Known = (u16, State);

/// Until a descriptor is looked for again that was not free.
const PAUSE: Duration = Duration::from_millis(20);

/// How long one is looked for. The other workers hold theirs for no longer than a probe takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks one port after the other, and returns what is known of each, in the same order.
///
/// `target` are the addresses of one host, as [`resolve`](crate::target::resolve) returns them.
///
/// # Errors
/// The first failure to ask a port; see [`scan_parallel`] for the one that is none.
pub fn scan_sequential(
    target: &[SocketAddr],
    ports: &[u16],
    timeout: Duration,
) -> Result<Vec<Known>, ProbeError> {
    // begin solution: probe each port, with its number put into the addresses
    ports.iter().map(|&port| probe_port(target, port, timeout)).collect()
    // end solution
}

/// The same with so many `workers`: threads that take the next port, ask it, hand in the result, and take the next,
/// until there is none left. Returns when all of them have ended, with the results in the order of the ports' numbers.
///
/// There are never more threads than that, however many ports: each costs memory, and each probe a descriptor. If the
/// system gives us fewer threads, those do the work. If it has no descriptor for a probe
/// ([`NoDescriptor`](ProbeError::NoDescriptor)), that is no result: the worker waits until others have closed theirs.
///
/// # Errors
/// A failure to ask a port, when all workers have ended.
pub fn scan_parallel(
    target: &[SocketAddr],
    ports: &[u16],
    timeout: Duration,
    workers: usize,
) -> Result<Vec<Known>, ProbeError> {
    // begin solution: a list of ports behind a lock, a channel for the results, and workers in a thread::scope
    let jobs = Mutex::new(ports.iter().copied());
    let (results, known) = mpsc::channel();
    let work = |results: Sender<_>| {
        while let Some(port) = next(&jobs) {
            // It fails only if nobody listens, and we do.
            let _ = results.send(probe_port(target, port, timeout));
        }
    };
    thread::scope(|scope| {
        // This thread is a worker too: so there is one, whatever the system says.
        for _ in 1..workers.min(ports.len()) {
            let (work, results) = (&work, results.clone());
            if thread::Builder::new().spawn_scoped(scope, move || work(results)).is_err() {
                break;
            }
        }
        work(results);
    });

    let mut states = known.into_iter().collect::<Result<Vec<Known>, ProbeError>>()?;
    states.sort_unstable();
    Ok(states)
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Takes the next port. The lock is held in here only: in `while let Some(port) = jobs.lock()….next()`, it would be held
/// until the end of the loop's body, and all workers but one would wait.
fn next(jobs: &Mutex<impl Iterator<Item = u16>>) -> Option<u16> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Asks one port of the target, as soon as there is a descriptor for it.
fn probe_port(target: &[SocketAddr], port: u16, timeout: Duration) -> Result<Known, ProbeError> {
    let mut addresses = target.to_vec();
    for address in &mut addresses {
        address.set_port(port);
    }
    let began = Instant::now();
    loop {
        match probe(&addresses, timeout) {
            Err(ProbeError::NoDescriptor) if began.elapsed() < PATIENCE => thread::sleep(PAUSE),
            result => return result.map(|state| (port, state)),
        }
    }
}
// end solution
