//! Lab 08: two programs that send each other datagrams.
//!
//! # What goes over the wire
//!
//! One datagram each way, and nothing before or after: there is no connection. Any bytes are a message, also none at all,
//! up to 65,507 of them.
//!
//! The server has one socket for everybody. To each datagram it answers with one of its own, to the address that the
//! datagram came from. The answer is text without a newline:
//!
//! | `--reply` | answer |
//! |---|---|
//! | `counter` | `Received! Message #<n>`, where `n` counts the datagrams of all clients together, from 1 on |
//! | `length` | `Your data was <n> bytes long` |
//! | `none` | nothing |
//!
//! What goes wrong with a client never ends the server.
//!
//! # What the programs print
//!
//! | program | lines on standard output |
//! |---|---|
//! | server | `UDP Server listening on ADDRESS`, then for each datagram `Message #N from ADDRESS: TEXT` |
//! | client | `Sent to ADDRESS` as soon as it is, then `Received from ADDRESS: TEXT` |
//!
//! An address is written `127.0.0.1:9090`. Bytes from the network that are no text are shown as `�` (U+FFFD).
//!
//! You write in `server.rs` and `client.rs`. [`error`] and the two programs in `src/bin` are given.

pub mod client;
pub mod error;
pub mod server;

/// Room for any datagram: its length stands in 16 bits (RFC 768).
pub const MAX_DATAGRAM: usize = 65_535;
