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

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

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
    todo!("the port that the contract gives to the hello server")
}

/// The time server's port, unless `--port` says otherwise.
pub fn default_time_port() -> u16 {
    todo!("the port that the contract gives to the time server")
}

/// How many connections may wait for the hello server, unless `--backlog` says otherwise.
pub fn default_backlog() -> u16 {
    todo!("the backlog that the contract asks for")
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
    todo!("print the ready line; then accept, count, print and answer client after client")
}

/// Talks with one client, the `n`-th: reads once what it says, greets it, and closes. Returns what it said.
///
/// # Errors
///
/// When the connection breaks: the client reset it, or vanished.
pub fn answer(mut stream: TcpStream, n: u64) -> io::Result<String> {
    todo!("read once, greet, close with labkit::close, and return the bytes that were read as text")
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
    todo!("connect and say so, send the message, read until the server closes, print the reply")
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
    todo!("print the ready line; then accept, print, tell the time and close, client after client")
}

// Your part: steps that you like to have as functions of their own
