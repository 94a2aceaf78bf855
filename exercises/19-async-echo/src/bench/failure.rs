//! Why a connection of a measurement ended before its time.

use std::io::{self, ErrorKind};

/// The kinds that a report tells apart: each sends its reader to another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nobody listens there.
    Refused,
    /// No connection, or no complete reply, within `--timeout`.
    Timeout,
    /// The server ended the stream in order (FIN) where a reply was due.
    Closed,
    /// The server, or something on the way, broke the connection (RST).
    Reset,
    /// A reply came, and it was not the right one.
    WrongReply,
    /// The server is full, and says so.
    Rejected,
    /// Anything else, such as too many open files.
    Other,
}

impl Failure {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Failure; 7] = [
        Failure::Refused,
        Failure::Timeout,
        Failure::Closed,
        Failure::Reset,
        Failure::WrongReply,
        Failure::Rejected,
        Failure::Other,
    ];

    /// What a report calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Failure::Refused => "refused",
            Failure::Timeout => "timeout",
            Failure::Closed => "closed",
            Failure::Reset => "reset",
            Failure::WrongReply => "wrong reply",
            Failure::Rejected => "rejected",
            Failure::Other => "other",
        }
    }
}

/// What the system said of a connection, or of an attempt to make one.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            ErrorKind::ConnectionRefused => Failure::Refused,
            ErrorKind::TimedOut => Failure::Timeout,
            ErrorKind::UnexpectedEof => Failure::Closed,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Failure::Reset
            }
            _ => Failure::Other,
        }
    }
}
