//! The Internet checksum: one sum for IPv4, ICMP, TCP and UDP (RFC 1071).

use std::net::Ipv4Addr;

/// Protocol numbers, as the IPv4 header and the pseudo-header carry them.
pub mod protocol {
    /// The Internet Control Message Protocol.
    pub const ICMP: u8 = 1;
    /// The Transmission Control Protocol.
    pub const TCP: u8 = 6;
    /// The User Datagram Protocol.
    pub const UDP: u8 = 17;
}

/// The checksum of these bytes: the complement of the ones' complement sum of their 16-bit words.
///
/// A word's first byte is the higher one; a last byte that stands alone is the higher half of a word (RFC 1071 §4.1). What
/// is carried out of the sum's 16 bits is added to it again, until nothing is carried.
///
/// Where the field for the checksum holds 0, this is the value to write there. Where it holds the right checksum, this is 0.
pub fn internet_checksum(bytes: &[u8]) -> u16 {
    // begin solution: add up the words, fold the carries in, and take the complement
    !fold(sum(bytes))
    // end solution
}

/// The checksum of a segment or datagram of that protocol between two IPv4 addresses: over the pseudo-header (both
/// addresses, a zero byte, the protocol, the length; RFC 793 §3.1) and then over the bytes.
pub fn transport_checksum(protocol: u8, src: Ipv4Addr, dst: Ipv4Addr, bytes: &[u8]) -> u16 {
    // begin solution: the same sum, begun with the pseudo-header
    let pseudo_header = sum(&src.octets()) + sum(&dst.octets()) + u64::from(protocol) + bytes.len() as u64;
    !fold(pseudo_header + sum(bytes))
    // end solution
}

/// The checksum of a TCP segment.
pub fn tcp_checksum(src: Ipv4Addr, dst: Ipv4Addr, segment: &[u8]) -> u16 {
    transport_checksum(protocol::TCP, src, dst, segment)
}

// begin solution item: helpers of your own
/// The words added up. In 64 bits nothing is carried out, however long the input is.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(2).map(|word| u16::from_be_bytes([word[0], word.get(1).copied().unwrap_or(0)]));
    words.map(u64::from).sum()
}

/// Adds what is above 16 bits to what is in them, until there is nothing above.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
// end solution
