//! Ctrl+C as a question to ask, not as a sudden end: what was found so far must still be printed.

use std::io;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// SIGINT and SIGTERM, held back until somebody asks.
#[derive(Debug)]
pub struct Interrupt(SignalFd);

impl Interrupt {
    /// From now on the two signals don't end the program. Call it before any thread is started: each thread has a
    /// signal mask of its own.
    ///
    /// # Errors
    /// Those of sigprocmask(2) and signalfd(2).
    pub fn hold_back() -> io::Result<Interrupt> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.add(Signal::SIGTERM);
        signals.thread_block()?;
        Ok(Interrupt(SignalFd::with_flags(&signals, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?))
    }

    /// Whether one of them has come.
    #[must_use]
    pub fn came(&self) -> bool {
        matches!(self.0.read_signal(), Ok(Some(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::raise;

    #[test]
    fn a_signal_waits_until_it_is_asked_for_and_is_told_once() {
        let interrupt = Interrupt::hold_back().unwrap();
        assert!(!interrupt.came());
        raise(Signal::SIGINT).unwrap();
        assert!(interrupt.came());
        assert!(!interrupt.came());
    }
}
