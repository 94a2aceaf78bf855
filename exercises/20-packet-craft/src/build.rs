//! Packets built byte by byte.

use std::net::SocketAddrV4;

use crate::checksum::{internet_checksum, tcp_checksum};

/// An ICMP echo request (RFC 792): type 8, code 0, checksum, identifier, sequence number, payload. Numbers of 16 bits
/// travel with their higher byte first.
pub fn icmp_echo(id: u16, seq: u16, payload: &[u8]) -> Vec<u8> {
    todo!("the header with a checksum of zero, then the payload; at last the checksum over all of it")
}

/// What a TCP segment is to say.
#[derive(Debug, Clone)]
pub struct TcpSpec<'a> {
    /// From where: its address is in the checksum only.
    pub src: SocketAddrV4,
    /// To where: its address is in the checksum only.
    pub dst: SocketAddrV4,
    /// The number of the first byte.
    pub seq: u32,
    /// The number of the next byte expected; with the flag ACK only.
    pub ack: u32,
    /// The flags, bits of `pnet::packet::tcp::TcpFlags`.
    pub flags: u8,
    /// How many more bytes are welcome.
    pub window: u16,
    /// The options as they lie in the header, at most 40 bytes.
    pub options: &'a [u8],
    /// The payload.
    pub payload: &'a [u8],
}

/// A TCP segment (RFC 793 §3.1): a header of 20 bytes, the options, zeros until they fill whole words of 4 bytes, the
/// payload. The urgent pointer is 0.
///
/// ```text
///  0      2      4          8          12 13  14     16       18     20
/// | from | to   | sequence | ack      |o |f | window | checksum | urgent | options …
/// ```
///
/// `o`: the header's length in words, in the upper four bits. `f`: the flags.
pub fn tcp_segment(spec: &TcpSpec<'_>) -> Vec<u8> {
    todo!("the fields in their order, data offset from the options' length; at last the checksum")
}
