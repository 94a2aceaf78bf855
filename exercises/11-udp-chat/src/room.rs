//! Who is there, and who is to be told what.
//!
//! A [`Room`] knows no socket and no clock. It is told what came, from where and when, and returns what is to be sent
//! to whom. So every rule of the chat can be tried without a network, and without waiting.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::MAX_MESSAGE;
use crate::text::printable;

/// The longest nickname, in characters.
const MAX_NICKNAME: usize = 16;

/// Datagrams to be sent: to whom, and what.
pub type Datagrams = Vec<(SocketAddr, Vec<u8>)>;

/// The members of the chat. A member is an address: UDP has nothing else to know somebody by.
#[derive(Debug)]
pub struct Room {
    /// How long a member may be silent.
    timeout: Duration,
    // Your part: what you keep of each member
}

// Your part: types of your own

impl Room {
    /// An empty room, in which a member may be silent for `timeout`.
    pub fn new(timeout: Duration) -> Room {
        todo!("nobody is there yet")
    }

    /// What the datagram `data`, which came `from` there at the time `now`, makes the server send.
    ///
    /// The rules are in the crate's documentation. Who joins and who leaves is logged, with their address.
    pub fn handle(&mut self, from: SocketAddr, data: &[u8], now: Instant) -> Datagrams {
        todo!("note the sign of life, refuse what is too long, then do what the text asks for")
    }

    /// Lets those leave who have been silent for the timeout at the time `now`, and returns whom to tell.
    ///
    /// Nobody is told who leaves at the same time.
    pub fn expire(&mut self, now: Instant) -> Datagrams {
        todo!("take out the silent ones, then tell those who are left")
    }

    /// When [`Room::expire`] has something to do next, if nothing is heard until then. `None` in an empty room.
    pub fn next_expiry(&self) -> Option<Instant> {
        todo!("who was heard least recently, and when that is too long ago")
    }

    // Your part: what handle does for each kind of datagram, as functions of their own
}

// Your part: steps that you like to have as functions of their own
