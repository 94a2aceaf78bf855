//! Plays a `.peer` script over real connections, or with datagrams.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use wire::peer::{Action, Role, Script, Step};

use crate::bench::Bench;
use crate::connection::{Connection, End};
use crate::fault::Fault;
use crate::server::Server;

/// Plays a script that connects (`connect`) against a student's server.
///
/// A fault names the script's line.
pub fn play(script: &Script, server: &Server) -> Result<(), Fault> {
    if script.role != Role::Connect {
        return Err(Fault::infra("a script that listens can't be played against a server"));
    }
    play_over(script, |label| server.connect_as(label))
}

/// Plays a script over connections that `open` makes or accepts, in the order in which the script names them.
pub fn play_over(
    script: &Script,
    mut open: impl FnMut(&str) -> Result<Connection, Fault>,
) -> Result<(), Fault> {
    let several = script.steps.iter().any(|step| step.connection != 'A');
    let mut connections: BTreeMap<char, Connection> = BTreeMap::new();
    for step in &script.steps {
        let label = if several { step.connection.to_string() } else { String::new() };
        let mut connection = match connections.remove(&step.connection) {
            Some(connection) => connection,
            None => open(&label)?,
        };
        let done = match &step.action {
            Action::Open => Ok(()),
            Action::Expect(bytes) => connection.expect_bytes(bytes),
            Action::ExpectLine(pattern) => connection.line().and_then(|line| {
                let text = line.strip_suffix(b"\n").unwrap_or(&line);
                match pattern.matches(text) {
                    true => Ok(()),
                    false => {
                        Err(Fault::expected(format!("a line like {pattern}")).got(wire::bytes::escape(&line)))
                    }
                }
            }),
            Action::ExpectEof { within, or_reset } => expect_end(&mut connection, *within, true, *or_reset),
            Action::ExpectReset { within } => expect_end(&mut connection, *within, false, true),
            Action::Send { bytes, wait: true } => connection.send_and_wait_until_read(bytes),
            Action::Send { bytes, wait: false } => connection.send(bytes),
            Action::Fin => connection.fin(),
            Action::Rst => {
                connection.reset()?;
                continue;
            }
            Action::Hold(silence) => hold(&mut connection, *silence),
        };
        done.map_err(|fault| at_line(fault, step))?;
        connections.insert(step.connection, connection);
    }
    Ok(())
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
    match connection.wait_for_end(within)? {
        Some(End::Fin) if fin => Ok(()),
        Some(End::Reset) if reset => Ok(()),
        Some(end) => Err(Fault::expected("the connection's reset (RST)").got(format!("{end:?}"))),
        None => {
            Err(Fault::expected("the connection's end")
                .but_waited(format!("it is still open after {within:?}")))
        }
    }
}

/// Keeps silent for that long; what arrives meanwhile stays for the next expectation, and an end cuts it short.
fn hold(connection: &mut Connection, silence: Duration) -> Result<(), Fault> {
    connection.wait_for_end(silence).map(drop)
}
