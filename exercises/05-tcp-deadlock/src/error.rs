//! Why the client gave up.

use std::io;
use std::time::Duration;

use labkit::exit;

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub enum DeadlockError {
    /// Nothing moved, in either direction.
    #[error("deadlock: no progress for {limit:?} after {sent} bytes sent")]
    Stalled {
        /// For how long.
        limit: Duration,
        /// How much had been sent before.
        sent: u64,
    },
    /// The server returned something else than the text in upper case.
    #[error("byte {position} of the reply is wrong")]
    Wrong {
        /// Counted from 0.
        position: u64,
    },
    /// The server finished before it had returned everything.
    #[error("the reply ended after {received} of {total} bytes")]
    ClosedEarly {
        /// What came.
        received: u64,
        /// What should have come.
        total: u64,
    },
    /// The connection broke.
    #[error("lost the connection to the server: {0}")]
    Connection(#[from] io::Error),
}

impl DeadlockError {
    /// What the process ends with, one of [`labkit::exit`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Stalled { .. } => exit::TIMEOUT,
            Self::Wrong { .. } | Self::ClosedEarly { .. } => exit::PEER,
            Self::Connection(error) => exit::code_of(error),
        }
    }
}
