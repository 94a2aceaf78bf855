//! What this machine offers to cells, found by trying.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};

use crate::enter::{Spec, Wanted, attempt, enter};
use crate::root::Root;
use crate::rung::{Layers, Rung};
use crate::supervise::{Finished, reexec, supervise};
use crate::sys;

/// The first argument that makes this program try a rung.
pub(crate) const WORD: &str = "--cell-probe";

/// Instead of a rung: the best cell, and what its program finds.
const BEST: &str = "best";
const INSIDE: &str = "inside";

/// A probe ends in milliseconds.
const PROBE_TIME: Duration = Duration::from_secs(10);

/// What this machine offers to cells.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Machine {
    /// Every rung, best first.
    pub rungs: Vec<Footing>,
}

/// Whether one rung holds here.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Footing {
    /// Which rung.
    pub rung: Rung,
    /// Why it doesn't hold, in words; `None` when it does.
    pub denied: Option<String>,
    /// Why a cell on this rung has no wire; `None` when it has one, or doesn't hold at all.
    pub no_wire: Option<String>,
    /// How to get it; `None` when it holds, or nothing is known that would help.
    pub climb: Option<String>,
}

impl Machine {
    /// The best rung that holds.
    pub fn best(&self) -> Rung {
        self.rungs.iter().find(|footing| footing.denied.is_none()).map_or(Rung::E, |footing| footing.rung)
    }

    /// Whether a cell here can have a wire.
    pub fn has_wire(&self) -> bool {
        let best = self.rungs.iter().find(|footing| footing.denied.is_none());
        best.is_some_and(|footing| footing.no_wire.is_none())
    }
}

/// Tries every rung for real, each in a process of its own. [`take_over_if_launched`](crate::take_over_if_launched)
/// must come first in `main` of the calling program.
pub fn probe() -> Machine {
    Machine { rungs: Rung::ALL.into_iter().map(try_rung).collect() }
}

/// The layers that hold on this machine in a cell with a minimal root, found by entering one and starting a program
/// in it. [`take_over_if_launched`](crate::take_over_if_launched) must come first in `main` of the calling program.
///
/// # Errors
/// No cell could be had at all, or its program could not be started: in words, why.
pub fn layers() -> Result<Layers, String> {
    let mut command = reexec();
    command.args([WORD, BEST]);
    let finished = supervise(command, b"", PROBE_TIME, 1 << 16)
        .map_err(|error| format!("cannot start the probe of this machine's layers: {error}"))?;
    serde_json::from_slice(&finished.stdout)
        .map_err(|_| format!("no cell can be had here: {}", reason(&finished)))
}

/// Why a probe found nothing, in its own words if it has any.
fn reason(finished: &Finished) -> String {
    let said = String::from_utf8_lossy(&finished.stderr);
    match said.trim() {
        _ if finished.timed_out => format!("the probe did not end in {} s", PROBE_TIME.as_secs()),
        "" => "the probe died".to_owned(),
        said => said.to_owned(),
    }
}

fn try_rung(rung: Rung) -> Footing {
    let mut command = reexec();
    command.arg(WORD).arg(rung.to_string());
    let (denied, no_wire) = match supervise(command, b"", PROBE_TIME, 4096) {
        Err(error) => (Some(format!("cannot start the probe: {error}")), None),
        Ok(finished) => {
            let no_wire = String::from_utf8_lossy(&finished.stdout).trim().to_owned();
            match finished.status.and_then(|status| status.code()) {
                Some(0) => (None, Some(no_wire).filter(|reason| !reason.is_empty())),
                _ => (Some(reason(&finished)), None),
            }
        }
    };
    let climb = denied.as_ref().and_then(|_| climb(rung));
    Footing { rung, denied, no_wire, climb }
}

/// The probing process: exit code 0 if the rung holds, with the reason on stdout if it has no wire; else with the
/// reason on stderr.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> ! {
    let args: Vec<OsString> = args.collect();
    match args.first().and_then(|word| word.to_str()) {
        Some(BEST) => tell(best().and_then(|layers| Ok(serde_json::to_string(&layers)?))),
        Some(INSIDE) => tell(holds().map(|()| String::new())),
        _ => {}
    }
    let mut args = args.into_iter();
    let rung = args.next().and_then(|letter| Rung::from_letter(&letter.to_string_lossy()));
    if rung == Some(Rung::C) {
        // Where even that can be had, the machine's own network is better left alone.
        let _ = unshare(CloneFlags::CLONE_NEWNET);
    }
    let spec = Spec { wire: true, ..Spec::default() };
    let tried =
        Wanted::new(&spec).and_then(|wanted| Ok(attempt(rung.unwrap_or(Rung::E), &wanted)?.move_in(wanted)));
    match tried {
        Ok(cell) => {
            if let Err(reason) = cell.wire() {
                println!("{reason}");
            }
            sys::exit(0)
        }
        Err(error) => {
            eprintln!("{error}");
            sys::exit(1)
        }
    }
}

fn tell(found: Result<String, Box<dyn std::error::Error>>) -> ! {
    match found {
        Ok(text) => {
            println!("{text}");
            sys::exit(0)
        }
        Err(error) => {
            eprintln!("{error}");
            sys::exit(1)
        }
    }
}

/// Enters the best cell that can be had, and starts this program in it to see what holds it.
fn best() -> Result<Layers, Box<dyn std::error::Error>> {
    let itself = std::env::current_exe()?;
    let cell = enter(&Spec { programs: vec![itself.clone()], root: Root::Minimal, ..Spec::default() })?;
    let told = cell.command(&itself).args([WORD, INSIDE]).output()?;
    if !told.status.success() {
        return Err(String::from_utf8_lossy(&told.stderr).into());
    }
    Ok(cell.layers().clone())
}

/// Whether this program is held as students' programs are.
fn holds() -> Result<(), Box<dyn std::error::Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
    match (field("CapEff"), field("NoNewPrivs")) {
        (Some("0000000000000000"), Some("1")) => Ok(()),
        other => Err(format!("a program starts with capabilities: {other:?}").into()),
    }
}

/// What would make a rung hold, from what the machine tells about its policies.
fn climb(rung: Rung) -> Option<String> {
    let setting = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let is = |path: &str, value: &str| setting(path).is_some_and(|text| text == value);
    let advice = match rung {
        Rung::A if is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") => {
            "AppArmor keeps ordinary users from using user namespaces: open the dev container, or as root run \
             `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
        }
        Rung::A if is("/proc/sys/user/max_user_namespaces", "0") => {
            "user namespaces are turned off: as root run `sysctl user.max_user_namespaces=10000`"
        }
        Rung::A if is("/proc/sys/kernel/unprivileged_userns_clone", "0") => {
            "user namespaces are for root only: as root run `sysctl kernel.unprivileged_userns_clone=1`"
        }
        Rung::A if Path::new("/.dockerenv").exists() => {
            "this container's system-call filter denies user namespaces: start it with \
             `--security-opt seccomp=unconfined`, as the dev container does"
        }
        Rung::A => "open the dev container",
        Rung::B => "run as root (CAP_SYS_ADMIN)",
        Rung::C => "start the container with `--cap-add=NET_ADMIN --cap-add=NET_RAW`, or run as root",
        Rung::D => "start the container with `--cap-add=NET_RAW`, or run as root",
        Rung::E => return None,
    };
    Some(advice.to_owned())
}
