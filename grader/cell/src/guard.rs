//! The outer process of a cell: it waits for the runner, relays how it ended, and leaves nothing behind.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, SigSet, Signal, kill, raise, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::rung::Rung;
use crate::sys;
use crate::tree::Tree;
use crate::wire;

/// What stays when the runner has ended, where no namespace ends with it.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    pub(crate) scratch: Option<PathBuf>,
    /// Held while the machine's own network namespace has a wire.
    pub(crate) wire: Option<UnixListener>,
}

impl Remains {
    /// Removes them, as far as that can be done: there is nobody left to tell.
    pub(crate) fn remove(self) {
        if let Some(scratch) = self.scratch {
            let _ = fs::remove_dir_all(scratch);
        }
        if self.wire.is_some() {
            let _ = wire::remove();
        }
    }
}

/// How the runner ended.
#[derive(Debug, Clone, Copy)]
enum End {
    Exit(i32),
    Signal(Signal),
}

/// Waits for `runner`, or for a signal that ends it, then ends as it did.
pub(crate) fn guard(runner: Pid, rung: Rung, remains: Remains) -> ! {
    let end = wait(runner);
    if !rung.is_closed()
        && let Ok(tree) = Tree::below_me(false)
    {
        tree.kill();
    }
    remains.remove();
    match end {
        End::Exit(code) => sys::exit(code),
        End::Signal(signal) => {
            sys::default_signals();
            let _ = SigSet::empty().thread_set_mask();
            let _ = raise(signal);
            sys::exit(128 + signal as i32)
        }
    }
}

fn wait(runner: Pid) -> End {
    // The supervisor's wish, and the kernel's word that it died, come as SIGTERM.
    let mut awaited = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGHUP] {
        awaited.add(signal);
    }
    let _ = awaited.thread_block();
    // What a terminal sends is for the runner to judge, which gets it as well.
    for terminal in [Signal::SIGINT, Signal::SIGQUIT] {
        ignore(terminal);
    }
    loop {
        // Looked at before waiting: the runner may have ended before SIGCHLD was blocked.
        if let Some(end) = reap(runner) {
            return end;
        }
        match awaited.wait() {
            Ok(Signal::SIGCHLD) | Err(_) => {}
            Ok(signal) => {
                let _ = kill(runner, Signal::SIGKILL);
                let _ = waitpid(runner, None);
                return End::Signal(signal);
            }
        }
    }
}

#[expect(unsafe_code, reason = "signal(2)")]
fn ignore(terminal: Signal) {
    // SAFETY: SIG_IGN installs no code.
    let _ = unsafe { signal(terminal, SigHandler::SigIgn) };
}

/// Reaps whatever has ended: the runner, or an orphan that became our child.
fn reap(runner: Pid) -> Option<End> {
    loop {
        match waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) if pid == runner => return Some(End::Exit(code)),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == runner => return Some(End::Signal(signal)),
            Ok(WaitStatus::StillAlive) => return None,
            Err(Errno::ECHILD) => return Some(End::Signal(Signal::SIGKILL)),
            Ok(_) | Err(_) => {}
        }
    }
}
