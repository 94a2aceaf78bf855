//! What a frame says, layer by layer, as far as its bytes reach.

use std::net::Ipv4Addr;

use etherparse::checksum::Sum16BitWords;
use etherparse::{
    Icmpv4Slice, LaxIpv4Slice, LaxNetSlice, LaxSlicedPacket, LenSource, LinkSlice, TcpSlice, TransportSlice,
    UdpSlice,
};

use crate::arp;
use crate::ether::Mac;
use crate::icmp;
use crate::tcp::Flags;

/// The layers found in a frame. A layer that is cut off, malformed or not there is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decoded {
    /// Length of the frame in bytes, padding included.
    pub frame_len: usize,
    /// The link layer.
    pub ethernet: Option<Ethernet>,
    /// ARP for Ethernet and IPv4; other address types are not decoded.
    pub arp: Option<arp::Packet>,
    /// The network layer.
    pub ipv4: Option<Ipv4>,
    /// A TCP segment, if the packet is no fragment.
    pub tcp: Option<Tcp>,
    /// A UDP datagram, if the packet is no fragment.
    pub udp: Option<Udp>,
    /// An ICMP message, if the packet is no fragment.
    pub icmp: Option<Icmp>,
}

/// An Ethernet II header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ethernet {
    /// The station that sent the frame.
    pub source: Mac,
    /// The station it is for.
    pub destination: Mac,
    /// The EtherType behind any VLAN tags.
    pub ether_type: u16,
    /// The outermost IEEE 802.1Q VLAN id.
    pub vlan: Option<u16>,
}

/// An IPv4 header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipv4 {
    /// Who sent the packet.
    pub source: Ipv4Addr,
    /// Whom it is for.
    pub destination: Ipv4Addr,
    /// The number of the protocol inside.
    pub protocol: u8,
    /// Hops left.
    pub ttl: u8,
    /// Identification, for fragments.
    pub identification: u16,
    /// Header and payload in bytes, as the header states it.
    pub total_len: u16,
    /// Whether the packet is one of several fragments.
    pub fragmented: bool,
    /// Whether fewer bytes are there than the header states.
    pub truncated: bool,
    /// Whether the header's checksum is right.
    pub checksum_ok: bool,
    /// The options in their wire form.
    pub options: Vec<u8>,
}

/// A TCP segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tcp {
    /// Source port.
    pub sport: u16,
    /// Destination port.
    pub dport: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number, even where the ACK flag is not set.
    pub ack: u32,
    /// Header length in 32-bit words.
    pub data_offset: u8,
    /// The flags.
    pub flags: Flags,
    /// The advertised window, unscaled.
    pub window: u16,
    /// The checksum as found.
    pub checksum: u16,
    /// The checksum that these bytes should carry.
    pub expected_checksum: u16,
    /// Whether the two are the same (never so for a truncated packet).
    pub checksum_ok: bool,
    /// The urgent pointer.
    pub urgent_pointer: u16,
    /// The options in their wire form.
    pub options: Vec<u8>,
    /// Payload bytes.
    pub payload_len: usize,
    /// The payload.
    pub payload: Vec<u8>,
}

/// A UDP datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Udp {
    /// Source port.
    pub sport: u16,
    /// Destination port.
    pub dport: u16,
    /// Whether the checksum is right, or 0 for "not used" (RFC 768).
    pub checksum_ok: bool,
    /// The payload.
    pub payload: Vec<u8>,
}

/// An ICMP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icmp {
    /// The type: 0 echo reply, 3 destination unreachable, 8 echo request…
    pub kind: u8,
    /// The code.
    pub code: u8,
    /// Whether the checksum is right.
    pub checksum_ok: bool,
    /// The header's second word; in an echo, id and sequence number.
    pub rest: [u8; 4],
    /// What follows the 8-byte header.
    pub payload: Vec<u8>,
    /// In an error: the packet that it is about.
    pub about: Option<Quoted>,
}

impl Icmp {
    /// The identifier of an echo request or reply.
    pub fn echo_id(&self) -> Option<u16> {
        self.is_echo().then(|| u16::from_be_bytes([self.rest[0], self.rest[1]]))
    }

    /// The sequence number of an echo request or reply.
    pub fn echo_sequence(&self) -> Option<u16> {
        self.is_echo().then(|| u16::from_be_bytes([self.rest[2], self.rest[3]]))
    }

    fn is_echo(&self) -> bool {
        matches!(self.kind, icmp::ECHO_REPLY | icmp::ECHO_REQUEST)
    }
}

/// The packet that an ICMP error quotes: its header and at least 8 bytes (RFC 792).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted {
    /// Who had sent it.
    pub source: Ipv4Addr,
    /// Where it should have gone.
    pub destination: Ipv4Addr,
    /// The number of the protocol inside.
    pub protocol: u8,
    /// The first 8 bytes after its header; of TCP the ports and the sequence number.
    pub head: [u8; 8],
}

/// Reads a frame. Never fails: what can't be read is left out.
pub fn decode(frame: &[u8]) -> Decoded {
    let mut decoded = Decoded { frame_len: frame.len(), ..Decoded::default() };
    let Ok(layers) = LaxSlicedPacket::from_ethernet(frame) else { return decoded };
    if let Some(LinkSlice::Ethernet2(link)) = &layers.link {
        decoded.ethernet = Some(Ethernet {
            source: Mac(link.source()),
            destination: Mac(link.destination()),
            ether_type: layers.ether_payload().map_or(link.ether_type().0, |payload| payload.ether_type.0),
            vlan: layers.vlan_ids().first().map(|id| id.value()),
        });
    }
    match &layers.net {
        Some(LaxNetSlice::Arp(packet)) => decoded.arp = arp_packet(packet),
        Some(LaxNetSlice::Ipv4(packet)) => {
            let header = ipv4(packet);
            match &layers.transport {
                Some(TransportSlice::Tcp(segment)) => decoded.tcp = Some(tcp(segment, &header)),
                Some(TransportSlice::Udp(datagram)) => decoded.udp = Some(udp(datagram, &header)),
                Some(TransportSlice::Icmpv4(message)) => decoded.icmp = Some(icmp_message(message)),
                _ => {}
            }
            decoded.ipv4 = Some(header);
        }
        Some(LaxNetSlice::Ipv6(_)) | None => {}
    }
    decoded
}

fn arp_packet(packet: &etherparse::ArpPacketSlice<'_>) -> Option<arp::Packet> {
    let packet = packet.to_packet().try_eth_ipv4().ok()?;
    Some(arp::Packet {
        operation: packet.operation.0,
        sender_mac: Mac(packet.sender_mac),
        sender_ip: packet.sender_ipv4_addr(),
        target_mac: Mac(packet.target_mac),
        target_ip: packet.target_ipv4_addr(),
    })
}

fn ipv4(packet: &LaxIpv4Slice<'_>) -> Ipv4 {
    let header = packet.header();
    Ipv4 {
        source: header.source_addr(),
        destination: header.destination_addr(),
        protocol: packet.payload_ip_number().0,
        ttl: header.ttl(),
        identification: header.identification(),
        total_len: header.total_len(),
        fragmented: packet.is_payload_fragmented(),
        truncated: packet.payload().incomplete || packet.payload().len_source == LenSource::Slice,
        checksum_ok: same_sum(header.to_header().calc_header_checksum(), header.header_checksum()),
        options: header.options().to_vec(),
    }
}

fn tcp(segment: &TcpSlice<'_>, packet: &Ipv4) -> Tcp {
    // Only of a frame longer than any IPv4 packet can't it be calculated, and that counts as truncated.
    let expected_checksum =
        segment.calc_checksum_ipv4(packet.source.octets(), packet.destination.octets()).unwrap_or_default();
    Tcp {
        sport: segment.source_port(),
        dport: segment.destination_port(),
        seq: segment.sequence_number(),
        ack: segment.acknowledgment_number(),
        data_offset: segment.data_offset(),
        flags: Flags(segment.slice()[13]),
        window: segment.window_size(),
        checksum: segment.checksum(),
        expected_checksum,
        checksum_ok: !packet.truncated && same_sum(segment.checksum(), expected_checksum),
        urgent_pointer: segment.urgent_pointer(),
        options: segment.options().to_vec(),
        payload_len: segment.payload().len(),
        payload: segment.payload().to_vec(),
    }
}

fn udp(datagram: &UdpSlice<'_>, packet: &Ipv4) -> Udp {
    let expected = datagram.to_header().calc_checksum_ipv4_raw(
        packet.source.octets(),
        packet.destination.octets(),
        datagram.payload(),
    );
    Udp {
        sport: datagram.source_port(),
        dport: datagram.destination_port(),
        checksum_ok: !packet.truncated
            && (datagram.checksum() == 0 || expected.is_ok_and(|right| same_sum(right, datagram.checksum()))),
        payload: datagram.payload().to_vec(),
    }
}

fn icmp_message(message: &Icmpv4Slice<'_>) -> Icmp {
    const HEADER: usize = 8;
    // A message with its right checksum sums to zero (RFC 1071 §1).
    let checksum_ok = Sum16BitWords::new().add_slice(message.slice()).ones_complement() == 0;
    let payload = message.slice()[HEADER..].to_vec();
    let is_error = matches!(message.type_u8(), 3 | 4 | 5 | 11 | 12);
    Icmp {
        kind: message.type_u8(),
        code: message.code_u8(),
        checksum_ok,
        rest: message.bytes5to8(),
        about: is_error.then(|| quoted(&payload)).flatten(),
        payload,
    }
}

fn quoted(packet: &[u8]) -> Option<Quoted> {
    let (quoted, _) = LaxIpv4Slice::from_slice(packet).ok()?;
    let header = quoted.header();
    Some(Quoted {
        source: header.source_addr(),
        destination: header.destination_addr(),
        protocol: header.protocol().0,
        head: quoted.payload().payload.get(..8)?.try_into().ok()?,
    })
}

/// Whether a receiver takes one checksum for the other: ones' complement has two zeros (RFC 1071 §2).
fn same_sum(a: u16, b: u16) -> bool {
    a % 0xffff == b % 0xffff
}
