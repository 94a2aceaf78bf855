//! A frame taken apart, from the outside in.
//!
//! Each header says what comes next, and how long it is itself. No length in a packet is to be trusted: it may promise more
//! than there is. What a header promises and the capture doesn't hold is [`Truncated`] if it is a header, and simply missing
//! if it is payload.

use std::net::{Ipv4Addr, Ipv6Addr};

use pnet::util::MacAddr;

use crate::checksum::protocol;
use crate::layers::{
    Arp, Ethernet, Icmp, Ipv4, Ipv6, Layers, Network, Tcp, Transport, Truncated, Udp, ether_type,
};

/// Takes apart a frame that begins with its Ethernet header, and may be cut anywhere.
///
/// VLAN tags, however many, are stepped over; the first one's number is kept.
///
/// # Errors
/// Names the header that is not there as a whole, or contradicts itself.
pub fn dissect(frame: &[u8]) -> Result<Layers<'_>, Truncated> {
    todo!("14 bytes of Ethernet, any VLAN tags, then what the EtherType says")
}

/// Takes apart what begins with an IPv4 header (RFC 791 §3.1). What follows the packet's own end (Ethernet fills short
/// frames up) is none of it.
///
/// # Errors
/// Names the header that is not there as a whole. One of another version, or with lengths that are shorter than a header, is
/// none.
pub fn ipv4(bytes: &[u8]) -> Result<Ipv4<'_>, Truncated> {
    todo!(
        "version and header length from the first byte, total length, fragment offset, ttl, protocol, addresses"
    )
}

/// Takes apart what begins with an IPv6 header (RFC 8200 §3): 40 bytes, always.
///
/// # Errors
/// Names the header that is not there as a whole. One of another version is none.
pub fn ipv6(bytes: &[u8]) -> Result<Ipv6<'_>, Truncated> {
    todo!("version, payload length, next header, hop limit, two addresses of 16 bytes")
}

/// Takes apart an ARP packet (RFC 826); `None` if it is not for IPv4 over Ethernet.
///
/// # Errors
/// If its 28 bytes are not all there.
pub fn arp(bytes: &[u8]) -> Result<Option<Arp>, Truncated> {
    todo!("types and lengths of the addresses, the operation, sender, target")
}

/// Takes apart what an IP packet carries. `length` is how long that was on the wire, by the IP header; `rest` is what was
/// captured behind that header: less if the capture cut it, more if the frame was filled up.
///
/// ICMP is IPv4's: behind an IPv6 header protocol 1 is something else.
fn transport(protocol: u8, is_ipv4: bool, rest: &[u8], length: usize) -> Result<Transport<'_>, Truncated> {
    todo!(
        "cut off what lies behind the packet's end; ports, numbers and flags by the protocol; TCP's header has a length"
    )
}

// Your part: helpers of your own
