//! Lab 03: a blocking echo server and its interactive client.
//!
//! A TCP connection carries bytes, not messages: what one side writes at once may reach the other in several
//! reads, and several writes may arrive as one. So both programs of this lab need a rule of their own for
//! where a message ends. Here it is the newline.
//!
//! # What goes over the wire
//!
//! *Line mode*, the server's default. A request is the bytes up to a `\n`; one `\r` before it belongs to the
//! line's end, not to the request. Every request gets one answer, which ends with `\n`:
//!
//! | request | answer |
//! |---|---|
//! | `TIME`, in any case, with or without spaces around it | `SERVER TIME: YYYY-MM-DD HH:MM:SS`, in UTC |
//! | longer than `--max-line` bytes (65,536) | `ERROR line too long`, and the connection ends |
//! | anything else, text or not | the prefix (`ECHO: `), then the same bytes |
//!
//! Bytes that the client leaves without a newline before it closes are a request too, and are answered.
//!
//! *Exact mode*: every byte comes back as it is, in order, until the client closes.
//!
//! Either way the server closes when its client has finished, and takes the next one: one client at a time.
//! What goes wrong with one client never ends the server.
//!
//! # Modules
//!
//! - [`lines`]: the next line of a byte stream, without trusting the peer to keep it short
//! - [`server`]: the two ways to echo, and the loop that accepts clients
//! - [`client`]: one message out, one reply in, until the user has had enough

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod client;
pub mod lines;
pub mod server;
