//! Starting a program in a cell: the order that the runner gives, and the launcher that carries it out.
//!
//! The launcher is this program executed once more; it gives up everything the student's program must not have,
//! then becomes it by exec. So a [`Command`] that any library can run starts it, and its pid is the program's.

use std::env;
use std::ffi::{CString, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::sys::prctl;
use nix::sys::signal::SigSet;
use nix::sys::stat::Mode;
use nix::unistd::{geteuid, pipe2};
use serde::{Deserialize, Serialize};

use crate::call_filter::CallFilter;
use crate::caps;
use crate::cell::Cell;
use crate::limits::Limits;
use crate::sys;
use crate::tree;

/// The first argument that makes this program a launcher.
pub(crate) const WORD: &str = "--cell-launch";

/// The exit code of a launcher that could not start its program; its stderr says why, after `cell: `.
pub const LAUNCH_FAILED: i32 = 125;

/// Where launchers tell that they could not start a program: a pipe that no program ever holds, so that none can say so of
/// itself.
#[derive(Debug)]
pub(crate) struct Failures {
    told: File,
    /// Left open for launchers.
    tell: OwnedFd,
}

impl Failures {
    pub(crate) fn new() -> io::Result<Self> {
        let (told, tell) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)?;
        fcntl(&tell, FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(Self { told: told.into(), tell })
    }

    /// For the launcher's order.
    pub(crate) fn writer(&self) -> RawFd {
        self.tell.as_raw_fd()
    }

    /// What launchers have told since the last look, a line each.
    pub(crate) fn take(&self) -> String {
        let mut lines = Vec::new();
        // An error only says that there is nothing more for now.
        let _ = (&self.told).read_to_end(&mut lines);
        String::from_utf8_lossy(&lines).into_owned()
    }
}

/// How a program is to be started. Made by [`Cell::launch`].
#[derive(Debug)]
pub struct Launch<'a> {
    cell: &'a Cell,
    program: PathBuf,
    order: Order,
}

impl<'a> Launch<'a> {
    pub(crate) fn new(cell: &'a Cell, program: &Path, order: Order) -> Self {
        Self { cell, program: program.to_owned(), order }
    }

    /// Lets it have `CAP_NET_RAW` and no other capability, where the cell has it: see [`Cell::raw_sockets`].
    #[must_use]
    pub fn raw_sockets(mut self) -> Self {
        self.order.raw_sockets = true;
        self
    }

    /// Lets it have at most so many descriptors open (`RLIMIT_NOFILE`, soft and hard).
    #[must_use]
    pub fn open_files(self, most: u64) -> Self {
        self.open_files_between(most, most)
    }

    /// Lets it have `soft` descriptors open at first, and raise that by itself up to `hard`; as far as the runner itself may.
    #[must_use]
    pub fn open_files_between(mut self, soft: u64, hard: u64) -> Self {
        self.order.open_files = Some((soft, hard));
        self
    }

    /// Sets other limits than the cell's. (Those on the tree and on scratch space stay the cell's.)
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.order.limits = limits;
        self
    }

    /// The command: an ordinary one, to which arguments, pipes and variables may be added. It starts in the cell's
    /// scratch directory, and its environment holds only `PATH`, `HOME`, `LANG` and `RUST_BACKTRACE=0`.
    pub fn command(self) -> Command {
        #[expect(clippy::disallowed_methods, reason = "this is where students' programs are started")]
        let mut command = Command::new(self.cell.launcher());
        let scratch = self.cell.scratch();
        command.arg0("cell-launch").arg(WORD).arg(self.order.to_string()).arg(&self.program);
        command.env_clear().env("HOME", scratch).env("LANG", "C.UTF-8").env("RUST_BACKTRACE", "0");
        command.env("PATH", env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()));
        if scratch != Path::new("/tmp") {
            command.env("TMPDIR", scratch);
        }
        command.current_dir(scratch);
        command
    }
}

/// What the runner tells the launcher, in one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The open program; else its path is looked up.
    pub(crate) program: Option<RawFd>,
    /// Where to tell that it can't be started.
    pub(crate) failures: RawFd,
    pub(crate) raw_sockets: bool,
    /// The soft and the hard limit.
    pub(crate) open_files: Option<(u64, u64)>,
    /// The open filter of files.
    pub(crate) files: Option<RawFd>,
    pub(crate) filters_calls: bool,
    /// Whether the user's processes outside of the cell count against its limit.
    pub(crate) shares_user: bool,
    pub(crate) limits: Limits,
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

impl FromStr for Order {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("bad order {text:?}: {error}"))
        })
    }
}

/// Carries out the order in `args`: order, program, the program's arguments.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> ! {
    let args: Vec<OsString> = args.collect();
    let name = args.get(1).cloned().unwrap_or_default();
    let order = args.first().cloned().unwrap_or_default().to_string_lossy().parse::<Order>();
    let failures = order.as_ref().ok().map(|order| File::from(inherited(order.failures)));
    let Err(error) = order.and_then(|order| become_program(&order, args, failures.as_ref()));
    let line = format!("cannot start {}: {error}\n", Path::new(&name).display());
    if let Some(mut failures) = failures {
        // If nobody reads it any more, stderr and the exit code still say it.
        let _ = failures.write_all(line.as_bytes());
    }
    eprint!("cell: {line}");
    sys::exit(LAUNCH_FAILED)
}

fn become_program(
    order: &Order,
    args: Vec<OsString>,
    failures: Option<&File>,
) -> io::Result<std::convert::Infallible> {
    let c_string = |word: OsString| CString::new(word.into_vec()).map_err(io::Error::from);
    let args = args.into_iter().skip(1).map(c_string).collect::<io::Result<Vec<_>>>()?;
    let name = args.first().ok_or(io::ErrorKind::InvalidInput)?;
    let env = env::vars_os().map(|(mut name, value)| {
        name.push("=");
        name.push(value);
        c_string(name)
    });
    let env = env.collect::<io::Result<Vec<_>>>()?;

    // A program that eats the machine's memory is to be killed before anything else is.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    let program = match order.program {
        Some(number) => inherited(number),
        None => open(name.as_c_str(), OFlag::O_PATH, Mode::empty())?,
    };
    let files = order.files.map(inherited);
    let kept = [Some(program.as_fd()), files.as_ref().map(OwnedFd::as_fd), failures.map(File::as_fd)];
    close_all_but(kept.into_iter().flatten())?;
    // Put together before the limits are narrow.
    let calls = if order.filters_calls { Some(CallFilter::new()?) } else { None };
    sys::default_signals();
    SigSet::empty().thread_set_mask()?;
    give_up_privilege(order)?;
    if let Some(files) = &files {
        sys::landlock_restrict_self(files)?;
    }
    if let Some(calls) = &calls {
        calls.apply()?;
    }
    Err(sys::exec(&program, &args, &env))
}

/// The descriptor that the runner left open for us.
#[expect(unsafe_code, reason = "adopts a descriptor by number")]
fn inherited(number: RawFd) -> OwnedFd {
    // SAFETY: the runner opened it for us and told us its number; nothing else here knows it.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// Closes every descriptor but the standard ones and, until exec, these.
fn close_all_but<'a>(kept: impl Iterator<Item = BorrowedFd<'a>>) -> io::Result<()> {
    let mut numbers = Vec::new();
    for descriptor in kept {
        fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        numbers.push(descriptor.as_raw_fd());
    }
    numbers.sort_unstable();
    let mut first = 3;
    for number in numbers {
        sys::close_range(first, number - 1)?;
        first = number + 1;
    }
    sys::close_range(first, RawFd::MAX)
}

/// Leaves the student's program with its limits, at most one capability, and no way to get another. The order
/// matters: each step may need what a later one takes away.
fn give_up_privilege(order: &Order) -> io::Result<()> {
    let others = if order.shares_user { tree::tasks_of(geteuid().as_raw()) } else { 0 };
    order.limits.apply(others, order.open_files)?;
    let keep = if order.raw_sockets { caps::NET_RAW } else { 0 };
    caps::bound(keep)?;
    caps::keep_only(keep)?;
    Ok(prctl::set_no_new_privs()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_survives_being_an_argument() {
        let limits = Limits { address_space: 1 << 33, tasks: 7, file_size: 0, ..Limits::default() };
        let order = Order {
            program: Some(7),
            failures: 9,
            raw_sockets: true,
            open_files: Some((24, 48)),
            files: None,
            filters_calls: true,
            shares_user: false,
            limits,
        };
        assert_eq!(order.to_string().parse::<Order>().unwrap(), order);
        let order = Order { program: None, raw_sockets: false, open_files: None, files: Some(8), ..order };
        assert_eq!(order.to_string().parse::<Order>().unwrap(), order);
    }

    #[test]
    fn a_wrong_order_is_refused() {
        for wrong in ["", "1 2 3", "{}"] {
            assert!(wrong.parse::<Order>().is_err(), "{wrong:?}");
        }
    }
}
