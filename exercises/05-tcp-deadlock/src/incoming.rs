//! What comes back, looked at byte by byte and not kept.

use crate::data::{self, CHUNK};
use crate::error::DeadlockError;

/// The reply as far as it has come: how much of it, and its first words. The rest is compared with what it must be, and
/// forgotten: a reply may be larger than memory.
#[derive(Debug)]
pub struct Incoming {
    total: u64,
    received: u64,
    first: Vec<u8>,
}

impl Incoming {
    /// Nothing yet, of so many bytes.
    pub fn new(total: u64) -> Incoming {
        Incoming { total, received: 0, first: Vec::new() }
    }

    /// Takes the next bytes of the reply, at most [`data::PIECE`]; of the first chunk it keeps a copy.
    ///
    /// # Errors
    ///
    /// [`DeadlockError::Wrong`] if one of them is not what it must be, or there are more than there should be.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), DeadlockError> {
        todo!("compare with data::expected, keep the first chunk, count")
    }

    /// The server has finished.
    ///
    /// # Errors
    ///
    /// [`DeadlockError::ClosedEarly`] if something is missing.
    pub fn end(&self) -> Result<(), DeadlockError> {
        todo!("an error if not all of it has come")
    }

    /// How many bytes have come.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The first chunk, or what has come of it.
    pub fn first(&self) -> &[u8] {
        &self.first
    }
}
