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
    // begin solution item: where the stream began, how far it is known, and what came too early
    /// The sequence number of the stream's first byte, once known.
    first: Option<u32>,
    /// How many bytes were handed out.
    position: i64,
    /// What came too early, by its position in the stream.
    pending: BTreeMap<i64, Vec<u8>>,
    /// What `pending` costs.
    cost: usize,
    lost: bool,
    // end solution
}

impl Reassembler {
    /// For a stream whose beginning nobody saw: it begins with the first byte that comes.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a stream whose first byte has the sequence number `first`.
    pub fn starting_at(first: u32) -> Self {
        // begin solution: as new, but the beginning is known
        Self { first: Some(first), ..Self::default() }
        // end solution
    }

    /// Takes the bytes `data`, the first of which has the sequence number `seq`; returns those that are next in the
    /// stream, each byte once.
    ///
    /// Sequence numbers count bytes modulo 2^32: of two that are less than 2^31 apart, one is earlier (RFC 793 §3.3).
    pub fn push(&mut self, seq: u32, data: &[u8]) -> Vec<u8> {
        // begin solution: cut off what is known, keep what is too early, hand out what is next and what it was waited for
        let mut stream = Vec::new();
        if data.is_empty() || self.lost {
            return stream;
        }
        let next = self.first.get_or_insert(seq).wrapping_add(self.position as u32);
        let at = self.position + i64::from(seq.wrapping_sub(next) as i32);
        if at > self.position {
            self.keep(at, data);
            return stream;
        }
        self.hand_out(at, data, &mut stream);
        while let Some(piece) = self.pending.first_entry().filter(|piece| *piece.key() <= self.position) {
            let (at, data) = piece.remove_entry();
            self.cost -= data.len() + PIECE_COST;
            self.hand_out(at, &data, &mut stream);
        }
        stream
        // end solution
    }
}

// begin solution item: helpers of your own

impl Reassembler {
    /// Appends what is new of `data`, which begins at the position `at`, not later than what was handed out ends.
    fn hand_out(&mut self, at: i64, data: &[u8], stream: &mut Vec<u8>) {
        let known = usize::try_from(self.position - at).unwrap_or(usize::MAX);
        let new = data.get(known..).unwrap_or_default();
        stream.extend_from_slice(new);
        self.position += new.len() as i64;
    }

    /// Keeps `data`, which begins at the position `at`, for later. Of two pieces with one beginning the longer is kept.
    fn keep(&mut self, at: i64, data: &[u8]) {
        let known = self.pending.get(&at).map_or(0, |piece| piece.len() + PIECE_COST);
        let cost = data.len() + PIECE_COST;
        if cost <= known {
            return;
        }
        self.cost += cost - known;
        if self.cost > MAX_PENDING {
            *self = Self { lost: true, ..Self::default() };
        } else {
            self.pending.insert(at, data.to_vec());
        }
    }
}
// end solution
