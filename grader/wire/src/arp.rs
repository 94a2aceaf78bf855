//! ARP for Ethernet and IPv4 (RFC 826): whole frames, as they lie on the wire.

use std::net::Ipv4Addr;

use etherparse::{ArpEthIpv4Packet, ArpOperation};

use crate::ether::{self, Mac};

/// The operation field's value in a request.
pub const REQUEST: u16 = 1;
/// The operation field's value in a reply.
pub const REPLY: u16 = 2;

/// An ARP packet's fields, for whoever needs to bend one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// [`REQUEST`], [`REPLY`], or anything else.
    pub operation: u16,
    /// Sender hardware address (sha).
    pub sender_mac: Mac,
    /// Sender protocol address (spa).
    pub sender_ip: Ipv4Addr,
    /// Target hardware address (tha).
    pub target_mac: Mac,
    /// Target protocol address (tpa).
    pub target_ip: Ipv4Addr,
}

impl Packet {
    /// The packet alone, 28 bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        ArpEthIpv4Packet {
            operation: ArpOperation(self.operation),
            sender_mac: self.sender_mac.0,
            sender_ipv4: self.sender_ip.octets(),
            target_mac: self.target_mac.0,
            target_ipv4: self.target_ip.octets(),
        }
        .to_bytes()
        .to_vec()
    }

    /// The packet in a frame between the given stations, which need not be those the packet speaks of.
    pub fn frame(self, source: Mac, destination: Mac) -> Vec<u8> {
        ether::frame(source, destination, ether::ARP, &self.to_bytes())
    }
}

/// "Who has `target`? Tell `sender_ip`", to everyone.
pub fn request(sender_mac: Mac, sender_ip: Ipv4Addr, target: Ipv4Addr) -> Vec<u8> {
    Packet { operation: REQUEST, sender_mac, sender_ip, target_mac: Mac::ZERO, target_ip: target }
        .frame(sender_mac, Mac::BROADCAST)
}

/// "`sender_ip` is at `sender_mac`", to one station.
pub fn reply(sender_mac: Mac, sender_ip: Ipv4Addr, target_mac: Mac, target_ip: Ipv4Addr) -> Vec<u8> {
    Packet { operation: REPLY, sender_mac, sender_ip, target_mac, target_ip }.frame(sender_mac, target_mac)
}

/// An announcement: a request whose sender and target address are both `ip` (RFC 5227 §3).
pub fn gratuitous(mac: Mac, ip: Ipv4Addr) -> Vec<u8> {
    request(mac, ip, ip)
}

/// A probe: "does anybody have `target`?" from a station that has no address yet, so its sender address is
/// 0.0.0.0 and nothing may be learnt from it (RFC 5227 §2.1.1).
pub fn probe(mac: Mac, target: Ipv4Addr) -> Vec<u8> {
    request(mac, Ipv4Addr::UNSPECIFIED, target)
}
