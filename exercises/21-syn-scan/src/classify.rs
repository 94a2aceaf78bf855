//! The answer: what a packet says about the port that a probe asked.

use std::fmt;

use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::tcp::TcpFlags;

use crate::layers::{Layers, Transport};
use crate::probe::Probe;

/// What is known of a port. Printed as in `80/tcp OPEN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortState {
    /// SYN+ACK: somebody listens.
    Open,
    /// RST+ACK: nobody listens, and the host says so.
    Closed,
    /// Something on the way keeps us from knowing.
    Filtered(Reason),
}

/// Why a port counts as filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing came back, however often we asked.
    NoResponse,
    /// An ICMP "destination unreachable" (type 3) came back.
    Icmp {
        /// Its code: 13 is "communication administratively prohibited".
        code: u8,
    },
}

impl fmt::Display for PortState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortState::Open => f.write_str("OPEN"),
            PortState::Closed => f.write_str("CLOSED"),
            PortState::Filtered(reason) => write!(f, "FILTERED ({reason})"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NoResponse => f.write_str("no response"),
            Reason::Icmp { code } => write!(f, "icmp {DESTINATION_UNREACHABLE}/{code}"),
        }
    }
}

/// ICMP type 3 (RFC 792).
pub const DESTINATION_UNREACHABLE: u8 = 3;

/// The codes of type 3 that speak about the port, its host or the way to it: host, protocol, port unreachable
/// (RFC 792), network, host, communication administratively prohibited (RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1).
pub const FILTERED_CODES: [u8; 6] = [1, 2, 3, 9, 10, 13];

/// What `packet` says about the port that `probe` asked; `None` if it is no answer to `probe`.
///
/// - A SYN+ACK or RST+ACK answers if it comes from the probed address and port to our address and port, and
///   acknowledges our SYN: ack = seq + 1. Other flags, as those of ECN (RFC 3168), don't matter.
/// - A destination unreachable message with one of [`FILTERED_CODES`] answers if it quotes our segment. Any router on
///   the way may have sent it.
pub fn classify(probe: &Probe, packet: &Layers<'_>) -> Option<PortState> {
    todo!("match a TCP segment by addresses, ports and ack, an ICMP error by the segment it quotes")
}

/// The port of the scanned host that `packet` speaks about, if any: with it, an answer finds its probe among
/// thousands.
pub fn port_in_question(packet: &Layers<'_>) -> Option<u16> {
    todo!("the source port of a segment, the destination port of a quoted one")
}

// Your part: helpers of your own, perhaps one that reads the segment that an ICMP error quotes
