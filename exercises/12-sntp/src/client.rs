//! One question over UDP, and which answers to believe.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant, SystemTime};

use crate::packet::{CLIENT, LENGTH, NtpPacket, SERVER};
use crate::time::{NtpTs, offset_delay};

/// How long and how often to ask.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long to wait for the answer to one request.
    pub timeout: Duration,
    /// How many requests to send at most, the first one included.
    pub tries: u32,
}

/// What a server's answer told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// When the answer left, by the server's clock.
    pub server_time: SystemTime,
    /// By how many seconds the server's clock is ahead of ours.
    pub offset: f64,
    /// How many seconds request and answer were on their way.
    pub delay: f64,
    /// How far the server is from a reference clock.
    pub stratum: u8,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "server time: {}", labkit::time::iso8601(self.server_time))?;
        writeln!(f, "offset: {:+.6} s", self.offset)?;
        writeln!(f, "delay: {:.6} s", self.delay)?;
        write!(f, "stratum: {}", self.stratum)
    }
}

/// Why there is no time.
#[derive(Debug, thiserror::Error)]
pub enum SntpError {
    /// No request was answered in its time.
    #[error("no answer to {0} requests")]
    NoAnswer(u32),
    /// The server wants no more requests, and says why in four letters, as `RATE` (RFC 5905 §7.4).
    #[error("the server wants no more requests: {}", _0.escape_ascii())]
    KissOfDeath([u8; 4]),
    /// The server says that its own clock can't be trusted.
    #[error("the server's clock is unsynchronised")]
    Unsynchronised,
    /// The socket's own trouble, or a refusal.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Asks the server at `server` for the time, with a new request each time that one was not answered.
///
/// The transmit timestamp of a request is the time at which that request leaves. What is an answer, and which
/// answers must not be used, says the [crate's documentation](crate).
///
/// # Errors
///
/// [`SntpError::NoAnswer`] after the last try. [`SntpError::KissOfDeath`] and [`SntpError::Unsynchronised`] at the
/// first such answer: the server has spoken, and nothing more is sent. [`SntpError::Io`] with what a call on the
/// socket returned, as `ConnectionRefused` where no server is.
pub fn query(server: SocketAddr, patience: &Patience) -> Result<Answer, SntpError> {
    todo!("connect a socket; then send a request and wait for its answer, at most `tries` times")
}

// Your part: steps that you like to have as functions of their own
