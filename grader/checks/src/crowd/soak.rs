//! A server, and a crowd for it, for a minute.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::{Talk, Tally, crowd};
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::{Fault, ensure};
use crate::process_facts::ProcessFacts;
use crate::server::ready_address;

/// How long it takes in seconds, unless this variable says otherwise.
const SECONDS: (&str, u64) = ("WIRELAB_SOAK_SECONDS", 60);

/// How many open descriptors the server may have: one that leaks them doesn't last.
const OPEN_FILES: u32 = 16;

/// How much memory, in bytes, it may take at any time above what it had before its first client.
const GROWTH: u64 = 4 << 20;

/// How much more, in bytes, it may have at the end than after the first part of the time.
const CREEP: u64 = 512 << 10;

/// Starts a server as it is, in no cell, lets a [`crowd`] at it for a minute, and returns how it went.
///
/// # Errors
///
/// Where a client did not get what it was owed; where the server ended, panicked, took more memory at the end than at
/// the beginning, or did not close what it had opened.
pub fn soak(program: &str, args: &[&str], talk: &dyn Talk) -> Result<Tally, Fault> {
    let time = Duration::from_secs(seconds()?);
    let (mut server, address) = Running::start(program, args)?;
    let facts = ProcessFacts::of(server.child.id());
    let descriptors = facts.descriptors()?;
    let before = facts.resident()?;

    // What a server sets up once is no leak.
    let warm_up = crowd(address, talk, time / 6, 1);
    server.expect_well()?;
    expect_content(&warm_up)?;
    expect_closed(facts, descriptors)?;
    let warm = facts.resident()?;
    let tally = crowd(address, talk, time - time / 6, 2);
    server.expect_well()?;
    expect_content(&tally)?;
    expect_closed(facts, descriptors)?;

    let (peak, last) = (facts.peak_resident()?, facts.resident()?);
    ensure(peak <= before + GROWTH, || {
        Fault::expected(format!("at most {} KiB more than {} KiB", GROWTH >> 10, before >> 10))
            .got(format!("{} KiB at the worst moment", peak >> 10))
    })?;
    ensure(last <= warm + CREEP, || {
        Fault::expected(format!("no more than the {} KiB of the beginning", warm >> 10))
            .got(format!("{} KiB", last >> 10))
    })?;
    Ok(tally)
}

fn seconds() -> Result<u64, Fault> {
    let (variable, default) = SECONDS;
    match std::env::var(variable) {
        Err(_) => Ok(default),
        Ok(text) => {
            text.parse().map_err(|_| Fault::infra(format!("{variable}={text}: not a number of seconds")))
        }
    }
}

fn expect_content(tally: &Tally) -> Result<(), Fault> {
    ensure(tally.complaints.is_empty(), || Fault::expected("no complaints").got(tally.to_string()))
}

fn expect_closed(facts: ProcessFacts, descriptors: usize) -> Result<(), Fault> {
    let mut now = 0;
    let closed = Deadline::after(PATIENCE).try_poll(|| {
        now = facts.descriptors()?;
        Ok::<_, Fault>((now <= descriptors).then_some(()))
    })?;
    closed.ok_or_else(|| {
        Fault::expected(format!("{descriptors} open descriptors, as before")).got(now.to_string())
    })
}

/// The server while it runs; it is killed with this.
struct Running {
    child: Child,
    /// The lines of its stderr that tell of a panic.
    panics: Receiver<String>,
}

impl Running {
    /// Starts it, and returns where it listens.
    fn start(program: &str, args: &[&str]) -> Result<(Running, SocketAddr), Fault> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the reference is tried as it is; nobody's program is judged"
        )]
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {OPEN_FILES} && exec \"$0\" \"$@\""), program]).args(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let panics = panics_of(child.stderr.take().expect("stderr is piped"));
        let server = Running { child, panics };
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        // What it says of its clients is read, too: a full pipe would stop it.
        std::thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
        let address =
            ready_address(&line).ok_or_else(|| Fault::expected("the ready line").got(format!("{line:?}")))?;
        Ok((server, address))
    }

    /// Expects no panic so far, of any thread, and the server to be there still.
    fn expect_well(&mut self) -> Result<(), Fault> {
        let status = self.child.try_wait()?;
        // Of one that has ended, the log has an end, too: its last words are waited for.
        let panic = if status.is_some() { self.panics.recv().ok() } else { self.panics.try_recv().ok() };
        match (panic, status) {
            (Some(panic), _) => Err(Fault::expected("no panic").got(panic)),
            (None, Some(status)) => Err(Fault::expected("the server to go on").got(status.to_string())),
            (None, None) => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a log to its end, and passes on what in it tells of panics.
fn panics_of(log: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, panics) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(log).lines().map_while(Result::ok);
        for line in lines.filter(|line| line.contains("panicked at")) {
            // Nobody asks any more once something else was wrong.
            let _ = sender.send(line);
        }
    });
    panics
}
