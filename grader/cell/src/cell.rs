//! The inside of a cell, as its runner uses it.

use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::far_end::FarEnd;
use crate::habit::{self, Habit};
use crate::launch::{Failures, Launch, Order};
use crate::limits::Limits;
use crate::programs::Programs;
use crate::rung::{Layers, Rung};
use crate::tree::{Tree, Usage};

/// What to do about a rung without raw sockets.
pub(crate) const NEEDS_RAW: &str = "needs user namespaces or CAP_NET_RAW: open the dev container";

/// What to say where a cell has no machine of its own that could be changed.
const NEEDS_NAMESPACES: &str = "needs namespaces: open the dev container";

/// The inside of a cell, held by its runner.
///
/// With namespaces (rungs A and B) the runner is PID 1: it gets no signal it doesn't handle, and every process of the
/// cell ends with it. It keeps its capabilities; the programs it [launches](Self::launch) have none.
#[derive(Debug)]
pub struct Cell {
    pub(crate) rung: Rung,
    pub(crate) layers: Layers,
    pub(crate) limits: Limits,
    pub(crate) scratch: PathBuf,
    pub(crate) programs: Programs,
    /// The filter of files that programs are held to.
    pub(crate) files: Option<OwnedFd>,
    pub(crate) wire: Result<FarEnd, String>,
    pub(crate) tree: Tree,
    pub(crate) failures: Failures,
}

impl Cell {
    /// How far this cell is closed off.
    pub fn rung(&self) -> Rung {
        self.rung
    }

    /// Which layers of isolation hold.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// The limits its programs run under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The far end of the wire.
    ///
    /// # Errors
    /// In words, why there is none: what a check skips with.
    pub fn wire(&self) -> Result<&FarEnd, &str> {
        self.wire.as_ref().map_err(String::as_str)
    }

    /// Whether a program may have raw sockets here.
    ///
    /// # Errors
    /// In words, why not: what a check skips with.
    pub fn raw_sockets(&self) -> Result<(), &str> {
        if self.rung == Rung::E { Err(NEEDS_RAW) } else { Ok(()) }
    }

    /// Changes something about the machine that its programs find, if that is not the grader's own.
    pub(crate) fn change(&self, change: impl FnOnce() -> io::Result<()>, what: &str) -> Result<(), String> {
        if !self.rung.is_closed() {
            return Err(NEEDS_NAMESPACES.to_owned());
        }
        change().map_err(|error| format!("cannot {what}: {error}"))
    }

    /// The private, writable directory in which programs start: `/tmp` where there are namespaces, else one that is
    /// removed when the runner ends.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Prepares the start of a program: one of the spec's, named by its path or its file name, or any other by a path
    /// that the cell's user can reach.
    pub fn launch(&self, program: impl AsRef<Path>) -> Launch<'_> {
        let program = program.as_ref();
        let order = Order {
            program: self.programs.find(program),
            failures: self.failures.writer(),
            raw_sockets: false,
            open_files: None,
            shares_user: self.rung != Rung::A,
            files: self.files.as_ref().map(AsRawFd::as_raw_fd),
            filters_calls: self.layers.has("seccomp"),
            limits: self.limits,
        };
        Launch::new(self, program, order)
    }

    /// A command that starts `program` under the cell's limits and without capabilities.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        self.launch(program).command()
    }

    pub(crate) fn launcher(&self) -> String {
        self.programs.launcher()
    }

    /// Why programs could not be started, a line each, since this was last asked; empty if all were. Only the launcher can
    /// say so: not a program that exits as if it had not been started.
    pub fn launch_failures(&self) -> String {
        self.failures.take()
    }

    /// The living processes of the cell other than the runner, numbered as by [`Child::id`](std::process::Child::id).
    pub fn processes(&self) -> Vec<u32> {
        self.tree.pids()
    }

    /// Memory that the cell's programs hold together, in bytes, their page tables included once they could matter.
    pub fn memory(&self) -> u64 {
        self.tree.usage(&self.limits).memory
    }

    /// CPU time that the cell's programs have used together, the ended ones' included, in ticks of 10 ms.
    pub fn cpu_time(&self) -> Duration {
        self.tree.usage(&self.limits).cpu_time
    }

    /// What the cell's programs use together; to be asked again and again, by whoever ends them once it is too much.
    ///
    /// # Errors
    /// What is beyond the cell's limits.
    pub fn usage(&self) -> Result<Usage, Excess> {
        // First, because it is the cheapest to see, and costs the whole machine most.
        let processes = self.tree.count();
        if processes > self.limits.processes {
            return Err(Excess::Processes { used: processes, limit: self.limits.processes });
        }
        let usage = self.tree.usage(&self.limits);
        if usage.memory > self.limits.tree_memory {
            Err(Excess::Memory { used: usage.memory, limit: self.limits.tree_memory })
        } else if usage.cpu_time > self.limits.cpu_time {
            Err(Excess::CpuTime { used: usage.cpu_time, limit: self.limits.cpu_time })
        } else {
            Ok(usage)
        }
    }

    /// How long each thread of the cell's programs has been ready to run and had no CPU, by thread; `None` if there are
    /// more than `most` of them. Empty where the kernel doesn't count it.
    pub fn waits_for_cpu(&self, most: usize) -> Option<Vec<(u32, Duration)>> {
        self.tree.waits_for_cpu(most)
    }

    /// What the busiest of the cell's threads does over and over, if it is for nothing; it is followed for that, which makes
    /// it slow, for some milliseconds or, if it makes hardly a call, some seconds. `None` also where this process may not follow it.
    pub fn habit(&self) -> Option<Habit> {
        let (shown, thread) = self.tree.busiest_thread()?;
        #[expect(clippy::disallowed_methods, reason = "it is this program, which follows another")]
        let follower = Command::new(self.launcher());
        habit::of(follower, thread, shown)
    }

    /// Kills every process of the cell but the runner, and returns when none is alive.
    pub fn kill_all(&self) {
        self.tree.kill();
    }
}

/// Too much of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Of processes at once.
    Processes {
        /// How many were seen.
        used: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Of memory, in bytes.
    Memory {
        /// What was seen.
        used: u64,
        /// What is allowed.
        limit: u64,
    },
    /// Of CPU time.
    CpuTime {
        /// What was seen.
        used: Duration,
        /// What is allowed.
        limit: Duration,
    },
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processes { used, limit } => write!(f, "{used} processes, {limit} allowed"),
            Self::Memory { used, limit } => {
                write!(f, "{} MiB of memory, {} allowed", used >> 20, limit >> 20)
            }
            Self::CpuTime { used, limit } => {
                write!(f, "{} s of CPU time, {} allowed", used.as_secs(), limit.as_secs())
            }
        }
    }
}
