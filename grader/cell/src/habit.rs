//! What a busy program does over and over, seen by following its system calls for a moment (ptrace(2)).
//!
//! A process of its own follows it: the stops of a program that is followed are told to everybody who waits for it, and in
//! the runner a check would take them for its end.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::libc;
use nix::sys::prctl;
use nix::sys::ptrace;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, alarm};
use serde::{Deserialize, Serialize};

use crate::sys::{self, CallStop};

/// The first argument that makes this program follow a thread.
pub(crate) const WORD: &str = "--cell-follow";

/// So many calls are looked at. Each stops the thread twice, until it is the follower's turn: on a busy machine that takes
/// milliseconds.
const CALLS: usize = 60;
/// A habit makes up at least one call of so many: a loop may ask first which of its sockets are ready.
const SHARE: usize = 3;
/// After so many seconds a thread is let go that makes fewer calls.
const TIME: u32 = 3;
/// A thread that has used so much CPU time without a call computes. What the labs' programs have to compute takes a
/// thousandth of it.
const COMPUTING: Duration = Duration::from_secs(2);

/// What a thread does over and over, and nothing comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Habit {
    /// It makes a system call: in 60 calls no byte comes or goes.
    Calls {
        /// The system call's name.
        call: String,
        /// What comes of it each time.
        reply: Reply,
    },
    /// It computes, as its process' only thread: it has made no system call in 2 seconds of CPU time.
    Computes,
}

/// What comes of a system call that brings nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The end of the stream: 0 bytes, now and for ever.
    End,
    /// 0 bytes, because there was room for none.
    NoRoom,
    /// An error, by its number in errno(3).
    Error(i32),
}

impl Habit {
    /// Whether it will hardly bring anything, whatever else happens.
    pub fn is_in_vain(&self) -> bool {
        match self {
            Habit::Calls { reply, .. } => matches!(reply, Reply::End | Reply::NoRoom),
            Habit::Computes => true,
        }
    }
}

/// What a system call does, as far as it can be a habit.
#[derive(Clone, Copy)]
enum Kind {
    Read {
        /// Which argument is the length of the buffer, if one is.
        room: Option<usize>,
    },
    Write,
    Accept,
}

/// The calls that bring something, or take it away.
const CALLS_OF_INTEREST: [(libc::c_long, &str, Kind); 11] = [
    (libc::SYS_read, "read", Kind::Read { room: Some(2) }),
    (libc::SYS_recvfrom, "recvfrom", Kind::Read { room: Some(2) }),
    (libc::SYS_readv, "readv", Kind::Read { room: None }),
    (libc::SYS_recvmsg, "recvmsg", Kind::Read { room: None }),
    (libc::SYS_recvmmsg, "recvmmsg", Kind::Read { room: None }),
    (libc::SYS_write, "write", Kind::Write),
    (libc::SYS_sendto, "sendto", Kind::Write),
    (libc::SYS_writev, "writev", Kind::Write),
    (libc::SYS_sendmsg, "sendmsg", Kind::Write),
    (libc::SYS_accept, "accept", Kind::Accept),
    (libc::SYS_accept4, "accept4", Kind::Accept),
];

/// A system call that was made.
#[derive(Debug, Clone, Copy)]
struct Call {
    number: u64,
    arguments: [u64; 6],
    result: i64,
}

/// Has a process follow a thread, by its number and by the one that `/proc` shows. `None` when it has no such habit, or it
/// can't be followed here.
pub(crate) fn of(mut follower: Command, thread: u32, shown: u32) -> Option<Habit> {
    follower.arg(WORD).arg(thread.to_string()).arg(shown.to_string());
    follower.env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    serde_json::from_slice(&follower.output().ok()?.stdout).ok()
}

/// Follows the thread that the arguments name, and prints its habit.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> ! {
    let _ = prctl::set_dumpable(false);
    sys::default_signals();
    let numbers: Vec<i32> = args.filter_map(|number| number.to_str()?.parse().ok()).collect();
    let [thread, shown] = numbers[..] else { sys::exit(2) };
    let is_stream = |descriptor: u64| {
        let link = fs::read_link(format!("/proc/{shown}/fd/{descriptor}"));
        link.is_ok_and(|link| {
            ["socket:", "pipe:"].iter().any(|kind| link.to_string_lossy().starts_with(kind))
        })
    };
    let Ok(seen) = follow(Pid::from_raw(thread), || cpu_time_of_only_thread(shown)) else { sys::exit(1) };
    let habit = match seen {
        Seen::Calls(calls) => among(&calls, is_stream),
        Seen::Computing => Some(Habit::Computes),
    };
    if let Some(text) = habit.and_then(|habit| serde_json::to_string(&habit).ok()) {
        println!("{text}");
    }
    // Whoever is followed goes on when this process ends.
    sys::exit(0)
}

/// What the thread has used, if it is the only one of its process: others may be at work while one goes round.
fn cpu_time_of_only_thread(thread: i32) -> Option<Duration> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let time = fs::read_to_string(format!("/proc/{thread}/schedstat")).ok()?;
    let time = time.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)?;
    status.lines().any(|line| line == "Threads:\t1").then_some(time)
}

/// What was seen of a thread.
enum Seen {
    /// Its next calls; fewer than were asked for when it ends or is stopped, or makes no more.
    Calls(Vec<Call>),
    /// It made none.
    Computing,
}

/// Looks at the thread's next calls, or until it has used so much CPU time without one.
fn follow(thread: Pid, cpu_time: impl Fn() -> Option<Duration>) -> io::Result<Seen> {
    /// What the kernel calls the stop that `interrupt` brings about, and a stop by a signal.
    const EVENT_STOP: i32 = 128;
    // Both wait until they are asked for.
    let awaited: SigSet = [Signal::SIGCHLD, Signal::SIGALRM].into_iter().collect();
    awaited.thread_block()?;
    ptrace::seize(thread, ptrace::Options::PTRACE_O_TRACESYSGOOD)?;
    ptrace::interrupt(thread)?;
    let (began, mut seconds) = (cpu_time(), 0);
    alarm::set(1);
    let mut calls = Vec::new();
    let mut entered = None;
    while calls.len() < CALLS {
        let signal = match waitpid(thread, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) if awaited.wait()? == Signal::SIGCHLD => continue,
            Ok(WaitStatus::StillAlive) => {
                alarm::set(1);
                seconds += 1;
                let makes_calls = entered.is_some() || !calls.is_empty();
                let computed = began.zip(cpu_time()).map(|(began, now)| now.saturating_sub(began));
                match computed.filter(|_| !makes_calls) {
                    // On a busy machine this takes longer than for the clock.
                    Some(computed) if computed < COMPUTING => continue,
                    Some(_) => return Ok(Seen::Computing),
                    None if seconds < TIME => continue,
                    None => break,
                }
            }
            Ok(WaitStatus::PtraceSyscall(_)) => {
                match sys::call_stop(thread)? {
                    CallStop::Entry { number, arguments } => entered = Some((number, arguments)),
                    CallStop::Exit { result } => calls
                        .extend(entered.take().map(|(number, arguments)| Call { number, arguments, result })),
                    CallStop::Other => {}
                }
                None
            }
            Ok(WaitStatus::PtraceEvent(_, Signal::SIGTRAP, EVENT_STOP)) => None,
            Ok(WaitStatus::Stopped(_, signal)) => Some(signal),
            Ok(_) => break,
            Err(error) => return Err(error.into()),
        };
        ptrace::syscall(thread, signal)?;
    }
    // It may have ended.
    let _ = ptrace::detach(thread, None);
    Ok(Seen::Calls(calls))
}

/// The habit in these calls; `is_stream` tells whether a descriptor is a socket or a pipe, where an end is for ever.
fn among(calls: &[Call], is_stream: impl Fn(u64) -> bool) -> Option<Habit> {
    let mut seen: Vec<(&str, u64, Reply, usize)> = Vec::new();
    for call in calls {
        let Some(&(_, name, kind)) =
            CALLS_OF_INTEREST.iter().find(|(number, ..)| u64::try_from(*number) == Ok(call.number))
        else {
            continue;
        };
        let reply = match (call.result, kind) {
            (..0, _) => Reply::Error(i32::try_from(-call.result).ok()?),
            (0, Kind::Read { room: Some(place) }) if call.arguments[place] == 0 => Reply::NoRoom,
            (0, Kind::Read { .. }) if is_stream(call.arguments[0]) => Reply::End,
            _ => return None,
        };
        let descriptor = call.arguments[0];
        match seen.iter_mut().find(|(other, of, what, _)| (*other, *of, *what) == (name, descriptor, reply)) {
            Some((.., count)) => *count += 1,
            None => seen.push((name, descriptor, reply, 1)),
        }
    }
    let (name, _, reply, count) = seen.into_iter().max_by_key(|(.., count)| *count)?;
    let is_habit = calls.len() == CALLS && count * SHARE >= CALLS;
    is_habit.then(|| Habit::Calls { call: name.to_owned(), reply })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The calls of one turn of a loop: number, room in the buffer, result.
    type Turn = [(libc::c_long, u64, i64)];

    fn calls(one_turn: &Turn) -> Vec<Call> {
        let call = |&(number, room, result)| Call {
            number: number as u64,
            arguments: [5, 0, room, 0, 0, 0],
            result,
        };
        one_turn.iter().map(call).cycle().take(CALLS).collect()
    }

    #[test]
    fn what_is_done_over_and_over_for_nothing_is_a_habit() {
        let again = i64::from(-libc::EAGAIN);
        let habit = |call: &str, reply| Some(Habit::Calls { call: call.to_owned(), reply });
        let end = (libc::SYS_recvfrom, 4096, 0);
        let table: [(&Turn, Option<Habit>); 9] = [
            (&[end], habit("recvfrom", Reply::End)),
            (&[(libc::SYS_read, 0, 0)], habit("read", Reply::NoRoom)),
            (&[(libc::SYS_epoll_pwait, 0, 1), end], habit("recvfrom", Reply::End)),
            (&[(libc::SYS_recvfrom, 9, again)], habit("recvfrom", Reply::Error(libc::EAGAIN))),
            (
                &[(libc::SYS_accept4, 0, i64::from(-libc::EMFILE))],
                habit("accept4", Reply::Error(libc::EMFILE)),
            ),
            // Something comes or goes.
            (&[end, end, end, end, (libc::SYS_write, 1, 1)], None),
            (&[end, (libc::SYS_accept4, 0, 7)], None),
            // It does something else, too.
            (&[end, (libc::SYS_futex, 0, 0), (libc::SYS_futex, 0, 0), (libc::SYS_futex, 0, 0)], None),
            (&[(libc::SYS_futex, 0, 0)], None),
        ];
        for (one_turn, expected) in table {
            assert_eq!(among(&calls(one_turn), |_| true), expected, "{one_turn:?}");
        }
    }

    #[test]
    fn a_file_may_grow_and_a_short_look_proves_nothing() {
        let end = [(libc::SYS_read, 4096, 0)];
        assert_eq!(among(&calls(&end), |_| false), None);
        assert_eq!(among(&calls(&end)[1..], |_| true), None);
    }
}
