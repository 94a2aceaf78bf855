//! A student's program while it runs: its pipes drained, its end waited for, killed with the check.

use std::io::{ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::process_facts::ProcessFacts;
use crate::recorder::Recorder;
use crate::witness::{Witness, Witnesses};
use crate::words::{end, shown};

/// A program may write that much to each of stdout and stderr; more is a flood.
const MAX_OUTPUT: usize = 8 << 20;

/// A running (or ended) binary of the lab.
///
/// Both output pipes are drained all the time: a full 64 KiB pipe would stop the program.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    facts: ProcessFacts,
    stdin: Option<ChildStdin>,
    stdout: Arc<Drain>,
    stderr: Arc<Drain>,
    recorder: Recorder,
    witnesses: Witnesses,
    is_excused: bool,
}

impl Program {
    pub(crate) fn start(
        name: &str,
        mut command: Command,
        recorder: &Recorder,
        flooded: &Arc<AtomicBool>,
        witnesses: &Witnesses,
    ) -> Result<Program, Fault> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| Fault::infra(format!("Failed to start {name}: {e}")))?;
        let pid = child.id();
        let stdout = Drain::of(child.stdout.take().expect("stdout is piped"), pid, flooded);
        let stderr = Drain::of(child.stderr.take().expect("stderr is piped"), pid, flooded);
        let stdin = child.stdin.take();
        Ok(Program {
            name: name.to_owned(),
            child,
            facts: ProcessFacts::of(pid),
            stdin,
            stdout,
            stderr,
            recorder: recorder.clone(),
            witnesses: witnesses.clone(),
            is_excused: false,
        })
    }

    /// However it ends, and whatever it says then, it is what the check is after: it explains no failure of another program.
    pub fn excuse(&mut self) {
        self.is_excused = true;
    }

    /// The binary's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the kernel says about it.
    pub fn facts(&self) -> ProcessFacts {
        self.facts
    }

    /// What it wrote to stdout so far.
    pub fn stdout(&self) -> Vec<u8> {
        self.stdout.bytes()
    }

    /// What it wrote to stderr so far.
    pub fn stderr(&self) -> Vec<u8> {
        self.stderr.bytes()
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Whether its stdout has come to an end.
    pub(crate) fn output_ended(&self) -> bool {
        self.stdout.lock().ended
    }

    /// Waits until stdout changes, or the deadline.
    pub(crate) fn wait_for_output(&self, deadline: Deadline) {
        let output = self.stdout.lock();
        if !output.ended {
            // A change between the caller's look and this lock is seen after a short turn at the latest.
            drop(self.stdout.wait(output, deadline.turn().min(Duration::from_millis(5))));
        }
    }

    /// Writes to its stdin, which it must take.
    pub fn write_stdin(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match self.offer_stdin(bytes)? {
            true => Ok(()),
            false => {
                Err(Fault::expected(format!("{} to read its input", self.name)).got("its stdin is closed"))
            }
        }
    }

    /// Writes to its stdin, unless it has closed that; tells whether all was taken.
    pub(crate) fn offer_stdin(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        self.recorder.sent(format!("stdin {}", shown(bytes)));
        let pipe = self.stdin.as_mut().ok_or_else(|| Fault::infra("stdin is closed already"))?;
        match pipe.write_all(bytes).and_then(|()| pipe.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            done => Ok(done.map(|()| true)?),
        }
    }

    /// Ends its stdin.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line on stdout for which the question has an answer.
    pub fn wait_for_stdout<T>(&self, what: &str, question: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        self.wait_for_line(&self.stdout, &format!("{what} on stdout"), question)
    }

    /// Waits for a line on stderr for which the question has an answer.
    pub fn wait_for_stderr<T>(&self, what: &str, question: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        self.wait_for_line(&self.stderr, &format!("{what} on stderr"), question)
    }

    /// Waits for exactly this line on stdout.
    pub fn expect_line(&self, expected: &str) -> Result<(), Fault> {
        self.wait_for_stdout(&format!("the line {expected:?}"), |line| (line == expected).then_some(()))
    }

    fn wait_for_line<T>(
        &self,
        drain: &Drain,
        what: &str,
        question: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Fault> {
        let deadline = Deadline::after(PATIENCE);
        let mut output = drain.lock();
        // Each line is looked at once: a flood of lines is to be read as fast as it comes, or its limit is never reached.
        let mut looked_at = 0;
        loop {
            let rest = &output.bytes[looked_at..];
            let whole = rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
            let lines = String::from_utf8_lossy(&rest[..whole]);
            if let Some(answer) = lines.lines().find_map(&question) {
                return Ok(answer);
            }
            looked_at += whole;
            let got = || match output.bytes.is_empty() {
                true => "nothing".to_owned(),
                false => wire::bytes::escape(&output.bytes[..output.bytes.len().min(2000)]),
            };
            if output.ended {
                return Err(Fault::expected(what).got(format!("{} and its end", got())));
            }
            if deadline.expired() {
                return Err(Fault::expected(what).but_waited(format!("{} in {:?}", got(), deadline.limit())));
            }
            output = drain.wait(output, deadline.turn());
        }
    }

    /// Waits until the program has ended by itself.
    pub fn wait(&mut self) -> Result<ExitStatus, Fault> {
        self.wait_for(PATIENCE)
    }

    /// As [`Program::wait`], with a limit of its own.
    pub fn wait_for(&mut self, limit: Duration) -> Result<ExitStatus, Fault> {
        let deadline = Deadline::after(limit);
        self.wait_for_end(deadline);
        let Some(status) = self.child.try_wait()? else {
            return Err(Fault::expected(format!("{} to end", self.name))
                .but_waited(format!("it still runs after {:?}", deadline.limit())));
        };
        self.recorder.received(end(status));
        self.stdout.join(PATIENCE);
        self.stderr.join(PATIENCE);
        Ok(status)
    }

    /// Returns when it has ended, which [`Child::try_wait`] then tells, or when the deadline has passed.
    fn wait_for_end(&self, deadline: Deadline) {
        let pid = Pid::from_raw(self.pid() as i32);
        let (sender, end) = mpsc::channel();
        std::thread::spawn(move || {
            // It stays to be reaped by its `Child`; if it is reaped already, this says so at once.
            while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
            // Nobody listens once the deadline has passed.
            let _ = sender.send(());
        });
        while end.recv_timeout(deadline.turn()) == Err(RecvTimeoutError::Timeout) && !deadline.expired() {}
    }

    /// Waits for its end and compares the exit code.
    pub fn expect_exit(&mut self, code: i32) -> Result<(), Fault> {
        let status = self.wait()?;
        if status.code() == Some(code) {
            return Ok(());
        }
        Err(Fault::expected(format!("{} to end with exit code {code}", self.name)).got(end(status)))
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> Result<(), Fault> {
        self.recorder.sent(signal.as_str());
        kill(Pid::from_raw(self.pid() as i32), signal).map_err(|e| Fault::infra(format!("kill: {e}")))
    }

    /// Stops it until [`Program::resume`]: what happens meanwhile waits for it in the kernel, all at once.
    pub fn pause(&mut self) -> Result<(), Fault> {
        self.stop_or_continue(Signal::SIGSTOP, true)
    }

    /// Lets it go on after [`Program::pause`]. It may then end, if that is what comes next.
    pub fn resume(&mut self) -> Result<(), Fault> {
        self.stop_or_continue(Signal::SIGCONT, false)
    }

    fn stop_or_continue(&mut self, signal: Signal, stopped: bool) -> Result<(), Fault> {
        self.signal(signal)?;
        let done = Deadline::after(PATIENCE).try_poll(|| {
            let facts = self.facts();
            Ok::<_, Fault>((facts.has_ended() || facts.is_stopped()? == stopped).then_some(()))
        })?;
        match self.status() {
            Some(_) if !stopped => Ok(()),
            Some(status) => Err(Fault::expected(format!("{} to go on", self.name)).got(end(status))),
            None => done.ok_or_else(|| Fault::infra(format!("{} did not take {signal}", self.name))),
        }
    }

    /// Waits until every thread sleeps: what it had to do is done.
    pub fn wait_until_asleep(&self) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE);
        deadline.poll(|| self.facts().is_asleep().unwrap_or(true).then_some(())).ok_or_else(|| {
            Fault::expected(format!("{} to wait for input", self.name))
                .but_waited(format!("it is still busy after {:?}", deadline.limit()))
        })
    }

    /// Waits until it holds a packet socket that is bound: a sniffer has no ready line. One that has ended by then is told
    /// of by whatever follows.
    pub fn wait_until_sniffing(&self) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE * 2);
        deadline.poll(|| self.facts().has_packet_socket().unwrap_or(true).then_some(())).ok_or_else(|| {
            Fault::expected(format!("{} to watch an interface", self.name))
                .but_waited(format!("it has no packet socket in {:?}", deadline.limit()))
        })
    }

    /// Expects it to go on: it sleeps and waits for something, and has not ended.
    pub fn expect_running(&mut self) -> Result<(), Fault> {
        self.wait_until_asleep()?;
        match self.status() {
            None => Ok(()),
            Some(status) => Err(Fault::expected(format!("{} to go on", self.name)).got(end(status))),
        }
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it now.
    pub fn kill(&mut self) {
        // It may have ended already: then there is nothing to kill, and wait() reaps it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // How it was before we end it ourselves: a program that died early is the best explanation of a failure.
        let status = self.status();
        self.kill();
        self.stderr.join(PATIENCE);
        if self.is_excused {
            return;
        }
        self.witnesses.add(Witness { program: self.name.clone(), status, words: self.stderr() });
    }
}

/// One output pipe, read to its end by a thread of its own.
#[derive(Debug, Default)]
struct Drain {
    output: Mutex<Output>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Output {
    bytes: Vec<u8>,
    ended: bool,
}

impl Drain {
    fn of(mut pipe: impl Read + Send + 'static, pid: u32, flooded: &Arc<AtomicBool>) -> Arc<Drain> {
        let drain = Arc::new(Drain::default());
        let (writer, flooded) = (Arc::clone(&drain), Arc::clone(flooded));
        std::thread::spawn(move || {
            let mut chunk = [0; 16 * 1024];
            loop {
                let n = pipe.read(&mut chunk).unwrap_or(0);
                let mut output = writer.lock();
                output.bytes.extend_from_slice(&chunk[..n]);
                output.ended = n == 0;
                if output.bytes.len() > MAX_OUTPUT {
                    flooded.store(true, Ordering::SeqCst);
                    output.ended = true;
                    // The pipe closes with this thread; the program itself is stopped at once.
                    let _ = kill(Pid::from_raw(pid as i32), Signal::SIGKILL);
                }
                writer.changed.notify_all();
                if output.ended {
                    return;
                }
            }
        });
        drain
    }

    fn lock(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, guard: MutexGuard<'a, Output>, limit: Duration) -> MutexGuard<'a, Output> {
        self.changed.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0
    }

    fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// Waits until the pipe's end was read. A child of the program may hold it open: then what is there must do.
    fn join(&self, limit: Duration) {
        let deadline = Deadline::after(limit);
        let mut output = self.lock();
        while !output.ended && !deadline.expired() {
            output = self.wait(output, deadline.turn());
        }
    }
}
