//! Ctrl+C as a question to ask, not as a sudden end: the table must still be printed.

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
    ///
    /// Those of sigprocmask(2) and signalfd(2).
    pub fn hold_back() -> io::Result<Self> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.add(Signal::SIGTERM);
        signals.thread_block()?;
        Ok(Self(SignalFd::with_flags(&signals, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?))
    }

    /// Whether one of them has come.
    pub fn came(&self) -> bool {
        matches!(self.0.read_signal(), Ok(Some(_)))
    }
}
