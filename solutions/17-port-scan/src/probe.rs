//! One port: is somebody there?

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use thiserror::Error;

/// What is known of a port, from the least to the most: of a host with several addresses, the most that one of them told
/// is true of the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// There is no way to it: a kernel, ours or a router's, said so.
    Unreachable,
    /// The host answered, with RST: nobody listens.
    Closed,
    /// Nothing came in time. Whoever is there, something keeps us from knowing.
    Filtered,
    /// A connection was made.
    Open,
}

/// As in `Port 81 is closed/filtered (refused)`.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // begin solution: write the words of the contract for each state
        f.write_str(match self {
            State::Unreachable => "closed/filtered (unreachable)",
            State::Closed => "closed/filtered (refused)",
            State::Filtered => "closed/filtered (timeout)",
            State::Open => "open",
        })
        // end solution
    }
}

/// Why a port could not be asked at all. That is our own trouble, and says nothing about the port.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// All descriptors that this process (or machine) may have are in use. As soon as one is closed, there is one again.
    #[error("too many open files: there is no socket left")]
    NoDescriptor,
    /// Anything else.
    #[error("cannot connect to {address}: {source}")]
    Io {
        /// Where to.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl ProbeError {
    /// What a program ends with that can't go on because of this, one of [`labkit::exit`].
    pub fn exit_code(&self) -> u8 {
        match self {
            ProbeError::NoDescriptor => labkit::exit::FAILURE,
            ProbeError::Io { source, .. } => labkit::exit::code_of(source),
        }
    }
}

/// No wait is shorter: a timeout of zero is an error.
const SHORTEST: Duration = Duration::from_millis(1);

/// Tries to connect to one port, at all addresses of its host, and closes at once.
///
/// It is open if it is at one of them; then the others need not be asked. They share the timeout: each gets an equal
/// part of what is left when its turn comes.
///
/// # Errors
/// If the port could not be asked.
pub fn probe(addrs: &[SocketAddr], timeout: Duration) -> Result<State, ProbeError> {
    // begin solution: ask one address after another, until one is open; the greatest state is the port's
    let deadline = Instant::now() + timeout;
    let mut known = State::Unreachable;
    for (asked, &address) in addrs.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / (addrs.len() - asked) as u32;
        known = known.max(probe_address(address, share.max(SHORTEST))?);
        if known == State::Open {
            break;
        }
    }
    Ok(known)
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Tries to connect to one address.
fn probe_address(address: SocketAddr, timeout: Duration) -> Result<State, ProbeError> {
    match TcpStream::connect_timeout(&address, timeout) {
        // The kernel gave us a port that was free, and just this one: nobody listens there.
        Ok(stream) if has_reached_itself(&stream) => Ok(State::Closed),
        Ok(_) => Ok(State::Open),
        Err(error) => classify(error, address),
    }
}

/// Whether both ends of a connection are the same socket. TCP allows that (RFC 9293 §3.5, simultaneous open): where our
/// own port happens to be the one we knock at, our SYN reaches us.
fn has_reached_itself(stream: &TcpStream) -> bool {
    // Somebody who has reset the connection already is not us; then there is no peer's address any more.
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(ours), Ok(theirs)) if ours == theirs)
}

/// What an error of `connect` says about the port, if it does.
fn classify(error: io::Error, address: SocketAddr) -> Result<State, ProbeError> {
    /// Numbers for which std has no kind: errno(3).
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const EAFNOSUPPORT: i32 = 97;

    match (error.kind(), error.raw_os_error()) {
        (ErrorKind::ConnectionRefused, _) => Ok(State::Closed),
        (ErrorKind::TimedOut, _) => Ok(State::Filtered),
        // Only what has been connected can be reset: somebody took the connection, and threw it away.
        (ErrorKind::ConnectionReset, _) => Ok(State::Open),
        // The last two: this machine has no address, or no protocol, from which that one could be reached (IPv6, often).
        (ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable, _)
        | (_, Some(EAFNOSUPPORT)) => Ok(State::Unreachable),
        (_, Some(EMFILE | ENFILE)) => Err(ProbeError::NoDescriptor),
        _ => Err(ProbeError::Io { address, source: error }),
    }
}
// end solution
