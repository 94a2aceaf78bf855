//! An IPv4 packet taken apart (given: lab 20 is about this).

use std::net::Ipv4Addr;

use pnet::packet::icmp::IcmpPacket;
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::tcp::TcpPacket;
use thiserror::Error;

/// What an IPv4 packet says, layer by layer.
#[derive(Debug)]
pub struct Layers<'a> {
    /// Who sent the packet.
    pub source: Ipv4Addr,
    /// For whom it is.
    pub destination: Ipv4Addr,
    /// What it carries.
    pub transport: Transport<'a>,
}

/// What an IPv4 packet carries.
#[derive(Debug)]
pub enum Transport<'a> {
    /// A TCP segment, its header complete.
    Tcp(TcpPacket<'a>),
    /// An ICMP message.
    Icmp {
        /// The ICMP type; 3 is "destination unreachable".
        kind: u8,
        /// The ICMP code, which says more within the type.
        code: u8,
        /// The body after the 8-byte header. In an error message: the start of the packet that caused it, its IPv4
        /// header and at least 8 bytes of what that carried (RFC 792), so less than a TCP header.
        quoted: &'a [u8],
    },
    /// Neither of the two, or a fragment other than the first.
    Other,
}

/// The bytes end before their headers do, or are not IPv4.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a whole IPv4 packet")]
pub struct Truncated;

/// Takes apart a packet that begins with its IPv4 header. What follows the packet's own length (Ethernet pads short
/// frames) is left out.
pub fn dissect(packet: &[u8]) -> Result<Layers<'_>, Truncated> {
    let ip = Ipv4Packet::new(packet).filter(|ip| ip.get_version() == 4).ok_or(Truncated)?;
    let header = usize::from(ip.get_header_length()) * 4;
    let end = usize::from(ip.get_total_length()).min(packet.len());
    if header < Ipv4Packet::minimum_packet_size() {
        return Err(Truncated);
    }
    let payload = packet.get(header..end).ok_or(Truncated)?;

    let transport = match ip.get_next_level_protocol() {
        _ if ip.get_fragment_offset() != 0 => Transport::Other,
        IpNextHeaderProtocols::Tcp => Transport::Tcp(TcpPacket::new(payload).ok_or(Truncated)?),
        IpNextHeaderProtocols::Icmp => {
            let icmp = IcmpPacket::new(payload).ok_or(Truncated)?;
            let quoted = payload.get(8..).ok_or(Truncated)?;
            Transport::Icmp { kind: icmp.get_icmp_type().0, code: icmp.get_icmp_code().0, quoted }
        }
        _ => Transport::Other,
    };
    Ok(Layers { source: ip.get_source(), destination: ip.get_destination(), transport })
}
