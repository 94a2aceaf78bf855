//! Capture files: what tcpdump and Wireshark write, as a sequence of packets.
//!
//! Two formats are in use. A *pcap* file is a 24-byte header (magic number, link type) and then packets; the
//! magic number tells the byte order and whether times count micro- or nanoseconds. A *pcapng* file is a sequence of
//! blocks, of which some hold packets. [`Reader`] reads all of them, [`Writer`] writes pcap with nanoseconds.

mod error;
mod reader;
mod writer;

pub use error::{Error, Problem};
pub use reader::Reader;
pub use writer::Writer;

use std::fmt;
use std::time::Duration;

/// One packet of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// When it was captured: time since 1970-01-01 00:00:00 UTC. Zero where the format doesn't say.
    pub time: Duration,
    /// Its length on the wire, in bytes: more than `data` holds if the capture cut it (tcpdump's `-s`).
    pub original_len: u32,
    /// Its bytes, from the link layer's header on.
    pub data: Vec<u8>,
}

/// The protocol a packet's first byte belongs to: a number of the registry at tcpdump.org/linktypes.html.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// Ethernet II or IEEE 802.3.
    pub const ETHERNET: LinkType = LinkType(1);
    /// An IPv4 or IPv6 packet without any link layer.
    pub const RAW: LinkType = LinkType(101);
    /// tcpdump's `-i any`, old form.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// tcpdump's `-i any`.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            LinkType::ETHERNET => f.write_str("Ethernet"),
            LinkType::RAW => f.write_str("raw IP"),
            LinkType::LINUX_SLL => f.write_str("Linux cooked"),
            LinkType::LINUX_SLL2 => f.write_str("Linux cooked v2"),
            LinkType(number) => write!(f, "link type {number}"),
        }
    }
}

#[cfg(test)]
mod tests;
