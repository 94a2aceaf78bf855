//! Echo requests, and the answers to them.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use labkit::{Failure, exit, say};

use crate::build::icmp_echo;
use crate::checksum::internet_checksum;
use crate::layers::Transport;
use crate::parse::ipv4;
use crate::socket::IcmpSocket;

/// What to ask, and how patiently.
#[derive(Debug, Clone)]
pub struct Ping {
    /// Who is asked.
    pub target: Ipv4Addr,
    /// The identifier of all requests: by it a program knows its own.
    pub id: u16,
    /// How many requests.
    pub count: u16,
    /// From one request to the next.
    pub interval: Duration,
    /// How long to wait for an answer.
    pub wait: Duration,
    /// How many bytes of payload.
    pub size: u16,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many requests were sent.
    pub sent: u32,
    /// How many of them were answered.
    pub received: u32,
}

/// Asks, says what comes of each request and at the end of all, and returns that. The crate's documentation has the lines.
///
/// # Errors
/// With code [`exit::PRIVILEGE`] and `needs CAP_NET_RAW` in its text if the raw socket is not permitted; or what the system
/// says.
pub fn ping(ask: &Ping, out: &mut impl Write) -> Result<Tally, Failure> {
    todo!("open the socket; for each number send, wait for its answer, say so, wait for the next one's time")
}

/// How many bytes the ICMP message in `packet` has, if that is the answer to request number `seq`. `packet` begins with its
/// IPv4 header.
pub fn answer_in(packet: &[u8], ask: &Ping, seq: u16) -> Option<usize> {
    todo!(
        "an echo reply, from the one who was asked, with our identifier and this number, its checksum right"
    )
}

// Your part: helpers of your own
