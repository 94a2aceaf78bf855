//! What can go wrong between a client and its server, sorted by what a user can do about it.

use std::fmt;
use std::io::{self, ErrorKind};

use labkit::exit;

/// Why there is no reply.
///
/// The system knows well over a hundred errors. A user who reads one wants to know what to do next: correct the name,
/// start the server, try again later, call the network's administrator. These are the classes that make that
/// difference.
#[derive(Debug)]
pub enum NetError {
    /// This host can't be looked up: a name that nobody knows, or that is no name.
    Resolve(String),
    /// The machine answered, and nobody listens on that port.
    Refused,
    /// The time was over in this phase.
    TimedOut(Phase),
    /// The connection is broken: the server, or something on the way, ended it by RST.
    Reset,
    /// The server ended the connection in order, before it had said anything.
    ClosedEarly,
    /// There is no way to that machine or network.
    Unreachable,
    /// The address that was to be used is taken.
    AddrInUse,
    /// The system forbids it.
    Privilege,
    /// Anything else, as the system tells it.
    Other(io::Error),
}

/// What the client was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It asked the resolver for the addresses of a name.
    LookUp,
    /// It waited for the other side of the handshake.
    Connect,
    /// It had bytes to send, and the connection took no more.
    Send,
    /// It waited for the reply.
    Receive,
}

/// Sorts what a call on a socket reported while the client was in that phase.
///
/// | kind | becomes |
/// |---|---|
/// | `ConnectionRefused` | [`Refused`](NetError::Refused) |
/// | `TimedOut`, `WouldBlock` | [`TimedOut`](NetError::TimedOut) in that phase |
/// | `ConnectionReset`, `ConnectionAborted`, `BrokenPipe` | [`Reset`](NetError::Reset) |
/// | `UnexpectedEof` | [`ClosedEarly`](NetError::ClosedEarly) |
/// | `HostUnreachable`, `NetworkUnreachable` | [`Unreachable`](NetError::Unreachable) |
/// | `AddrInUse` | [`AddrInUse`](NetError::AddrInUse) |
/// | `PermissionDenied` | [`Privilege`](NetError::Privilege) |
/// | any other | [`Other`](NetError::Other), with the error itself |
pub fn classify(error: io::Error, phase: Phase) -> NetError {
    // begin solution: match on error.kind(), as the table says
    match error.kind() {
        ErrorKind::ConnectionRefused => NetError::Refused,
        // One event, two names: Linux reports the timeout of a read or write as EAGAIN, which is WouldBlock.
        ErrorKind::TimedOut | ErrorKind::WouldBlock => NetError::TimedOut(phase),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => NetError::Reset,
        ErrorKind::UnexpectedEof => NetError::ClosedEarly,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => NetError::Unreachable,
        ErrorKind::AddrInUse => NetError::AddrInUse,
        ErrorKind::PermissionDenied => NetError::Privilege,
        _ => NetError::Other(error),
    }
    // end solution
}

impl NetError {
    /// What the process ends with, one of [`labkit::exit`].
    pub fn exit_code(&self) -> u8 {
        // begin solution: one of labkit's exit codes for each variant, as the contract says
        match self {
            NetError::Resolve(_) => exit::NAME,
            NetError::Refused => exit::REFUSED,
            NetError::TimedOut(_) => exit::TIMEOUT,
            NetError::Reset | NetError::ClosedEarly => exit::PEER,
            NetError::Unreachable => exit::UNREACHABLE,
            NetError::AddrInUse => exit::IN_USE,
            NetError::Privilege => exit::PRIVILEGE,
            NetError::Other(_) => exit::FAILURE,
        }
        // end solution
    }
}

/// The text that the user reads.
impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // begin solution: write the text of each variant, as the contract says
        match self {
            NetError::Resolve(host) => write!(f, "Invalid hostname: {host}"),
            NetError::Refused => f.write_str("Connection refused - is server running?"),
            NetError::TimedOut(phase) => write!(f, "Connection timed out while {phase}"),
            NetError::Reset => f.write_str("Connection reset by peer"),
            NetError::ClosedEarly => f.write_str("Server closed the connection without replying"),
            NetError::Unreachable => f.write_str("Host/Network unreachable"),
            NetError::AddrInUse => f.write_str("Address already in use"),
            NetError::Privilege => f.write_str("Permission denied"),
            NetError::Other(error) => write!(f, "Error: {error}"),
        }
        // end solution
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::LookUp => "looking up the name",
            Phase::Connect => "connecting",
            Phase::Send => "sending",
            Phase::Receive => "waiting for the reply",
        })
    }
}

impl std::error::Error for NetError {}
