//! The processes of a cell, as `/proc` tells.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, sysconf};
use std::os::fd::{AsFd, OwnedFd};

use crate::limits::Limits;
use crate::sys;

/// How long killing may take before it is given up: a process can be stuck in the kernel.
const KILL_TIME: Duration = Duration::from_secs(2);
/// A page table of 4 KiB maps 2 MiB.
const REACH_OF_A_TABLE_BYTE: u64 = 512;
/// How many dying processes are waited for at a time, each by a descriptor.
const HANDLES: usize = 256;

/// All processes below one, which is this process or will be.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// The process at the root, as `/proc` numbers it.
    root: u32,
    /// Whether the root is PID 1 of a namespace, so that the kernel knows its processes too.
    namespace: bool,
}

/// A process below the root.
#[derive(Debug, Clone, Copy)]
struct Process {
    /// Its number in `/proc`; in a cell that kept the old `/proc`, that is its number outside.
    shown: u32,
    parent: u32,
    /// R, S, T, Z …: proc_pid_stat(5).
    state: char,
    /// CPU time of its own, and of the children it waited for, in ticks.
    own_ticks: u64,
    waited_ticks: u64,
}

impl Tree {
    /// The tree below this process, which is PID 1 if `namespace`.
    pub(crate) fn below_me(namespace: bool) -> io::Result<Self> {
        let me = fs::read_link("/proc/self")?;
        let root = me.to_str().and_then(|me| me.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { root, namespace })
    }

    /// Living processes below the root; those that ended and wait to be reaped are not.
    fn processes(&self) -> Vec<Process> {
        let all: Vec<_> = all().filter(|process| process.shown != self.root).collect();
        if self.sees_only_its_own() {
            return all.into_iter().filter(Process::lives).collect();
        }
        let mut found: Vec<Process> = Vec::new();
        let mut parents = vec![self.root];
        while let Some(parent) = parents.pop() {
            let children = all.iter().filter(|process| process.parent == parent);
            for child in children {
                parents.push(child.shown);
                found.push(*child);
            }
        }
        found.retain(Process::lives);
        found
    }

    /// Whether `/proc` is the namespace's own: then everything in it is below PID 1.
    fn sees_only_its_own(&self) -> bool {
        self.namespace && self.root == 1
    }

    /// Whether `/proc` numbers processes as the root does.
    fn shares_numbers(&self) -> bool {
        !self.namespace || self.root == 1
    }

    /// The pids of living processes, as the root numbers them.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.processes().iter().filter_map(|process| self.pid(process.shown)).collect()
    }

    /// What the root calls the process that `/proc` calls `shown`.
    fn pid(&self, shown: u32) -> Option<u32> {
        if self.shares_numbers() { Some(shown) } else { innermost_pid(shown) }
    }

    /// What the processes use together.
    pub(crate) fn usage(&self, limits: &Limits) -> Usage {
        let (mut below, root): (Vec<_>, Vec<_>) = match self.sees_only_its_own() {
            true => all().partition(|process| process.shown != self.root),
            false => (self.processes(), all().filter(|process| process.shown == self.root).collect()),
        };
        // Those that ended and wait to be reaped have used their time, but hold no memory.
        let below_ticks: u64 = below.iter().map(|process| process.own_ticks + process.waited_ticks).sum();
        let orphans_ticks: u64 = root.iter().map(|root| root.waited_ticks).sum();
        below.retain(Process::lives);
        Usage {
            memory: memory(&below, limits),
            cpu_time: Duration::from_secs_f64((below_ticks + orphans_ticks) as f64 / ticks_per_second()),
        }
    }

    /// How many processes are below the root. Where `/proc` shows no others, those are counted too that ended and wait to be
    /// reaped: to look at each takes CPU time, and a fork bomb leaves none.
    pub(crate) fn count(&self) -> usize {
        if self.sees_only_its_own() { numbers().count().saturating_sub(1) } else { self.processes().len() }
    }

    /// What each thread has waited for a CPU, by thread; `None` if there are more than `most`.
    pub(crate) fn waits_for_cpu(&self, most: usize) -> Option<Vec<(u32, Duration)>> {
        let threads = self.processes().into_iter().flat_map(|process| threads(process.shown));
        let threads: Vec<_> = threads.take(most + 1).collect();
        let waits = threads.iter().filter_map(|&(pid, thread)| Some((thread, waited_for_cpu(pid, thread)?)));
        (threads.len() <= most).then(|| waits.collect())
    }

    /// Of the threads that run or wait for a CPU the one that has used most of it: as `/proc` numbers it, and as the root does.
    pub(crate) fn busiest_thread(&self) -> Option<(u32, u32)> {
        let stats = self.processes().into_iter().flat_map(|process| threads(process.shown)).filter_map(
            |(pid, thread)| {
                Process::parse(&fs::read_to_string(format!("/proc/{pid}/task/{thread}/stat")).ok()?)
            },
        );
        let busiest = stats.filter(|thread| thread.state == 'R').max_by_key(|thread| thread.own_ticks)?.shown;
        Some((busiest, self.pid(busiest)?))
    }

    /// Kills every process below the root, and returns when none is left, or [`KILL_TIME`] has passed.
    pub(crate) fn kill(&self) {
        let deadline = Instant::now() + KILL_TIME;
        if self.namespace {
            // -1 is everything but the caller, PID 1; a process that forks just now can't escape it. At once: whoever looks
            // at the processes first leaves a fork bomb the time to starve all others.
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        } else {
            self.stop(deadline);
        }
        loop {
            let pids = self.pids();
            if pids.is_empty() || Instant::now() >= deadline {
                return;
            }
            let handles: Vec<_> =
                pids.iter().take(HANDLES).filter_map(|&pid| sys::pidfd_open(pid).ok()).collect();
            if self.namespace {
                let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
            } else {
                send_all(&pids, Signal::SIGKILL);
            }
            for handle in handles {
                wait_until_ended(&handle, deadline);
            }
        }
    }

    /// Stops every process, so that none forks any more: killing a fork bomb one by one would only make room for
    /// the next ones.
    fn stop(&self, deadline: Instant) {
        while Instant::now() < deadline {
            let running: Vec<_> =
                self.processes().into_iter().filter(|process| process.state != 'T').collect();
            if running.is_empty() {
                return;
            }
            send_all(&running.iter().map(|process| process.shown).collect::<Vec<_>>(), Signal::SIGSTOP);
        }
    }
}

/// What the processes of a cell use together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes.
    pub memory: u64,
    /// Also of those that ended and were waited for.
    pub cpu_time: Duration,
}

/// Bytes of memory that these processes hold. Shared pages are counted once, and page tables at all, but only when that
/// could make a difference: the sum of what each can reach is far cheaper to have.
fn memory(processes: &[Process], limits: &Limits) -> u64 {
    let sum =
        |of: fn(u32) -> Option<u64>| processes.iter().filter_map(|process| of(process.shown)).sum::<u64>();
    let resident = sum(resident);
    let most_tables = processes.len() as u64 * (limits.address_space / REACH_OF_A_TABLE_BYTE);
    if resident.saturating_add(most_tables) <= limits.tree_memory {
        return resident;
    }
    let tables = sum(page_tables);
    if resident + tables <= limits.tree_memory {
        resident + tables
    } else {
        sum(|pid| proportional(pid).or_else(|| self::resident(pid))) + tables
    }
}

fn send_all(pids: &[u32], signal: Signal) {
    for &pid in pids {
        // It may have ended since it was listed.
        let _ = kill(Pid::from_raw(pid as i32), signal);
    }
}

fn wait_until_ended(process: &OwnedFd, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    let mut wanted = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
    // An interrupted wait only means that the caller looks again.
    let _ = poll(&mut wanted, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
}

impl Process {
    fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    /// From `/proc/<pid>/stat`: pid, name in parentheses, which may hold anything, state, parent.
    fn parse(stat: &str) -> Option<Self> {
        let shown = stat.split(' ').next()?.parse().ok()?;
        let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        // utime, stime, cutime and cstime are the 14th field to the 17th.
        let ticks: Vec<u64> = fields.skip(9).take(4).map_while(|ticks| ticks.parse().ok()).collect();
        let [user, system, waited_user, waited_system] = ticks.try_into().ok()?;
        let (own_ticks, waited_ticks) = (user + system, waited_user + waited_system);
        Some(Self { shown, parent, state, own_ticks, waited_ticks })
    }
}

/// The numbers in `/proc`.
fn numbers() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn all() -> impl Iterator<Item = Process> {
    numbers().filter_map(|pid| Process::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
}

/// The words after `name:` in `/proc/<pid>/<file>`.
fn field(pid: u32, file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// What `/proc` calls the process that this one calls `pid`: another number in a container that masks `/proc`, since a cell
/// keeps the old one there. 0, which is nobody's number, if that process is gone.
pub fn number_in_proc(pid: u32) -> u32 {
    let link = |path: &str| fs::read_link(format!("/proc/{path}")).ok();
    let own = link("self").and_then(|own| own.to_str()?.parse().ok());
    if own == Some(std::process::id()) {
        return pid;
    }
    let namespace = link("self/ns/pid");
    numbers()
        .find(|shown| innermost_pid(*shown) == Some(pid) && link(&format!("{shown}/ns/pid")) == namespace)
        .unwrap_or(0)
}

/// What a process is called in its own pid namespace.
fn innermost_pid(shown: u32) -> Option<u32> {
    field(shown, "status", "NSpid")?.split_whitespace().last()?.parse().ok()
}

fn resident(pid: u32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * sysconf(SysconfVar::PAGE_SIZE).ok()?? as u64)
}

/// Each page divided by the number of processes that share it.
fn proportional(pid: u32) -> Option<u64> {
    let kibibytes: u64 = field(pid, "smaps_rollup", "Pss")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Memory for the map of a process's own memory.
fn page_tables(pid: u32) -> Option<u64> {
    let kibibytes: u64 = field(pid, "status", "VmPTE")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The threads of a process, each with its process.
fn threads(pid: u32) -> impl Iterator<Item = (u32, u32)> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    entries.filter_map(move |entry| Some((pid, entry.file_name().to_str()?.parse().ok()?)))
}

/// The second number in schedstat is the time spent on a run queue, in nanoseconds
/// (Documentation/scheduler/sched-stats).
fn waited_for_cpu(pid: u32, thread: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/schedstat")).ok()?;
    text.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

/// In what a second of CPU time is counted, see times(2).
fn ticks_per_second() -> f64 {
    sysconf(SysconfVar::CLK_TCK).ok().flatten().map_or(100.0, |ticks| ticks as f64)
}

/// How many processes and threads a user runs, as `RLIMIT_NPROC` counts them.
pub(crate) fn tasks_of(uid: u32) -> u64 {
    let tasks = |pid: u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next()?.parse().ok()
        };
        (number("Uid")? == u64::from(uid)).then(|| number("Threads"))?
    };
    numbers().filter_map(tasks).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_hides_nothing() {
        let process = Process::parse("41 (a) R 1 (b)) S 7 41 41 0 -1 0 1 2 3 4 10 20 300 400 20 0").unwrap();
        assert_eq!((process.shown, process.state, process.parent), (41, 'S', 7));
        assert_eq!((process.own_ticks, process.waited_ticks), (30, 700));
        assert!(process.lives());
        assert!(!Process::parse("41 (a) Z 7 41 41 0 -1 0 1 2 3 4 0 0 0 0").unwrap().lives());
    }

    #[test]
    fn this_process_counts_among_its_users() {
        assert!(tasks_of(nix::unistd::getuid().as_raw()) >= 1);
        assert!(resident(std::process::id()).unwrap() > 100_000);
        assert!(proportional(std::process::id()).unwrap() > 0);
        assert!(page_tables(std::process::id()).unwrap() > 0);
    }
}
