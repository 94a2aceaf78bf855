//! Lab 04: two programs that tell each other exactly sixteen bytes, and a third one that turns the knobs of a socket.
//!
//! # What goes over the wire
//!
//! The client sends `Hi there, server`, the server answers `Farewell, client`: sixteen bytes each, with nothing in
//! front, between or behind. There is no newline and no length, because both sides know the length beforehand. The
//! server answers when it has all sixteen, not earlier, and whatever they are. Then it closes with
//! [`labkit::close`], and serves the next client.
//!
//! A peer that stops in the middle is told of in these words, by both programs:
//!
//! ```text
//! was expecting 16 bytes but only received 5 bytes before the socket closed
//! ```
//!
//! # What the programs print
//!
//! | program | lines on standard output |
//! |---|---|
//! | server | `Listening on A`; for each client `We have accepted a connection from A`, `  Socket name: A`, `  Socket peer: A`, then `  Incoming sixteen-octet message: "TEXT"`, and at the end `  Reply sent, socket closed` |
//! | client | `Client has been assigned socket name A`, then `The server said "TEXT"` |
//! | `sock-opts list` | `NAME=VALUE` for each option |
//! | `sock-opts set` | `requested=8192 effective=16384` |
//! | `sock-opts rebind` | `ok` or `EADDRINUSE` |
//! | `sock-opts nagle` | `p50=44.0 ms` |
//!
//! An address is written `127.0.0.1:1060`. The socket's *name* is the address of its own end, its *peer* that of the
//! other. A message is shown in quotes, and as `{:?}` shows a string: a newline in it as `\n`, bytes that are no text
//! as `�`.
//!
//! # Modules
//!
//! - [`io`]: all of so many bytes in, all of so many bytes out
//! - [`server`] and [`client`]: the two programs
//! - [`options`]: what a socket's options are, and how to change them
//! - [`rebind`] and [`nagle`]: two experiments with options

pub mod client;
pub mod io;
pub mod nagle;
pub mod options;
pub mod rebind;
pub mod server;

/// How long every message is, in bytes.
pub const LENGTH: usize = 16;

// begin solution item: the two messages, as constants of type &[u8; LENGTH]: so the compiler counts them for you
/// What the client says.
const GREETING: &[u8; LENGTH] = b"Hi there, server";

/// What the server answers.
const FAREWELL: &[u8; LENGTH] = b"Farewell, client";
// end solution item

/// The port of both programs, unless `-p` says otherwise.
pub fn default_port() -> u16 {
    // begin solution: the port that the contract gives to this pair of programs
    1060
    // end solution
}

/// How many connections may wait for the server, unless `--backlog` says otherwise.
pub fn default_backlog() -> u16 {
    // begin solution: the backlog that the contract asks for
    1
    // end solution
}
