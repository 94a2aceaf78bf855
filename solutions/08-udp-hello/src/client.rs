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
    // begin solution: the time of the contract
    Duration::from_secs(2)
    // end solution
}

/// What to say, unless somebody says otherwise.
pub fn default_message() -> &'static str {
    // begin solution: the message of the contract
    "Hello from UDP client!"
    // end solution
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
    // begin solution: what was given; else at a terminal a line after the prompt; else the default
    if let Some(given) = given {
        return Ok(Some(given.into_bytes()));
    }
    if !at_terminal {
        return Ok(Some(default_message().into()));
    }
    write!(out, "{PROMPT}")?;
    out.flush()?;
    let mut line = Vec::new();
    if input.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    line.pop_if(|last| *last == b'\n');
    Ok(Some(line))
    // end solution
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
    // begin solution: make a socket, send the message and say so; wait for the reply until the timeout, and print it
    let socket = UdpSocket::bind(any_port_towards(server))?;
    if options.connected {
        socket.connect(server)?;
        socket.send(message)?;
    } else {
        socket.send_to(message, server)?;
    }
    say(out, &format!("Sent to {server}"))?;
    if !options.wait {
        return Ok(());
    }

    socket.set_read_timeout(Some(options.timeout))?;
    let mut buffer = [0; MAX_DATAGRAM];
    let (length, sender) = match socket.recv_from(&mut buffer) {
        Err(error) if is_timeout(&error) => return Err(AskError::NoReply(options.timeout)),
        received => received?,
    };
    say(out, &format!("Received from {sender}: {}", String::from_utf8_lossy(&buffer[..length])))?;
    Ok(())
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Where a client's socket is bound to: port 0 lets the kernel choose, and the address is of the server's kind.
fn any_port_towards(server: SocketAddr) -> SocketAddr {
    match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Whether the time is over: Unix calls this `WouldBlock`, Windows `TimedOut`.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
// end solution item
