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

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYN from 10.77.0.1:61000 to 10.77.0.2:80, with the zeros that fill its Ethernet frame up.
    const SYN: [u8; 46] = [
        0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 77, 0, 1, 10, 77, 0, 2, // IPv4
        0xee, 0x48, 0, 80, 0, 0, 0, 7, 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0, 0, 0, 0, // TCP
        0, 0, 0, 0, 0, 0,
    ];

    #[test]
    fn a_segment_with_its_addresses() {
        let layers = dissect(&SYN).unwrap();
        assert_eq!((layers.source, layers.destination), ([10, 77, 0, 1].into(), [10, 77, 0, 2].into()));
        let Transport::Tcp(segment) = layers.transport else { panic!("a segment") };
        assert_eq!((segment.get_source(), segment.get_destination()), (61000, 80));
        assert_eq!(pnet::packet::Packet::packet(&segment).len(), 20, "without the padding");
    }

    #[test]
    fn an_icmp_error_with_its_quote() {
        let mut error = SYN.to_vec();
        error[9] = 1;
        error[20..22].copy_from_slice(&[3, 13]);
        let Transport::Icmp { kind: 3, code: 13, quoted } = dissect(&error).unwrap().transport else {
            panic!("an ICMP message")
        };
        assert_eq!(quoted, &SYN[28..40]);
    }

    #[test]
    fn later_fragments_have_no_ports() {
        let mut fragment = SYN;
        fragment[7] = 1;
        assert!(matches!(dissect(&fragment).unwrap().transport, Transport::Other));
    }

    #[test]
    fn whatever_is_cut_or_damaged_is_no_packet_and_no_panic() {
        for end in 0..40 {
            assert_eq!(dissect(&SYN[..end]).err(), Some(Truncated), "{end} bytes");
        }
        for at in 0..20 {
            for value in 0..=255 {
                let mut damaged = SYN;
                damaged[at] = value;
                // Damage to a header may still leave a packet; it must not end the program.
                let _ = dissect(&damaged);
            }
        }
    }
}
