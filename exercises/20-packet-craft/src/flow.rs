//! One connection, as its segments tell it.

use pnet::packet::tcp::TcpFlags;

use crate::segment::{Close, Event, Seg, Side};

/// What is known of a connection so far. It begins with nothing.
#[derive(Debug, Default)]
pub struct Flow {
    // Your part: what you must remember of each side, and of the connection
}

// Your part: types of your own

impl Flow {
    /// Takes the next segment, and says what is to be told of it: always the segment itself, with relative numbers, and
    /// then what has happened with it. The crate's documentation has the rules.
    ///
    /// A SYN and a FIN take a number as a byte does (RFC 793 §3.3). Numbers are counted modulo 2^32: behind 4294967295
    /// comes 0.
    pub fn feed(&mut self, seg: &Seg) -> Vec<Event> {
        todo!("the segment with its relative numbers; then Handshake or Closed if this segment completes it")
    }
}

// Your part: helpers of your own
