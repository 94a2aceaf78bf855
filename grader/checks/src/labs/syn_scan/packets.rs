//! What crosses the wire in a SYN scan: probes, and what may pass for an answer to one.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use wire::tcp::{Flags, MSS_1460, Segment, segment};
use wire::{Mac, ether, icmp, ipv4};

use crate::{Bench, Fault, capture};

/// Who scans.
pub const SCANNER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
/// Who is scanned.
pub const TARGET: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
/// A host that nobody asked.
pub const STRANGER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 3);

/// A SYN, and with it all that makes an answer an answer.
///
/// An impostor is the right answer to another probe: one that differs in a single field.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// The scanner's address.
    pub src: Ipv4Addr,
    /// The address that is scanned.
    pub dst: Ipv4Addr,
    /// The scanner's port.
    pub sport: u16,
    /// The port that is scanned.
    pub dport: u16,
    /// The scanner's initial sequence number.
    pub seq: u32,
}

impl Probe {
    /// A probe of that port of the target; nobody can have guessed the rest.
    pub fn of(bench: &mut Bench, dport: u16) -> Probe {
        let random = bench.random();
        Probe { src: SCANNER, dst: TARGET, sport: random.u16(32_768..), dport, seq: random.u32(..) }
    }

    /// Its fields as the lab's probe takes them.
    pub fn words(&self) -> String {
        let Probe { src, dst, sport, dport, seq } = self;
        format!("{src} {dst} {sport} {dport} {seq}")
    }

    /// The SYN, in its IPv4 packet.
    pub fn syn(&self) -> Vec<u8> {
        let there = segment(SocketAddrV4::new(self.src, self.sport), SocketAddrV4::new(self.dst, self.dport));
        ipv4::packet(self.src, self.dst, ipv4::TCP, &there.flags(Flags::SYN).seq(self.seq).to_bytes())
    }

    /// A segment that comes back with these flags. With ACK it acknowledges the SYN (RFC 793 §3.4).
    pub fn answer(&self, flags: Flags) -> Vec<u8> {
        let mut back = self.back().flags(flags);
        if flags.contains(Flags::ACK) {
            back = back.ack(self.seq.wrapping_add(1));
        }
        if flags.contains(Flags::SYN) {
            back = back.seq(!self.seq).options(&MSS_1460);
        }
        ipv4::packet(self.dst, self.src, ipv4::TCP, &back.to_bytes())
    }

    /// The answer of an open port.
    pub fn syn_ack(&self) -> Vec<u8> {
        self.answer(Flags::SYN | Flags::ACK)
    }

    /// The answer of a closed port.
    pub fn rst_ack(&self) -> Vec<u8> {
        self.answer(Flags::RST | Flags::ACK)
    }

    /// A router's "destination unreachable" about the SYN.
    pub fn unreachable(&self, code: u8) -> Vec<u8> {
        self.sent_by_router(&icmp::unreachable(code, &self.syn()))
    }

    /// Any ICMP message of a router's that quotes the SYN.
    pub fn icmp(&self, kind: u8, code: u8) -> Vec<u8> {
        self.sent_by_router(&icmp::message(kind, code, [0; 4], &self.syn()[..28]))
    }

    fn sent_by_router(&self, message: &[u8]) -> Vec<u8> {
        ipv4::packet(wire::GATEWAY, self.src, ipv4::ICMP, message)
    }

    fn back(&self) -> Segment {
        segment(SocketAddrV4::new(self.dst, self.dport), SocketAddrV4::new(self.src, self.sport))
    }
}

/// An IPv4 packet between two hosts of 10.77.0.0/24, in its frame.
pub fn frame(packet: &[u8]) -> Vec<u8> {
    // The last octets of the source and destination addresses (RFC 791 §3.1).
    let [from, to] = [packet[15], packet[19]].map(Mac::of_host);
    ether::frame(from, to, ether::IPV4, packet)
}

/// An IPv4 packet in a broadcast frame: it reaches `lab0` whatever its MAC is.
pub fn to_everybody(packet: &[u8]) -> Vec<u8> {
    ether::frame(Mac::of_host(packet[15]), Mac::BROADCAST, ether::IPV4, packet)
}

/// A capture file of these packets, a millisecond apart.
pub fn capture_of(packets: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<u8>, Fault> {
    capture(Duration::from_millis(1), packets.into_iter().map(|packet| frame(&packet)))
}
