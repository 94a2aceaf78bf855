//! From an Ethernet frame to the TCP segment in it.

use std::net::SocketAddrV4;

use pnet::packet::ethernet::{EtherTypes, EthernetPacket};
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::{Ipv4Flags, Ipv4Packet};
use pnet::packet::tcp::{TcpFlags, TcpPacket};

use crate::flow::FlowKey;

/// One segment, as far as a reader of streams needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it to whom.
    pub flow: FlowKey,
    /// Whether it opens a connection. A SYN takes one number of the sequence space (RFC 793 §3.3).
    pub syn: bool,
    /// The sequence number of the first byte of `payload`; of a SYN, one more than its header says.
    pub seq: u32,
    /// Its bytes of the stream, as far as the capture holds them.
    pub payload: &'a [u8],
    /// How many more it had on the wire, which the capture cut off.
    pub missing: usize,
}

/// The TCP segment in an Ethernet frame, if there is one: IPv4, untagged, and not a fragment.
///
/// `frame` begins with the Ethernet header and may be cut anywhere. Where headers end, they say themselves: both IPv4
/// and TCP may have options. Where the packet ends, IPv4's total length says: a short frame is filled up with
/// padding, which is no part of it.
pub fn dissect(frame: &[u8]) -> Option<Segment<'_>> {
    // begin solution: peel Ethernet, IPv4 and TCP by the lengths that they state, and by no more than there is
    let ethernet = EthernetPacket::new(frame)?;
    if ethernet.get_ethertype() != EtherTypes::Ipv4 {
        return None;
    }
    let packet = frame.get(EthernetPacket::minimum_packet_size()..)?;
    let ip = Ipv4Packet::new(packet)?;
    let is_fragment = ip.get_flags() & Ipv4Flags::MoreFragments != 0 || ip.get_fragment_offset() != 0;
    if ip.get_version() != 4 || ip.get_next_level_protocol() != IpNextHeaderProtocols::Tcp || is_fragment {
        return None;
    }
    let header = usize::from(ip.get_header_length()) * 4;
    let total = usize::from(ip.get_total_length());
    let captured = total.min(packet.len());
    let segment = packet.get(header.max(Ipv4Packet::minimum_packet_size())..captured)?;

    let tcp = TcpPacket::new(segment)?;
    let header = usize::from(tcp.get_data_offset()) * 4;
    let payload = segment.get(header.max(TcpPacket::minimum_packet_size())..)?;
    let syn = tcp.get_flags() & TcpFlags::SYN != 0;
    Some(Segment {
        flow: FlowKey {
            source: SocketAddrV4::new(ip.get_source(), tcp.get_source()),
            destination: SocketAddrV4::new(ip.get_destination(), tcp.get_destination()),
        },
        syn,
        seq: tcp.get_sequence().wrapping_add(u32::from(syn)),
        payload,
        missing: total - captured,
    })
    // end solution
}
