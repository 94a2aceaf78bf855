//! Lab 02: two programs that meet over TCP for the first time, and a server that tells the time.
//!
//! # What goes over the wire
//!
//! *The hello server.* The client speaks first. The server reads once, at most 1,024 bytes, and answers
//! `Hello! You are connection #<n>`, without a newline. Then it closes, and takes the next client. `n` is 1
//! for the first connection that the server accepts, and grows by one with each, also with those that say
//! nothing.
//!
//! *Its client.* It sends its message as it is, without anything behind it, and reads until the server
//! closes.
//!
//! *The time server.* The server speaks first, and nobody answers: `YYYY-MM-DDTHH:MM:SS.ffffffZ` in UTC and
//! a newline. Then it closes.
//!
//! A server serves one client after another, and one at a time. What goes wrong with a client never ends it.
//! It always closes with [`labkit::close`], so that its last words arrive.
//!
//! # What the programs print
//!
//! | program | lines on standard output |
//! |---|---|
//! | hello server | `TCP Server listening on ADDRESS`, then for each client `Connection #N from ADDRESS` and `Received: TEXT` |
//! | its client | `Connected to ADDRESS`, then `Received: TEXT` |
//! | time server | `Time server listening on ADDRESS`, then for each client `Connected to ADDRESS` |
//!
//! An address is written `127.0.0.1:8080`. Bytes from the network that are no text are shown as `�`
//! (U+FFFD).
//!
//! All that you write is in this file. [`listen()`] and the three programs in `src/bin` are given.

mod listen;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::time::SystemTime;

pub use listen::listen;

/// How much of a message the hello server reads, in bytes.
const MAX_MESSAGE: usize = 1024;

/// How much of a reply the client reads, in bytes: many times what an honest server sends.
const MAX_REPLY: u64 = 64 * 1024;

/// The hello server's port, unless `--port` says otherwise.
pub fn default_hello_port() -> u16 {
    // begin solution: the port that the contract gives to the hello server
    8080
    // end solution
}

/// The time server's port, unless `--port` says otherwise.
pub fn default_time_port() -> u16 {
    // begin solution: the port that the contract gives to the time server
    65_431
    // end solution
}

/// How many connections may wait for the hello server, unless `--backlog` says otherwise.
pub fn default_backlog() -> u16 {
    // begin solution: the backlog that the contract asks for
    5
    // end solution
}

/// Greets one client after another, and tells each of them which connection it is.
///
/// Writes to `out` where it listens, and then who comes and what they say; each line as soon as it is true.
/// What goes wrong with a client is logged.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve_hello(listener: &TcpListener, out: &mut impl Write) -> io::Result<()> {
    // begin solution: print the ready line; then accept, count, print and answer client after client
    say(out, &format!("TCP Server listening on {}", listener.local_addr()?))?;

    let mut connections = 0;
    loop {
        let (stream, client) = listener.accept()?;
        connections += 1;
        say(out, &format!("Connection #{connections} from {client}"))?;
        match answer(stream, connections) {
            Ok(message) => say(out, &format!("Received: {message}"))?,
            // One client's trouble is not the server's: the next one is waiting.
            Err(error) => labkit::log!(warn, "{client}: {error}"),
        }
    }
    // end solution
}

/// Talks with one client, the `n`-th: reads once what it says, greets it, and closes. Returns what it said.
///
/// # Errors
///
/// When the connection breaks: the client reset it, or vanished.
pub fn answer(mut stream: TcpStream, n: u64) -> io::Result<String> {
    // begin solution: read once, greet, close with labkit::close, and return the bytes that were read as text
    let mut buffer = [0; MAX_MESSAGE];
    let length = stream.read(&mut buffer)?;
    stream.write_all(format!("Hello! You are connection #{n}").as_bytes())?;
    labkit::close(stream)?;

    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
    // end solution
}

/// Says `msg` to the server at `addr`, and listens until the server closes.
///
/// `addr` is whatever [`TcpStream::connect`] takes; of several addresses the first that answers counts.
/// Writes to `out` with whom it is connected as soon as it is, and at the end what was received.
///
/// # Errors
///
/// When no connection can be made, when it breaks, or when `out` can't be written.
pub fn hello_client(addr: impl ToSocketAddrs, msg: &str, out: &mut impl Write) -> io::Result<()> {
    // begin solution: connect and say so, send the message, read until the server closes, print the reply
    let mut stream = TcpStream::connect(addr)?;
    say(out, &format!("Connected to {}", stream.peer_addr()?))?;

    stream.write_all(msg.as_bytes())?;
    let mut reply = Vec::new();
    stream.take(MAX_REPLY).read_to_end(&mut reply)?;
    say(out, &format!("Received: {}", String::from_utf8_lossy(&reply)))
    // end solution
}

/// Tells one client after another the time, by the clock `now`; with `once` only the first.
///
/// Writes to `out` where it listens, and then who comes; each line as soon as it is true. What goes wrong
/// with a client is logged.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve_time(
    listener: &TcpListener,
    once: bool,
    now: fn() -> SystemTime,
    out: &mut impl Write,
) -> io::Result<()> {
    // begin solution: print the ready line; then accept, print, tell the time and close, client after client
    say(out, &format!("Time server listening on {}", listener.local_addr()?))?;

    loop {
        let (stream, client) = listener.accept()?;
        say(out, &format!("Connected to {client}"))?;
        if let Err(error) = tell_time(stream, now()) {
            labkit::log!(warn, "{client}: {error}");
        }
        if once {
            return Ok(());
        }
    }
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Sends the time and closes.
fn tell_time(mut stream: TcpStream, now: SystemTime) -> io::Result<()> {
    stream.write_all(format!("{}\n", labkit::time::iso8601(now)).as_bytes())?;
    labkit::close(stream)?;
    Ok(())
}

/// Writes one line, and flushes it: `out` holds back what it gets until it has some kilobytes, or is told
/// to.
fn say(out: &mut impl Write, line: &str) -> io::Result<()> {
    writeln!(out, "{line}")?;
    out.flush()
}
// end solution item
