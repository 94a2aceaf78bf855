//! Ethernet frames, from a capture file or from an interface (with the feature `sniff`).
//!
//! A file holds what somebody saw before, and needs no privilege: [`Frames`]. An interface shows what passes now, and
//! needs CAP_NET_RAW: [`Live`]. Both give [`Packet`](crate::pcap::Packet)s: time, length on the wire, and the bytes from
//! the Ethernet header on.

mod copies;
mod error;
mod frames;
mod live;

pub use error::Error;
pub use frames::Frames;
pub use live::Live;
