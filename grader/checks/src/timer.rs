//! A time that a program is to keep.

use std::time::{Duration, Instant};

use crate::deadline::{Deadline, SLACK};
use crate::fault::{Fault, ensure};

/// Measured from before the program starts.
#[derive(Debug)]
pub struct Timer {
    timeout: Duration,
    began: Instant,
    latest: Deadline,
}

impl Timer {
    /// Starts it; the program is to give up after so long, and not much later.
    pub fn start(timeout: Duration) -> Timer {
        Timer { timeout, began: Instant::now(), latest: Deadline::after(timeout + SLACK) }
    }

    /// Expects that the time is over now, and has not been for long.
    pub fn expect_on_time(&self) -> Result<(), Fault> {
        let took = self.began.elapsed();
        let (timeout, latest) = (self.timeout, self.latest);
        ensure(took >= timeout && !latest.expired(), || {
            Fault::expected(format!("it to give up after {timeout:?}, and before {:?}", latest.limit()))
                .got(format!("it ended after {took:.1?}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_early_is_a_fault() {
        let fault = Timer::start(Duration::from_secs(60)).expect_on_time().unwrap_err().to_string();
        assert!(fault.starts_with("expected it to give up after 60s, and before 60.5s"), "{fault}");
    }

    #[test]
    fn a_time_that_has_just_come_is_kept() {
        assert!(Timer::start(Duration::ZERO).expect_on_time().is_ok());
    }
}
