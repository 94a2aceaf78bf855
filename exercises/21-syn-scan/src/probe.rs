//! The question: a bare SYN to one port.

use std::hash::{BuildHasher, RandomState};
use std::net::Ipv4Addr;

use pnet::packet::tcp::{MutableTcpPacket, TcpFlags, ipv4_checksum};

/// One SYN, and with that everything an answer to it must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Our address.
    pub src: Ipv4Addr,
    /// The address that is scanned.
    pub dst: Ipv4Addr,
    /// Our port.
    pub sport: u16,
    /// The port that is scanned.
    pub dport: u16,
    /// Our initial sequence number.
    pub seq: u32,
}

/// Where Linux never puts a connection of its own (its ephemeral ports end at 60999), so that no probe can disturb
/// one.
pub const SOURCE_PORTS: std::ops::RangeInclusive<u16> = 61000..=65535;

impl Probe {
    /// A probe of one port, from a source port and with a sequence number that a stranger can't guess: both come from
    /// a hash of the port under a `secret` key (as initial sequence numbers do, RFC 6528).
    pub fn new(src: Ipv4Addr, dst: Ipv4Addr, dport: u16, secret: &RandomState) -> Probe {
        todo!("draw a source port out of SOURCE_PORTS and a sequence number from secret.hash_one(…)")
    }
}

/// The probe as a TCP segment: a header of 20 bytes, SYN and no other flag, checksum included.
pub fn build(probe: &Probe) -> Vec<u8> {
    todo!("fill a MutableTcpPacket; the checksum last, over the pseudo-header too")
}
