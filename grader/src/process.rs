//! Runs a command of the toolchain to its end, within limits, and takes everything it started down with it.
//!
//! This is where the sandbox of a build goes: today limits of resources and a process group, so that a submission's
//! source can't make the compiler eat the machine; its file system and network are still the grader's own.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

/// More than any build of the labs writes; a compiler that floods its output is cut here.
const MAX_OUTPUT: u64 = 32 << 20;
/// For pipes to close once everything that holds them is killed.
const PIPE_GRACE: Duration = Duration::from_secs(5);

/// Limits that the shell sets before the toolchain starts: address space 4 GiB (KiB), file size 1 GiB (blocks of 512
/// bytes), and the CPU time of one process in `$0` (s), which tells itself by SIGXCPU. Setting them in this process
/// would limit the grader as well.
const WITH_LIMITS: &str =
    "ulimit -v 4194304; ulimit -f 2097152; ulimit -S -t $0; ulimit -H -t $(($0 + 5)); exec \"$@\"";

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Whether and how it exited by itself; `None` = it was stopped at a limit.
    pub status: Option<ExitStatus>,
    /// What it wrote to stdout, up to the limit.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr, up to the limit, lossily decoded.
    pub stderr: String,
}

impl Finished {
    /// Whether it exited with 0.
    pub(crate) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// A command for `program`, an absolute path, with the limits of a build; no process of it gets more CPU time than
/// `cpu`, whole seconds. (CPU time and not the clock: a busy machine must not change what builds.)
pub(crate) fn limited(program: &Path, cpu: Duration) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place where the toolchain is started")]
    let mut command = Command::new("/bin/sh");
    command.args(["-c", WITH_LIMITS]).arg(cpu.as_secs().to_string()).arg(program);
    command
}

enum Event {
    Exited,
    Stdout(io::Result<Vec<u8>>),
    Stderr(io::Result<Vec<u8>>),
    Flooded,
}

/// Runs a command until it ends, or until `limit` has passed or its output is too long: then its whole process
/// group is killed.
///
/// # Errors
/// It can't be started.
pub(crate) fn run(mut command: Command, limit: Duration) -> Result<Finished> {
    let deadline = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().with_context(|| format!("starting {command:?}"))?;
    let pid = Pid::from_raw(child.id().cast_signed());
    let (events, inbox) = channel();
    drain(child.stdout.take().expect("stdout is piped"), events.clone(), Event::Stdout);
    drain(child.stderr.take().expect("stderr is piped"), events.clone(), Event::Stderr);
    thread::spawn(move || {
        // The process stays a zombie, so that its group's number can't pass to another before it is killed.
        let _ = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
        let _ = events.send(Event::Exited);
    });

    let mut finished = Finished { status: None, stdout: Vec::new(), stderr: String::new() };
    let exited = collect(&inbox, deadline, &mut finished, true)?;
    // Nobody is left to be killed where the build behaved: then the group is only the zombie itself.
    let _ = killpg(pid, Signal::SIGKILL);
    let status = child.wait().context("waiting for the toolchain")?;
    collect(&inbox, Instant::now() + PIPE_GRACE, &mut finished, false)?;
    finished.status = exited.then_some(status);
    Ok(finished)
}

/// Takes events until the process exited (`until_exit`), or until all its pipes are closed. Returns whether it exited.
fn collect(
    inbox: &Receiver<Event>,
    deadline: Instant,
    finished: &mut Finished,
    until_exit: bool,
) -> Result<bool> {
    loop {
        match inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::Stdout(bytes)) => finished.stdout = bytes.context("reading the toolchain's stdout")?,
            Ok(Event::Stderr(bytes)) => {
                let bytes = bytes.context("reading the toolchain's stderr")?;
                finished.stderr = String::from_utf8_lossy(&bytes).into_owned();
            }
            Ok(Event::Exited) if until_exit => return Ok(true),
            Ok(Event::Exited) => {}
            Ok(Event::Flooded) if until_exit => return Ok(false),
            Ok(Event::Flooded) => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(false),
        }
    }
}

/// Reads a pipe to its end in a thread, so that a full pipe never stops the process.
fn drain(pipe: impl Read + Send + 'static, events: Sender<Event>, done: fn(io::Result<Vec<u8>>) -> Event) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut pipe = pipe.take(MAX_OUTPUT);
        let read = pipe.read_to_end(&mut bytes);
        if bytes.len() as u64 == MAX_OUTPUT {
            let _ = events.send(Event::Flooded);
        }
        let _ = events.send(done(read.map(|_| bytes)));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = limited(Path::new("/bin/sh"), Duration::from_secs(2));
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_are_taken() {
        let finished = run(sh("echo out; echo err >&2; exit 3"), Duration::from_secs(20)).unwrap();
        assert_eq!(finished.status.unwrap().code(), Some(3));
        assert_eq!((finished.stdout.as_slice(), finished.stderr.as_str()), (&b"out\n"[..], "err\n"));
    }

    #[test]
    fn a_command_that_never_ends_is_stopped_with_its_children() {
        let finished = run(sh("sleep 3600 & echo $!; wait"), Duration::from_millis(300)).unwrap();
        assert!(finished.status.is_none());
        let pid: i32 = String::from_utf8(finished.stdout).unwrap().trim().parse().unwrap();
        // Its pipes close a moment before it is gone.
        let deadline = Instant::now() + Duration::from_secs(20);
        let lives =
            || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        while lives() {
            assert!(Instant::now() < deadline, "the child lives on");
            thread::yield_now();
        }
    }

    #[test]
    fn a_child_left_behind_does_not_keep_the_grader_waiting() {
        let before = Instant::now();
        let finished = run(sh("sleep 3600 & exit 0"), Duration::from_secs(60)).unwrap();
        assert!(finished.succeeded());
        assert!(before.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_flood_is_cut() {
        let finished = run(sh("yes"), Duration::from_secs(60)).unwrap();
        assert!(finished.status.is_none());
        assert_eq!(finished.stdout.len() as u64, MAX_OUTPUT);
    }

    #[test]
    fn cpu_time_is_limited() {
        use std::os::unix::process::ExitStatusExt;
        let finished = run(sh("while :; do :; done"), Duration::from_secs(120)).unwrap();
        assert_eq!(finished.status.unwrap().signal(), Some(Signal::SIGXCPU as i32));
    }

    #[test]
    fn memory_is_limited() {
        let finished = run(sh("ulimit -v"), Duration::from_secs(20)).unwrap();
        assert_eq!(finished.stdout, b"4194304\n");
    }
}
