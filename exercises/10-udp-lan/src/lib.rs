//! Lab 10: how large a datagram may be, and how one datagram reaches many.
//!
//! A network carries packets up to a length, its *MTU*. It has addresses that stand for everybody on it (*broadcast*),
//! and addresses that stand for whoever has asked for them (*multicast*). TCP hides all this, and can't use any of it.
//!
//! # What goes over the wire
//!
//! | program | sends |
//! |---|---|
//! | `mtu-probe` | one datagram of 999,999 times `#`, which the kernel refuses; with `--allow-frag` 65,507, in fragments |
//! | `udp-broadcast client` | `Broadcast datagram!` to the address given |
//! | `udp-multicast client` | its message to the group, from the interface given |
//!
//! The two servers answer nothing.
//!
//! # What the programs print
//!
//! | program | lines on standard output |
//! |---|---|
//! | `mtu-probe` | `Alas, the datagram did not make it` or `The big datagram was sent!`, then `Actual MTU: N` and `Largest UDP payload: N` |
//! | `udp-broadcast server` | `UDP broadcast server listening on ADDRESS`, then for each datagram `The client at ADDRESS says: "TEXT"` |
//! | `udp-multicast server` | `UDP multicast server listening on ADDRESS`, and the same |
//!
//! An address is written `127.0.0.1:1060`. Bytes that are no text are shown as `�` (U+FFFD).
//!
//! # Modules
//!
//! - [`mtu`]: how long a packet may be on the way to a host
//! - [`server`]: a socket that shares its port with others, and what both servers do with it
//! - [`bcast`]: to everybody on a network
//! - [`mcast`]: to whoever has joined a group

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod bcast;
pub mod mcast;
pub mod mtu;
pub mod server;

/// The largest payload of a datagram over IPv4, in bytes: 65,535 less 20 and 8 of headers.
pub const LARGEST_DATAGRAM: usize = 65_507;

/// The port of all three programs, unless `-p` says otherwise.
pub fn default_port() -> u16 {
    todo!("the port that the contract gives to this family of programs")
}
