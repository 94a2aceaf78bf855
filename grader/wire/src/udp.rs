//! UDP datagrams (RFC 768) in whole frames.

use std::net::SocketAddrV4;

use etherparse::UdpHeader;

use crate::ether::Mac;
use crate::ipv4;

/// A datagram with a right checksum, in a frame between two stations.
///
/// # Panics
/// If `payload` doesn't fit into one packet (65,507 bytes).
pub fn frame(source: (Mac, SocketAddrV4), destination: (Mac, SocketAddrV4), payload: &[u8]) -> Vec<u8> {
    let ((source_mac, source), (destination_mac, destination)) = (source, destination);
    let header = UdpHeader::with_ipv4_checksum(
        source.port(),
        destination.port(),
        &etherparse::Ipv4Header {
            source: source.ip().octets(),
            destination: destination.ip().octets(),
            ..Default::default()
        },
        payload,
    )
    .expect("the payload fits into one UDP datagram");
    let datagram = [&header.to_bytes()[..], payload].concat();
    ipv4::frame((source_mac, *source.ip()), (destination_mac, *destination.ip()), ipv4::UDP, &datagram)
}
