//! Lab 12: asks a time server what time it is, in 48 bytes made by hand.
//!
//! This is SNTP, the Simple Network Time Protocol: the packets of NTP (RFC 5905), and one question instead of a
//! clock that is disciplined all day.
//!
//! | module | holds | from you |
//! |---|---|---|
//! | [`packet`] | the 48 bytes and what they mean | `to_bytes`, `parse` |
//! | [`time`] | NTP's way to write a time, and what four of them tell | `from_system`, `to_system`, `offset_delay` |
//! | [`client`] | one question over UDP, and which answers to believe | `query` |
//!
//! # What goes over the wire
//!
//! The client sends one datagram of 48 bytes: version 4, mode 3 (client), its own time as the transmit timestamp,
//! and zero in all other fields. The server answers with 48 bytes or more, of which the client reads the first 48.
//!
//! *An answer* comes from the server's address and port, has at least 48 bytes, is of mode 4 (server), and repeats
//! as its origin timestamp the transmit timestamp of the request. Whatever else arrives is ignored: it costs no
//! try, and the client waits on for what is left of its time.
//!
//! *An answer that must not be used* ends the client: stratum 0 is a kiss of death, with four letters that say why;
//! and the server's clock is not synchronised if its leap indicator is 3, its stratum 16 or more, or its transmit
//! timestamp zero.
//!
//! The programs in `src/bin` are given: the client `sntp`, and the server `fake-ntp`, which lies as you tell it to.

pub mod client;
pub mod packet;
pub mod time;
