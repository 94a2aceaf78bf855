//! Lab 05: two correct programs that wait for each other for ever, and what helps.
//!
//! # What goes over the wire
//!
//! The client sends the 16 bytes `capitalize this!` again and again. When it has sent all, it says so (FIN), and reads on to
//! the end. The server returns every byte that it gets, in the same order, with ASCII letters in upper case. It does so as it
//! goes, with 1,024 bytes at a time at most, and closes when the client has finished and everything is returned.
//!
//! Neither keeps more than a few kilobytes in memory, however much passes through.
//!
//! # What the programs print
//!
//! | program | lines on standard output |
//! |---|---|
//! | server | `Capitalizing server listening on ADDRESS` |
//! | client | `Sending N bytes of data, in chunks of 16 bytes` at once; at the end `N bytes sent`, `The first data received says "CAPITALIZE THIS!"` and `N bytes received` |
//!
//! A client for which nothing moves in either direction for so long ends with exit code 5 and the error
//! `deadlock: no progress for 5s after N bytes sent`; one that gets anything but its own text in upper case, all of it and no
//! more, with exit code 6.
//!
//! You write in `server.rs`, `data.rs`, `stall.rs`, `incoming.rs` and `client.rs`. [`error`], [`socket`] and `main.rs` are given.

pub mod client;
pub mod data;
pub mod error;
pub mod incoming;
pub mod server;
pub mod socket;
pub mod stall;
