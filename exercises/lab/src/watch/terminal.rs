//! The terminal while keys are read one by one, and the guard that puts it back.

use std::cell::Cell;
use std::io::{IsTerminal, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use nix::unistd::{Pid, getppid};

use checks::screen;

/// Set in the process that watches: its parent is the guard.
const GUARDED: &str = "WIRELAB_WATCH_GUARDED";

/// Whether this process has a guard.
pub(super) fn is_guarded() -> bool {
    std::env::var_os(GUARDED).is_some()
}

/// Starts this program again to watch, waits for it, and puts the terminal back as it was: also when it panicked or was
/// killed. Signals that end programs are for the one that watches; they are handed on to it.
pub(super) fn guard() -> Result<ExitCode> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stdout().is_terminal() {
        bail!("watch needs a terminal; `cargo lab check` does not");
    }
    let before = tcgetattr(&stdin).context("Failed to ask the terminal how it is set")?;
    let deadly = SigSet::from_iter([Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM]);
    deadly.thread_block().context("Failed to hold signals back")?;
    let mut child = Command::new("/proc/self/exe")
        .args(std::env::args_os().skip(1))
        .env(GUARDED, "1")
        .spawn()
        .context("Failed to start the watch")?;
    let pid = Pid::from_raw(i32::try_from(child.id()).context("a process number fits i32")?);
    std::thread::spawn(move || {
        while let Ok(signal) = deadly.wait() {
            // It may have ended by itself meanwhile.
            let _ = kill(pid, signal);
        }
    });
    let status = child.wait().context("Failed to wait for the watch")?;
    tcsetattr(&stdin, SetArg::TCSADRAIN, &before).context("Failed to put the terminal back")?;
    // As a shell tells it: 128 + the signal's number.
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    if let Some(signal) = status.signal() {
        println!("\nthe watch was ended by signal {signal}");
    }
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// The terminal, in which a key needs no Enter and is not echoed. Ctrl-C and Ctrl-Z do what they always do.
pub(super) struct Terminal {
    ours: Termios,
    guard: Pid,
    width: Cell<usize>,
}

impl Terminal {
    /// Sets it so.
    pub(super) fn take() -> Result<Terminal> {
        // The guard holds signals back, and this process has inherited that.
        SigSet::all().thread_unblock().context("Failed to receive signals")?;
        let mut ours = tcgetattr(std::io::stdin()).context("Failed to ask the terminal how it is set")?;
        ours.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
        ours.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        ours.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        let terminal = Terminal { ours, guard: getppid(), width: Cell::new(screen::width()) };
        terminal.set()?;
        Ok(terminal)
    }

    fn set(&self) -> Result<()> {
        tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &self.ours).context("Failed to set the terminal")
    }

    /// The next key, or none within that time.
    pub(super) fn key(&self, patience: Duration) -> Result<Option<u8>> {
        // Who was stopped (Ctrl-Z) comes back to a terminal that the shell has set.
        if tcgetattr(std::io::stdin()).is_ok_and(|now| now.local_flags != self.ours.local_flags) {
            self.set()?;
        }
        let mut stdin = std::io::stdin();
        let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
        let ready = poll(&mut [PollFd::new(std::os::fd::AsFd::as_fd(&stdin), PollFlags::POLLIN)], timeout);
        match ready {
            Ok(0) | Err(Errno::EINTR) => return Ok(None),
            ready => ready.context("Failed to wait for a key")?,
        };
        let mut key = [0];
        match stdin.read(&mut key) {
            // The terminal is gone: nobody will see anything more.
            Ok(0) | Err(_) => Ok(Some(b'q')),
            Ok(_) => Ok(Some(key[0])),
        }
    }

    /// Whether the guard is gone: then this process puts nothing more on the terminal.
    pub(super) fn is_orphaned(&self) -> bool {
        getppid() != self.guard
    }

    /// Whether the terminal has another width than at the last look.
    pub(super) fn is_resized(&self) -> bool {
        let now = screen::width();
        self.width.replace(now) != now
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.is_orphaned() {
            let mut ordinary = self.ours.clone();
            ordinary.local_flags.insert(LocalFlags::ICANON | LocalFlags::ECHO);
            // Nobody is left to be told.
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &ordinary);
        }
    }
}
