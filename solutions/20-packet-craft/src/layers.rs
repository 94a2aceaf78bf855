//! What a frame says, layer by layer (given).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use pnet::util::MacAddr;
use thiserror::Error;

/// The bytes end before this header does, or the header contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no whole {0} header")]
pub struct Truncated(pub &'static str);

/// EtherTypes: what an Ethernet frame carries.
pub mod ether_type {
    /// The Internet Protocol, version 4.
    pub const IPV4: u16 = 0x0800;
    /// The Address Resolution Protocol.
    pub const ARP: u16 = 0x0806;
    /// A VLAN tag of IEEE 802.1Q: 2 bytes whose lower 12 bits are its number, then the EtherType of what follows.
    pub const VLAN: u16 = 0x8100;
    /// The Internet Protocol, version 6.
    pub const IPV6: u16 = 0x86dd;
    /// The outer one of two VLAN tags (IEEE 802.1ad).
    pub const OUTER_VLAN: u16 = 0x88a8;
}

/// A frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers<'a> {
    /// The link layer.
    pub ethernet: Ethernet,
    /// The network layer.
    pub network: Network<'a>,
}

/// An Ethernet header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ethernet {
    /// For whom the frame is.
    pub destination: MacAddr,
    /// Who sent it.
    pub source: MacAddr,
    /// The number of its first VLAN tag.
    pub vlan: Option<u16>,
    /// What it carries, behind all tags.
    pub ether_type: u16,
}

/// What a frame carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Network<'a> {
    /// An IPv4 packet.
    Ipv4(Ipv4<'a>),
    /// An IPv6 packet.
    Ipv6(Ipv6<'a>),
    /// ARP for IPv4 over Ethernet.
    Arp(Arp),
    /// Anything else.
    Other,
}

/// An IPv4 packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Ipv4<'a> {
    /// Who sent it.
    pub source: Ipv4Addr,
    /// For whom it is.
    pub destination: Ipv4Addr,
    /// How many more routers may pass it on.
    pub ttl: u8,
    /// The number of what it carries.
    pub protocol: u8,
    /// Its length as the header states it, header included.
    pub total_length: u16,
    /// The header with its options.
    pub header: &'a [u8],
    /// What it carries.
    pub transport: Transport<'a>,
}

/// An IPv6 packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Ipv6<'a> {
    /// Who sent it.
    pub source: Ipv6Addr,
    /// For whom it is.
    pub destination: Ipv6Addr,
    /// How many more routers may pass it on.
    pub hop_limit: u8,
    /// The number of what follows its header.
    pub next_header: u8,
    /// The length of what follows its header, as that states it.
    pub payload_length: u16,
    /// What it carries; `Other` behind extension headers.
    pub transport: Transport<'a>,
}

/// An ARP packet for IPv4 over Ethernet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arp {
    /// 1 asks, 2 answers.
    pub operation: u16,
    /// The card of who speaks.
    pub sender_mac: MacAddr,
    /// The address of who speaks.
    pub sender_ip: Ipv4Addr,
    /// The card of who is spoken to; nobody's in a question.
    pub target_mac: MacAddr,
    /// The address of who is spoken to.
    pub target_ip: Ipv4Addr,
}

/// What an IP packet carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Transport<'a> {
    /// A TCP segment.
    Tcp(Tcp<'a>),
    /// A UDP datagram.
    Udp(Udp<'a>),
    /// An ICMP message (of IPv4).
    Icmp(Icmp<'a>),
    /// A piece of a packet that is not its first: the headers are in another one.
    Fragment,
    /// Anything else.
    Other,
}

/// A TCP segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Tcp<'a> {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// The number of its first byte.
    pub seq: u32,
    /// The number of the next byte that its sender expects; counts with the flag ACK only.
    pub ack: u32,
    /// The flags, bits of `pnet::packet::tcp::TcpFlags`.
    pub flags: u8,
    /// How many more bytes are welcome.
    pub window: u16,
    /// The options, as they lie there.
    pub options: &'a [u8],
    /// How long its payload was on the wire, by the lengths in its headers.
    pub len: usize,
    /// Header and payload, as far as they were captured.
    pub bytes: &'a [u8],
}

/// A UDP datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Udp<'a> {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// Its length as the header states it, header included.
    pub length: u16,
    /// The checksum; 0 means that there is none.
    pub checksum: u16,
    /// Header and payload, as far as they were captured.
    pub bytes: &'a [u8],
}

/// An ICMP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icmp<'a> {
    /// Its type: 8 an echo request, 0 a reply, 3 "destination unreachable".
    pub kind: u8,
    /// What it says within the type.
    pub code: u8,
    /// The second word of its header; of an echo, identifier and sequence number.
    pub rest: [u8; 4],
    /// How long it was on the wire, by the lengths in the IPv4 header.
    pub len: usize,
    /// Header and payload, as far as they were captured.
    pub bytes: &'a [u8],
}

impl Layers<'_> {
    /// The addresses and the TCP segment, if the frame carries one.
    pub fn tcp(&self) -> Option<(IpAddr, IpAddr, &Tcp<'_>)> {
        let (source, destination, transport) = match &self.network {
            Network::Ipv4(packet) => (packet.source.into(), packet.destination.into(), &packet.transport),
            Network::Ipv6(packet) => (packet.source.into(), packet.destination.into(), &packet.transport),
            Network::Arp(_) | Network::Other => return None,
        };
        match transport {
            Transport::Tcp(segment) => Some((source, destination, segment)),
            _ => None,
        }
    }
}
