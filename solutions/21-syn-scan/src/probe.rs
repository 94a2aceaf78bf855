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
        // begin solution: draw a source port out of SOURCE_PORTS and a sequence number from secret.hash_one(…)
        let random = secret.hash_one((dst, dport));
        let (seq, rest) = (random as u32, (random >> 32) as u16);
        let sport = SOURCE_PORTS.start() + rest % SOURCE_PORTS.len() as u16;
        Probe { src, dst, sport, dport, seq }
        // end solution
    }
}

/// The probe as a TCP segment: a header of 20 bytes, SYN and no other flag, checksum included.
pub fn build(probe: &Probe) -> Vec<u8> {
    // begin solution: fill a MutableTcpPacket; the checksum last, over the pseudo-header too
    let mut bytes = vec![0; MutableTcpPacket::minimum_packet_size()];
    let mut segment = MutableTcpPacket::new(&mut bytes).expect("the buffer is as long as the header");
    segment.set_source(probe.sport);
    segment.set_destination(probe.dport);
    segment.set_sequence(probe.seq);
    segment.set_data_offset(5);
    segment.set_flags(TcpFlags::SYN);
    segment.set_window(64240);
    // RFC 793 §3.1: the checksum covers both addresses, which are not in the segment.
    segment.set_checksum(ipv4_checksum(&segment.to_immutable(), &probe.src, &probe.dst));
    bytes
    // end solution
}
