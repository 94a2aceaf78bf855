//! The client: one datagram there, and one back.

use std::io::{self, BufRead, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use labkit::say;

use crate::MAX_DATAGRAM;
use crate::error::AskError;

/// What a person at a terminal is asked with.
pub const PROMPT: &str = "Enter message: ";

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct AskOptions {
    /// How long to wait for the reply; more than nothing.
    pub timeout: Duration,
    /// Whether the socket is to be connected to the server before anything is sent.
    pub connected: bool,
    /// Whether to wait for a reply at all.
    pub wait: bool,
}

/// How long to wait for a reply, unless `--timeout` says otherwise.
pub fn default_timeout() -> Duration {
    todo!("the time of the contract")
}

/// What to say, unless somebody says otherwise.
pub fn default_message() -> &'static str {
    todo!("the message of the contract")
}

/// Decides what to say: what was `given` on the command line, also if that is empty. Else, `at_terminal`, the line that a
/// person types there after [`PROMPT`] (on `out`), without its newline. Else [`default_message`]: nobody is there to answer.
///
/// `None`: the person pressed Ctrl+D instead, and has nothing to say.
///
/// # Errors
///
/// Those of `input` and `out`.
pub fn message(
    given: Option<String>,
    at_terminal: bool,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> io::Result<Option<Vec<u8>>> {
    todo!("what was given; else at a terminal a line after the prompt; else the default")
}

/// Sends `message` to the server in one datagram, and waits for one in return if `options` say so.
///
/// Writes to `out` where the message went, as soon as it is gone, and what came from where.
///
/// # Errors
///
/// [`AskError::NoReply`] if nothing came until the timeout. [`AskError::Io`] if the datagram can't be sent, if a connected
/// socket was told that nobody is there, or if `out` can't be written.
pub fn ask(
    server: SocketAddr,
    message: &[u8],
    options: &AskOptions,
    out: &mut impl Write,
) -> Result<(), AskError> {
    todo!("make a socket, send the message and say so; wait for the reply until the timeout, and print it")
}

// Your part: steps that you like to have as functions of their own
