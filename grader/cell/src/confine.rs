//! Running a command in a cell of its own, for a program that has threads or nothing else to do in there.

use std::convert::Infallible;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::cell::{Cell, Excess};
use crate::enter::{Spec, enter};
use crate::supervise::reexec;
use crate::sys;

/// The first argument that makes this program run a confined command.
pub(crate) const WORD: &str = "--cell-confine";

/// The exit code when there could be no cell, as a shell has it for a command that it can't run.
const NO_CELL: i32 = 126;
/// The exit code when the command was ended for what it used.
const ENDED: i32 = 137;
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The same command (program, arguments, variables that were set, directory) in a cell of its own: its pipes are those
/// of the command that is returned, and it exits as the command does. It has no variables but those that were set.
///
/// If there can be no cell, or the command used too much and was ended, the last line of stderr says so after `cell: `,
/// and the exit code is above 125.
///
/// # Errors
/// A path in the spec is not text.
pub fn confine(command: &Command, spec: &Spec) -> io::Result<Command> {
    let mut confined = reexec();
    confined.arg(WORD).arg(serde_json::to_string(spec)?);
    confined.arg(command.get_current_dir().map_or(OsStr::new("/"), Path::as_os_str));
    confined.arg(command.get_program()).args(command.get_args());
    confined.env_clear();
    confined.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ok(confined)
}

/// Carries it out: spec, directory, program, the program's arguments.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> ! {
    let Err(error) = become_runner(args);
    eprintln!("cell: {error}");
    sys::exit(NO_CELL)
}

fn become_runner(mut args: impl Iterator<Item = OsString>) -> Result<Infallible, Box<dyn std::error::Error>> {
    let mut next = || args.next().ok_or("an argument is missing");
    let spec: Spec = serde_json::from_str(&next()?.to_string_lossy())?;
    let (directory, program) = (next()?, next()?);
    let cell = enter(&spec)?;
    let mut command = cell.command(&program);
    command.args(args).envs(env::vars_os()).current_dir(directory);
    let child = command.spawn()?;
    let (status, excess) = wait(&cell, child.id())?;
    cell.kill_all();
    if let Some(excess) = excess {
        eprintln!("cell: ended: {excess}");
        sys::exit(ENDED)
    }
    let by_signal = || 128 + status.signal().unwrap_or(0);
    sys::exit(status.code().unwrap_or_else(by_signal))
}

/// Waits for the command, reaping its orphans, and ends everything once it is too much.
fn wait(cell: &Cell, pid: u32) -> io::Result<(ExitStatus, Option<Excess>)> {
    let handle = sys::pidfd_open(pid)?;
    let mut excess = None;
    loop {
        if let Some(status) = reap(pid)? {
            return Ok((status, excess));
        }
        wait_a_look(&handle);
        if let Err(seen) = cell.usage() {
            excess = excess.or(Some(seen));
            cell.kill_all();
        }
    }
}

/// Until the process ends, or it is time to look again.
fn wait_a_look(handle: &OwnedFd) {
    let mut wanted = [PollFd::new(handle.as_fd(), PollFlags::POLLIN)];
    // An interrupted wait only means that the look comes early.
    let _ = poll(&mut wanted, PollTimeout::try_from(LOOK).expect("a look is short"));
}

fn reap(pid: u32) -> io::Result<Option<ExitStatus>> {
    loop {
        match waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return Ok(None),
            Ok(WaitStatus::Exited(ended, code)) if ended.as_raw() as u32 == pid => {
                return Ok(Some(ExitStatus::from_raw(code << 8)));
            }
            Ok(WaitStatus::Signaled(ended, signal, _)) if ended.as_raw() as u32 == pid => {
                return Ok(Some(ExitStatus::from_raw(signal as i32)));
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
