//! The server: one socket for everybody.

use std::io::{self, Write};
use std::net::UdpSocket;

use labkit::say;

use crate::MAX_DATAGRAM;

/// What the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Reply {
    /// How many messages it has got so far
    Counter,
    /// How many bytes the message has
    Length,
    /// Nothing
    None,
}

/// The server's port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    todo!("the port that the contract gives to the server")
}

/// The answer to `message`, which is the `n`-th; `None` if there is to be none.
pub fn answer(reply: Reply, n: u64, message: &[u8]) -> Option<String> {
    todo!("the text of the contract for each kind of reply")
}

/// Receives one datagram after another, from whomever, and answers each to where it came from.
///
/// Writes to `out` where it listens, and then who says what; each line as soon as it is true. An answer that can't be sent
/// is logged.
///
/// # Errors
///
/// When the socket can't receive any more, or `out` can't be written.
pub fn serve(socket: &UdpSocket, reply: Reply, out: &mut impl Write) -> io::Result<()> {
    todo!("print the ready line; then receive, count, print and answer datagram after datagram")
}
