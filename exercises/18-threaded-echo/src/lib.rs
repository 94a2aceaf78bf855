//! Lab 18: an echo server with a thread for each client, and never more clients than it has places for.
//!
//! The server of lab 03 had time for one client at a time. This one gives each client a thread of its own, which may
//! wait for that client as long as it likes: nobody else notices. But a thread costs memory and a connection costs a
//! descriptor, so there is a limit to how many clients are served at once, and everything that a client took is given
//! back when it leaves, however it leaves.
//!
//! # What goes over the wire
//!
//! Lines, as in lab 03 (without its `TIME`). A request is the bytes up to a `\n`; one `\r` before it belongs to the
//! line's end, not to the request. Every request gets one answer, which ends with `\n`:
//!
//! | request | answer |
//! |---|---|
//! | longer than `--max-line` bytes (65,536) | `ERROR line too long`, and the connection ends |
//! | anything else, text or not | the prefix (`ECHO: `), then the same bytes |
//!
//! Bytes that the client leaves without a newline before it closes are a request too, and are answered.
//!
//! A client that comes when all places are taken is told `Server is full. Try again later.` and a newline, and then
//! the end of the stream (FIN).
//!
//! # What the log says
//!
//! One line each, with how many clients have a place *after* it: `connected ADDRESS active=N` when a client got a
//! place, `disconnected ADDRESS active=N` when that place is free again, `rejected ADDRESS active=N` when there was none.
//! What went wrong, if anything did, stands behind it.
//!
//! # Modules
//!
//! - [`slots`]: how many clients there are, and whether one more may come
//! - [`conversation`]: what one thread does for one client
//! - [`server`]: the loop that accepts clients, and what it does when it can't
//! - [`lines`]: the next line of a byte stream; given, it is lab 03's

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod conversation;
pub mod lines;
pub mod server;
pub mod slots;

/// The server's port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    todo!("the port that the contract gives to the server")
}

/// How many clients are served at once, unless `--max-clients` says otherwise.
pub fn default_max_clients() -> usize {
    todo!("the number of places that the contract asks for")
}
