//! Becoming the runner of a cell.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, mkdtemp};

use crate::cell::{Cell, NEEDS_RAW};
use crate::error::{Error, Trying};
use crate::far_end::FarEnd;
use crate::guard::{Remains, guard};
use crate::idmap::Owner;
use serde::{Deserialize, Serialize};

use crate::call_filter;
use crate::file_filter::{self, Places};
use crate::launch::Failures;
use crate::limits::Limits;
use crate::programs::Programs;
use crate::root::{PROGRAMS, Parts, Root, Shared};
use crate::rung::{Layers, Rung};
use crate::tree::Tree;
use crate::{caps, namespaces, sys, wire};

/// What a runner asks of its cell.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Spec {
    /// The programs that may be launched. They are opened before privilege is dropped and `/tmp` is replaced, so they
    /// may lie in a place that the cell's user can't reach.
    pub programs: Vec<PathBuf>,
    /// Whether the cell has the interface `lab0` (10.77.0.1/24), its far end in the runner's hands.
    pub wire: bool,
    /// Which file system the programs find.
    pub root: Root,
    /// What a minimal root shows beside what it always does. (Where there are no namespaces, programs of such a cell
    /// keep this process's user: another might not reach these.)
    pub shared: Vec<Shared>,
    /// What the student's programs may use.
    pub limits: Limits,
    /// [Layers] without which there shall be no cell, by name.
    pub required: Vec<String>,
}

/// Makes this process the runner of a fresh cell: returns inside it. The process that called stays outside, does
/// nothing but wait, and ends as the runner ends.
///
/// On the best rung that holds here. The runner's own `/tmp` becomes the cell's too: what it needs from there must be
/// open before.
///
/// # Errors
/// When this process has several threads, a program can't be opened, a required layer doesn't hold, or not even the
/// lowest rung does.
pub fn enter(spec: &Spec) -> Result<Cell, Error> {
    let wanted = Wanted::new(spec)?;
    // If what started us ends, so do we: `guard` then ends the rest.
    prctl::set_pdeathsig(Signal::SIGTERM).trying_to("follow its parent's end")?;
    let mut rungs = Rung::ALL.into_iter();
    loop {
        let rung = rungs.next().expect("the last rung ends the loop");
        match attempt(rung, &wanted) {
            Ok(place) => return Ok(place.move_in(wanted)),
            Err(error) if error.is_denial() && rung != Rung::E => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a cell is to have, prepared while this process still has its privileges.
pub(crate) struct Wanted {
    wire: bool,
    root: Root,
    shared: Vec<Shared>,
    limits: Limits,
    required: Vec<String>,
    owner: Owner,
    programs: Programs,
}

impl Wanted {
    pub(crate) fn new(spec: &Spec) -> Result<Self, Error> {
        let threads = fs::read_dir("/proc/self/task").trying_to("count its threads")?.count();
        if threads != 1 {
            return Err(Error::Threads);
        }
        let owner = Owner::choose();
        let programs = Programs::open(&spec.programs, &owner)?;
        let Spec { wire, root, shared, limits, required, .. } = spec.clone();
        Ok(Self { wire, root, shared, limits, required, owner, programs })
    }
}

/// Tries one rung: returns inside its namespaces, or where it was called, with everything as before.
pub(crate) fn attempt(rung: Rung, wanted: &Wanted) -> Result<Place, Error> {
    let remains = prepare(rung, wanted)?;
    let scratch = remains.scratch.clone().unwrap_or_else(|| PathBuf::from("/tmp"));
    let (outside, channel) = UnixStream::pair().trying_to("make a channel")?;
    // Else both processes would write what is still in the buffer.
    io::stdout().flush().trying_to("write to stdout")?;
    let Some(runner) = sys::fork_into(rung.namespaces()).trying_to("create namespaces")? else {
        // What remains is for the guard to remove.
        return Ok(Place { rung, scratch, channel });
    };
    drop(channel);
    match admit(rung, wanted, runner, outside) {
        Ok(()) => guard(runner, rung, remains),
        Err(error) => {
            let _ = kill(runner, Signal::SIGKILL);
            let _ = waitpid(runner, None);
            remains.remove();
            Err(error)
        }
    }
}

/// Lets the runner in and waits until it is at home. What the two say to one another: the outside sends one byte when the
/// user namespace has its users; the inside answers `+`, or the errno of what failed (0 for none) and a sentence.
fn admit(rung: Rung, wanted: &Wanted, runner: Pid, mut channel: UnixStream) -> Result<(), Error> {
    if rung == Rung::A {
        wanted.owner.write_maps(runner)?;
    }
    channel.write_all(b"+").trying_to("speak to the runner")?;
    let mut answer = String::new();
    channel.read_to_string(&mut answer).trying_to("hear the runner")?;
    if answer == "+" {
        return Ok(());
    }
    let (errno, reason) = answer.split_once(' ').unwrap_or(("0", "the runner died before it was ready"));
    let errno = errno.parse().ok().filter(|&errno| errno != 0);
    Err(Error::Inside { reason: reason.to_owned(), errno })
}

/// What a cell without namespaces needs from outside.
fn prepare(rung: Rung, wanted: &Wanted) -> Result<Remains, Error> {
    let mut remains = Remains::default();
    match rung {
        Rung::A | Rung::B => return Ok(remains),
        Rung::C => {
            if !caps::has(caps::NET_ADMIN | caps::NET_RAW) {
                return Err(io::Error::from_raw_os_error(libc::EPERM))
                    .trying_to("lay a wire in the machine's network");
            }
            if wanted.wire {
                remains.wire = Some(wire::reserve().trying_to("reserve the machine's only wire")?);
            }
        }
        Rung::D => drop(sys::packet_socket().trying_to("open a packet socket")?),
        Rung::E => {}
    }
    prctl::set_child_subreaper(true).trying_to("adopt orphans")?;
    let scratch = mkdtemp(&std::env::temp_dir().join("cell-XXXXXX")).trying_to("make a scratch directory")?;
    let given = wanted.owner.give(&scratch);
    remains.scratch = Some(scratch);
    match given {
        Ok(()) => Ok(remains),
        Err(error) => {
            remains.remove();
            Err(error)
        }
    }
}

/// Where the runner will be at home: fresh namespaces that nobody has furnished yet.
pub(crate) struct Place {
    rung: Rung,
    scratch: PathBuf,
    /// To the outside.
    channel: UnixStream,
}

impl Place {
    /// Makes itself at home, tells so, and is the runner; or tells why not, and ends.
    pub(crate) fn move_in(self, wanted: Wanted) -> Cell {
        let Self { rung, scratch, mut channel } = self;
        if channel.read_exact(&mut [0]).is_err() {
            sys::exit(1);
        }
        match settle(rung, wanted, scratch) {
            // A guard that died before its end was watched for isn't there to hear it.
            Ok(cell) if channel.write_all(b"+").is_ok() => cell,
            Ok(_) => sys::exit(1),
            Err(error) => {
                let _ = channel.write_all(format!("{} {error}", error.errno().unwrap_or(0)).as_bytes());
                sys::exit(1)
            }
        }
    }
}

fn settle(rung: Rung, wanted: Wanted, scratch: PathBuf) -> Result<Cell, Error> {
    let Wanted { wire, root, shared, limits, required, owner, mut programs } = wanted;
    let mut layers = Layers::of(rung);
    let in_minimal_root = if rung.is_closed() {
        let parts = part_from_machine(root, &shared, &programs)?;
        if rung == Rung::A {
            owner.become_mapped()?;
        }
        namespaces::furnish(rung, parts, &limits, &mut layers)?
    } else {
        prctl::set_child_subreaper(true).trying_to("adopt orphans")?;
        false
    };
    if rung.is_closed() {
        wire::loopback_up()?;
    }
    if in_minimal_root {
        programs.reopen_in(Path::new(PROGRAMS)).trying_to("open the programs in their new place")?;
    }
    let wire = if wire { lay_wire(rung)? } else { Err("this cell was entered without a wire".to_owned()) };
    let keeps_user = !rung.is_closed() && !shared.is_empty();
    if rung != Rung::A && !keeps_user {
        owner.assume()?;
    }
    layers.note("unprivileged", !owner.is_root || (owner.changes && !keeps_user));
    let mut files = None;
    if root == Root::Minimal {
        let private =
            if rung.is_closed() { namespaces::SCRATCH.map(Path::new).to_vec() } else { vec![&*scratch] };
        files = file_filter::make(&Places {
            in_minimal_root,
            scratch: &private,
            shared: &shared,
            programs: &programs.files(),
        })?;
        layers.note("rootfs", in_minimal_root);
        layers.note("landlock", files.is_some());
    }
    layers.note("seccomp", call_filter::is_supported());
    if let Some(layer) = layers.lacks(&required) {
        return Err(Error::Missing { layer: layer.to_owned() });
    }
    let failures = Failures::new().trying_to("make a channel for launchers")?;
    let tree = Tree::below_me(rung.is_closed()).trying_to("find itself in /proc")?;
    // Neither ptrace nor /proc/<pid>/mem for programs of the same user; and last, because both are undone by a change
    // of user.
    prctl::set_dumpable(false).trying_to("close its memory to others")?;
    prctl::set_pdeathsig(Signal::SIGKILL).trying_to("follow its guard's end")?;
    Ok(Cell { rung, layers, limits, scratch, programs, files, wire, tree, failures })
}

/// Makes this process's mounts its own, and takes of the machine what the root is to hold; `None` where it is to be the
/// machine's, or has to be. To be called before the user changes: what is closed to others is still open to this process.
fn part_from_machine(root: Root, shared: &[Shared], programs: &Programs) -> Result<Option<Parts>, Error> {
    namespaces::part_mounts()?;
    match root {
        Root::Machine => Ok(None),
        Root::Minimal => match Parts::take(shared, programs) {
            Err(error) if error.is_denial() => Ok(None),
            parts => parts.map(Some),
        },
    }
}

/// A wire, or why the rung has none. Without one, rung C would be no better than D: there it is an error.
fn lay_wire(rung: Rung) -> Result<Result<FarEnd, String>, Error> {
    match rung {
        Rung::A | Rung::B => match wire::between_namespaces() {
            Err(error) if error.is_denial() => Ok(Err(error.to_string())),
            result => result.map(Ok),
        },
        Rung::C => wire::within_namespace().map(Ok),
        Rung::D => Ok(Err("needs user namespaces or CAP_NET_ADMIN: open the dev container".to_owned())),
        Rung::E => Ok(Err(NEEDS_RAW.to_owned())),
    }
}
