//! IPv4 packets around a payload (RFC 791).

use std::net::Ipv4Addr;

use etherparse::{IpNumber, Ipv4Header};

use crate::ether::{self, Mac};

/// The protocol number of ICMP.
pub const ICMP: u8 = 1;
/// The protocol number of TCP.
pub const TCP: u8 = 6;
/// The protocol number of UDP.
pub const UDP: u8 = 17;

/// The TTL of every packet that a scripted host sends.
pub const TTL: u8 = 64;

/// A packet with a right header checksum, no options, "don't fragment" set.
///
/// # Panics
/// If `payload` doesn't fit into one packet (65,515 bytes).
pub fn packet(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = Ipv4Header {
        time_to_live: TTL,
        protocol: IpNumber(protocol),
        source: source.octets(),
        destination: destination.octets(),
        ..Ipv4Header::default()
    };
    header.set_payload_len(payload.len()).expect("the payload fits into one IPv4 packet");
    header.header_checksum = header.calc_header_checksum();
    let mut packet = header.to_bytes().to_vec();
    packet.extend_from_slice(payload);
    packet
}

/// [`packet`] in a frame between two stations.
pub fn frame(source: (Mac, Ipv4Addr), destination: (Mac, Ipv4Addr), protocol: u8, payload: &[u8]) -> Vec<u8> {
    ether::frame(source.0, destination.0, ether::IPV4, &packet(source.1, destination.1, protocol, payload))
}
