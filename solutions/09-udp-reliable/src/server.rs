//! A server that answers, unless it pretends that the request was lost.

use std::io::{self, ErrorKind, Write};
use std::net::UdpSocket;

use labkit::say;

use crate::LARGEST_DATAGRAM;
use crate::chance::Chance;
use crate::wire::{Kind, Msg, decode, encode};

/// What a script does to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// `D`: it is lost.
    Drop,
    /// `P`: it passes.
    Pass,
}

/// Which requests are lost.
#[derive(Debug, Clone)]
pub struct DropPolicy {
    /// The fates of the next requests, one after the other; those behind its end pass. Without a script, chance decides.
    pub script: Option<std::vec::IntoIter<Fate>>,
    /// Which part of the requests chance loses: 0 for none, 1 for all.
    pub rate: f64,
    /// The chance.
    pub chance: Chance,
}

impl DropPolicy {
    /// Decides about the next request: whether it is lost.
    pub fn loses_next(&mut self) -> bool {
        // begin solution: by the script, if there is one; otherwise by chance
        match &mut self.script {
            Some(script) => script.next() == Some(Fate::Drop),
            None => self.chance.draw() < self.rate,
        }
        // end solution
    }
}

/// Answers request after request, except those that `drop` loses.
///
/// Writes to `out` where it listens, and what becomes of each request; each line as soon as it is true. What is no
/// request is ignored, and `drop` is not asked about it. A response that can't be sent is logged.
///
/// # Errors
///
/// When nothing can be received any more, or `out` can't be written.
pub fn serve(socket: &UdpSocket, mut drop: DropPolicy, out: &mut impl Write) -> io::Result<()> {
    // begin solution: print the ready line; then receive, decode, drop or answer, datagram after datagram
    say(out, &format!("UDP server listening on {}", socket.local_addr()?))?;

    let mut buffer = [0; LARGEST_DATAGRAM];
    loop {
        let (length, client) = match socket.recv_from(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            received => received?,
        };
        let Ok(Msg { kind: Kind::Request, id, payload }) = decode(&buffer[..length]) else { continue };
        if drop.loses_next() {
            say(out, &format!("Pretending to drop packet from {client}"))?;
            continue;
        }
        say(out, &format!("The client at {client} says {:?}", String::from_utf8_lossy(&payload)))?;
        let text = format!("Your data was {} bytes long", payload.len());
        let response = encode(&Msg { kind: Kind::Response, id, payload: text.into_bytes() });
        // One client's trouble is not the server's: port 0, as an example, can't be answered.
        if let Err(error) = socket.send_to(&response, client) {
            labkit::log!(warn, "{client}: {error}");
        }
    }
    // end solution
}
