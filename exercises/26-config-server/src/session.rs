//! What one client has said so far, and what it gets for its next request.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::frames::MAX_FRAME;
use crate::outbox::Outbox;
use crate::path::Path;
use crate::request::{Refusal, Request, parse};
use crate::shared::Shared;
use crate::store::{Changes, Running};

/// How many paths a candidate may change: enough for an operator, and no way to fill the memory.
pub const MAX_CHANGES: usize = 10_000;

/// One client's side of things. Its candidate is nowhere else, so when the session ends, however it ends, nothing of it
/// is left.
#[derive(Debug)]
pub struct Session {
    /// Where the replies go.
    outbox: Arc<Outbox>,
    // Your part: what you remember of the client
}

impl Session {
    /// A new session, before its `HELLO`.
    pub fn new(outbox: Arc<Outbox>) -> Session {
        todo!("nothing was said yet")
    }

    /// Does what the frame asks for, and puts exactly one reply into the outbox, before any event that comes of the request.
    /// `Break` says that the client wants to leave.
    pub fn handle(&mut self, payload: &[u8], store: &Shared) -> ControlFlow<()> {
        todo!("parse it, do it, and answer ERR if either is refused")
    }

    // Your part: helpers of your own
}

// Your part: helpers of your own
