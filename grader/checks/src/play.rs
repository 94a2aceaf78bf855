//! Plays a `.peer` script over real connections, or with datagrams.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use wire::peer::{Action, Pattern, Role, Script, Step};

use crate::bench::Bench;
use crate::connection::{Connection, End};
use crate::deadline::{Deadline, SLACK};
use crate::fault::{Fault, Kind, ensure};
use crate::server::Server;

/// The "letter" of the connection over which `stats` asks.
pub const ASKER: char = '?';

/// How far a script went: see [`play_as_far_as_it_goes`].
#[derive(Debug, Default)]
pub struct Played {
    /// How many steps were done.
    pub done: usize,
    /// What did not come true at the step after those, if there is one.
    pub fault: Option<Fault>,
    /// The connections that the script has left open on its side, by their letters; that of `stats` is [`ASKER`].
    pub connections: BTreeMap<char, Connection>,
    /// When each of them was opened, or last sent something.
    pub last_sent: BTreeMap<char, Instant>,
}

/// Plays a script that connects (`connect`) against a student's server.
///
/// A fault names the script's line.
pub fn play(script: &Script, server: &Server) -> Result<(), Fault> {
    play_as_far_as_it_goes(script, server)?.fault.map_or(Ok(()), Err)
}

/// As [`play`], for scripts that are themselves on trial: what does not come true ends the script and not the check, and
/// its connections stay open.
pub fn play_as_far_as_it_goes(script: &Script, server: &Server) -> Result<Played, Fault> {
    if script.role != Role::Connect {
        return Err(Fault::expected("a script that connects").got("one that listens"));
    }
    let played = play_steps(script, |label| server.connect_as(label), Some(server));
    match played.fault {
        Some(fault) if fault.kind == Kind::Infra => Err(fault),
        _ => Ok(played),
    }
}

/// Plays a script over connections that `open` makes or accepts, in the order in which the script names them.
pub fn play_over(script: &Script, open: impl FnMut(&str) -> Result<Connection, Fault>) -> Result<(), Fault> {
    play_steps(script, open, None).fault.map_or(Ok(()), Err)
}

fn play_steps(
    script: &Script,
    mut open: impl FnMut(&str) -> Result<Connection, Fault>,
    server: Option<&Server>,
) -> Played {
    let several = script.steps.iter().any(|step| step.connection != 'A');
    let mut played = Played::default();
    for step in &script.steps {
        let label = if several { step.connection.to_string() } else { String::new() };
        let done = match &step.action {
            Action::Signal(signal) => of_server(server).and_then(|server| send_signal(server, *signal)),
            Action::Stats(pattern) => {
                of_server(server).and_then(|server| played.expect_stats(server, pattern.as_ref()))
            }
            action => on_its_connection(action, step.connection, &mut played, || open(&label)),
        };
        if let Err(fault) = done {
            played.fault = Some(at_line(fault, step));
            break;
        }
        played.done += 1;
    }
    played
}

/// A step that belongs to a connection, which is opened if it is the connection's first.
fn on_its_connection(
    action: &Action,
    letter: char,
    played: &mut Played,
    open: impl FnOnce() -> Result<Connection, Fault>,
) -> Result<(), Fault> {
    let mut connection = match played.connections.remove(&letter) {
        Some(connection) => connection,
        None => {
            played.last_sent.insert(letter, Instant::now());
            open()?
        }
    };
    let done = match action {
        Action::Open => Ok(()),
        Action::Expect(bytes) => connection.expect_bytes(bytes),
        Action::ExpectLine(pattern) => connection.line().and_then(|line| expect_match(pattern, &line)),
        Action::ExpectEof { within, or_reset } => expect_end(&mut connection, *within, true, *or_reset),
        Action::ExpectReset { within } => expect_end(&mut connection, *within, false, true),
        Action::Send { bytes, wait } => {
            played.last_sent.insert(letter, Instant::now());
            if *wait { connection.send_and_wait_until_read(bytes) } else { connection.send(bytes) }
        }
        Action::Fin => connection.fin(),
        Action::Rst => return connection.reset(),
        Action::Hold(silence) => hold(&mut connection, *silence),
        Action::Signal(_) | Action::Stats(_) => Err(Fault::infra("this step belongs to no connection")),
    };
    played.connections.insert(letter, connection);
    done
}

fn of_server(server: Option<&Server>) -> Result<&Server, Fault> {
    server
        .ok_or_else(|| Fault::infra("only a script that is played against a server has `signal` and `stats`"))
}

/// Sends a signal, and waits until the server has dealt with it: what comes next must not overtake it.
fn send_signal(server: &Server, signal: wire::peer::Signal) -> Result<(), Fault> {
    server.signal(match signal {
        wire::peer::Signal::Int => Signal::SIGINT,
        wire::peer::Signal::Term => Signal::SIGTERM,
    })?;
    server.wait_until_asleep()
}

impl Played {
    /// Waits until the server sleeps, and asks it for `STATS`, each time over the same connection: one that leaks
    /// connections is not to be drained by being asked. The answer, with its newline.
    pub fn stats(&mut self, server: &Server) -> Result<Vec<u8>, Fault> {
        server.wait_until_asleep()?;
        let asker = match self.connections.entry(ASKER) {
            Entry::Occupied(asker) => asker.into_mut(),
            Entry::Vacant(place) => place.insert(server.connect_as("stats")?),
        };
        self.last_sent.insert(ASKER, Instant::now());
        asker.send(b"STATS\n")?;
        asker.line()
    }

    /// Asks again for a while if it isn't the answer that was hoped for.
    fn expect_stats(&mut self, server: &Server, pattern: Option<&Pattern>) -> Result<(), Fault> {
        let deadline = Deadline::after(SLACK);
        let mut last = Ok(());
        deadline.try_poll(|| {
            let line = self.stats(server)?;
            last = pattern.map_or(Ok(()), |pattern| expect_match(pattern, &line));
            Ok::<_, Fault>(last.is_ok().then_some(()))
        })?;
        last
    }
}

fn expect_match(pattern: &Pattern, line: &[u8]) -> Result<(), Fault> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    ensure(pattern.matches(text), || {
        Fault::expected(format!("a line like {pattern}")).got(wire::bytes::escape(line))
    })
}

/// Plays a script that connects against a student's UDP server: each letter is a peer with a socket of its own, and each
/// string a datagram of its own.
///
/// A fault names the script's line.
pub fn play_datagrams(script: &Script, bench: &mut Bench, server: SocketAddr) -> Result<(), Fault> {
    let mut peers = BTreeMap::new();
    for step in &script.steps {
        let peer = match peers.remove(&step.connection) {
            Some(peer) => peer,
            None => bench.udp_peer_as(&step.connection.to_string())?,
        };
        let done = match &step.action {
            Action::Open => Ok(()),
            Action::Send { bytes, .. } => peer.send(server, bytes),
            Action::Expect(bytes) => peer.expect(bytes).map(drop),
            _ => Err(Fault::infra("a script for datagrams only sends strings and expects them")),
        };
        done.map_err(|fault| at_line(fault, step))?;
        peers.insert(step.connection, peer);
    }
    Ok(())
}

fn at_line(mut fault: Fault, step: &Step) -> Fault {
    fault.expected = format!("{} (line {} of the script)", fault.expected, step.line);
    fault
}

fn expect_end(connection: &mut Connection, within: Duration, fin: bool, reset: bool) -> Result<(), Fault> {
    if fin && !reset {
        return connection.expect_eof_within(within);
    }
    let deadline = Deadline::after(within);
    match connection.wait_for_end_until(deadline)? {
        Some(End::Fin) if fin => Ok(()),
        Some(End::Reset) if reset => Ok(()),
        Some(end) => Err(Fault::expected("the connection's reset (RST)").got(format!("{end:?}"))),
        None => Err(Fault::expected("the connection's end")
            .but_waited(format!("it is still open after {:?}", deadline.limit()))),
    }
}

/// Keeps silent for that long; what arrives meanwhile stays for the next expectation, and an end cuts it short.
fn hold(connection: &mut Connection, silence: Duration) -> Result<(), Fault> {
    connection.wait_for_end(silence).map(drop)
}
