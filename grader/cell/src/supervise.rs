//! Running a process to its end, from outside.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::sys;

/// How long a process may take to clean up after itself when its time is over, before it is killed outright; and how
/// long its pipes may stay open once it is gone.
const GRACE: Duration = Duration::from_secs(3);

/// How a supervised process ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended; `None` when the clock, or a flood of output, ended it.
    pub status: Option<ExitStatus>,
    /// Whether the clock ended it.
    pub timed_out: bool,
    /// What it wrote to stdout, its first `max_output` bytes.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr, its first `max_output` bytes.
    pub stderr: Vec<u8>,
    /// Whether it wrote more than that, and was ended for it.
    pub flooded: bool,
    /// CPU time of the process and of all its descendants that were waited for (not of those killed with their cell).
    pub cpu: Duration,
}

/// A command that starts this very program again, with nothing but the arguments that are added: a runner's begin.
pub fn reexec() -> Command {
    #[expect(clippy::disallowed_methods, reason = "this is where runners are started")]
    Command::new("/proc/self/exe")
}

/// Runs a command to its end: writes `input` to its stdin, drains stdout and stderr, and ends it when `wall` has passed,
/// or when it has written more than `max_output` bytes to either. It also ends when this thread does. If it is a runner,
/// all of its cell ends with it.
///
/// # Errors
/// When it can't be started or watched; then nothing is left running.
pub fn supervise(
    mut command: Command,
    input: &[u8],
    wall: Duration,
    max_output: usize,
) -> io::Result<Finished> {
    let deadline = Instant::now() + wall;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    sys::end_with_parent(&mut command, Signal::SIGTERM);
    let mut process = Supervised::start(command, input, max_output)?;
    let ended = process.run_until(deadline, Supervised::is_flooding)?;
    let (flooded, timed_out) = (process.is_flooding(), !ended && !process.is_flooding());
    if !ended {
        process.send(Signal::SIGTERM);
        if !process.run_until(Instant::now() + GRACE, |_| false)? {
            process.send(Signal::SIGKILL);
        }
    }
    let (status, cpu) = process.reap()?;
    process.drain(Instant::now() + GRACE)?;
    let [stdout, stderr] = process.take_outputs();
    Ok(Finished {
        status: ended.then_some(status),
        timed_out,
        flooded,
        stdout: stdout.kept,
        stderr: stderr.kept,
        cpu,
    })
}

/// A running process with its pipes. Killed when dropped before its end.
struct Supervised<'a> {
    pid: u32,
    /// Readable once the process has ended.
    handle: OwnedFd,
    reaped: bool,
    input: Input<'a>,
    outputs: [Output; 2],
}

struct Input<'a> {
    pipe: Option<std::process::ChildStdin>,
    rest: &'a [u8],
}

#[derive(Default)]
struct Output {
    pipe: Option<Box<dyn Pipe>>,
    kept: Vec<u8>,
    most: usize,
    truncated: bool,
}

trait Pipe: Read + AsFd {}
impl<T: Read + AsFd> Pipe for T {}

impl<'a> Supervised<'a> {
    fn start(mut command: Command, input: &'a [u8], most: usize) -> io::Result<Self> {
        let mut child = command.spawn()?;
        let handle = sys::pidfd_open(child.id()).inspect_err(|_| end(&mut child))?;
        let output = |pipe: Option<Box<dyn Pipe>>| Output { pipe, kept: Vec::new(), most, truncated: false };
        let process = Self {
            pid: child.id(),
            handle,
            reaped: false,
            input: Input { pipe: child.stdin.take(), rest: input },
            outputs: [
                output(child.stdout.take().map(|pipe| Box::new(pipe) as _)),
                output(child.stderr.take().map(|pipe| Box::new(pipe) as _)),
            ],
        };
        for pipe in process.pipes() {
            fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(process)
    }

    fn pipes(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let outputs = self.outputs.iter().filter_map(|output| Some(output.pipe.as_ref()?.as_fd()));
        outputs.chain(self.input.pipe.as_ref().map(AsFd::as_fd))
    }

    /// Serves the pipes until the process has ended (true), or the deadline has passed or it does too much (false).
    fn run_until(&mut self, deadline: Instant, too_much: impl Fn(&Self) -> bool) -> io::Result<bool> {
        loop {
            self.serve()?;
            if self.wait_for_event(true, deadline)? {
                return Ok(true);
            }
            if too_much(self) || Instant::now() >= deadline {
                return Ok(false);
            }
        }
    }

    /// Serves the output pipes until they are closed, as they are when the last process that holds them is gone.
    fn drain(&mut self, deadline: Instant) -> io::Result<()> {
        self.input.pipe = None;
        loop {
            self.serve()?;
            if self.pipes().next().is_none() || Instant::now() >= deadline {
                return Ok(());
            }
            self.wait_for_event(false, deadline)?;
        }
    }

    /// Waits for any pipe, and for the process's end if `ending`; whether that has come.
    fn wait_for_event(&self, ending: bool, deadline: Instant) -> io::Result<bool> {
        let outputs = self.outputs.iter().filter_map(|output| output.pipe.as_ref());
        let mut wanted: Vec<_> = outputs.map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)).collect();
        let input = self.input.pipe.iter().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLOUT));
        wanted.extend(input);
        if ending {
            wanted.push(PollFd::new(self.handle.as_fd(), PollFlags::POLLIN));
        }
        let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
        match poll(&mut wanted, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(ending && wanted.last().is_some_and(|handle| handle.any() == Some(true)))
    }

    fn serve(&mut self) -> io::Result<()> {
        self.input.write()?;
        self.outputs.iter_mut().try_for_each(Output::read)
    }

    fn is_flooding(&self) -> bool {
        self.outputs.iter().any(|output| output.truncated)
    }

    fn send(&self, signal: Signal) {
        // Not reaped yet, so the pid is still its own; that it has just ended is no harm.
        let _ = kill(Pid::from_raw(self.pid as i32), signal);
    }

    /// Waits for the end and takes the verdict.
    fn reap(&mut self) -> io::Result<(ExitStatus, Duration)> {
        self.reaped = true;
        sys::wait4(self.pid)
    }

    fn take_outputs(&mut self) -> [Output; 2] {
        std::mem::take(&mut self.outputs)
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

impl Drop for Supervised<'_> {
    fn drop(&mut self) {
        if !self.reaped {
            self.send(Signal::SIGKILL);
            let _ = self.reap();
        }
    }
}

impl Input<'_> {
    /// Writes what the pipe takes now, and closes it after the last byte.
    fn write(&mut self) -> io::Result<()> {
        while let Some(pipe) = &mut self.pipe {
            if self.rest.is_empty() {
                self.pipe = None;
                return Ok(());
            }
            match pipe.write(self.rest) {
                Ok(written) => self.rest = &self.rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // It doesn't read its stdin any more, which is its right.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.pipe = None,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Output {
    /// Reads what the pipe holds now, at most one bufferful, so that a flood can't keep us from the clock.
    fn read(&mut self) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        let mut buffer = [0; 64 * 1024];
        match pipe.read(&mut buffer) {
            Ok(0) => self.pipe = None,
            Ok(length) => {
                let room = length.min(self.most - self.kept.len());
                self.kept.extend_from_slice(&buffer[..room]);
                self.truncated |= room < length;
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
