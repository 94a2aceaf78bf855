//! From segments, which may come twice, late or in any order, to the stream of bytes that was sent.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;

/// One direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlowKey {
    /// Who sends.
    pub source: SocketAddrV4,
    /// Who receives.
    pub destination: SocketAddrV4,
}

/// How much is kept of what arrived too early, in bytes: as much as a sender has under way without window scaling
/// (RFC 793 §3.1). A piece costs [`PIECE_COST`] besides its bytes.
pub const MAX_PENDING: usize = 65_536;

/// What keeping one piece costs, whatever its length.
pub const PIECE_COST: usize = 64;

/// Puts the segments of one direction into their order.
///
/// Without a connection of its own it can't ask for anything again. It keeps what came too early until the hole
/// before it is filled; if that takes more than [`MAX_PENDING`], the hole is one of the capture, and the rest of the
/// stream is lost.
#[derive(Debug, Default)]
pub struct Reassembler {
    // Your part: where the stream began, how far it is known, and what came too early
}

impl Reassembler {
    /// For a stream whose beginning nobody saw: it begins with the first byte that comes.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a stream whose first byte has the sequence number `first`.
    pub fn starting_at(first: u32) -> Self {
        todo!("as new, but the beginning is known")
    }

    /// Takes the bytes `data`, the first of which has the sequence number `seq`; returns those that are next in the
    /// stream, each byte once.
    ///
    /// Sequence numbers count bytes modulo 2^32: of two that are less than 2^31 apart, one is earlier (RFC 793 §3.3).
    pub fn push(&mut self, seq: u32, data: &[u8]) -> Vec<u8> {
        todo!(
            "cut off what is known, keep what is too early, hand out what is next and what it was waited for"
        )
    }
}

// Your part: helpers of your own
