//! When a transfer is to be given up.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::DeadlockError;

/// How long nothing may move, unless `--stall-timeout` says otherwise.
pub fn default_limit() -> Duration {
    // begin solution: the time of the contract
    Duration::from_secs(5)
    // end solution
}

/// Knows when something last moved, in either direction, and how much was sent.
///
/// A write that blocks is no deadlock yet: as long as replies come, the server is at work, and there will be room. Only when
/// nothing moves at all, neither out nor in, is there no hope. So a transfer has one guard, also if two threads work on it.
#[derive(Debug)]
pub struct StallGuard {
    limit: Duration,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    sent: u64,
    last: Instant,
}

impl StallGuard {
    /// Gives up when nothing has moved for `limit`, from now on.
    pub fn new(limit: Duration) -> StallGuard {
        StallGuard { limit, progress: Mutex::new(Progress { sent: 0, last: Instant::now() }) }
    }

    /// So many bytes were sent just now: the kernel has taken them.
    pub fn sent(&self, count: usize) {
        // begin solution: add them, and note the time
        let mut progress = self.progress();
        progress.sent += count as u64;
        progress.last = Instant::now();
        // end solution
    }

    /// Something was received just now.
    pub fn received(&self) {
        // begin solution: note the time
        self.progress().last = Instant::now();
        // end solution
    }

    /// How much longer nothing may move; at least a millisecond, because a socket takes no timeout of 0.
    pub fn left(&self) -> Duration {
        // begin solution: the limit, less what has passed since something moved
        let idle = self.progress().last.elapsed();
        self.limit.saturating_sub(idle).max(Duration::from_millis(1))
        // end solution
    }

    /// Whether there is hope.
    ///
    /// # Errors
    ///
    /// [`DeadlockError::Stalled`] if nothing has moved for the limit.
    pub fn check(&self) -> Result<(), DeadlockError> {
        // begin solution: an error if the limit has passed since something moved
        let progress = self.progress();
        if progress.last.elapsed() < self.limit {
            return Ok(());
        }
        Err(DeadlockError::Stalled { limit: self.limit, sent: progress.sent })
        // end solution
    }

    /// A thread that panicked while it held the lock left whole numbers behind.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
