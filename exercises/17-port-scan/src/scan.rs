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
    todo!("probe each port, with its number put into the addresses")
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
    todo!("a list of ports behind a lock, a channel for the results, and workers in a thread::scope")
}

// Your part: steps that you like to have as functions of their own
