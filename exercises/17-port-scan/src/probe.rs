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
        todo!("write the words of the contract for each state")
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
    todo!("ask one address after another, until one is open; the greatest state is the port's")
}

// Your part: steps that you like to have as functions of their own
