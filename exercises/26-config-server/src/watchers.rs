//! Who is told of what.

use std::sync::Arc;

use crate::outbox::Outbox;
use crate::path::Path;
use crate::request::Refusal;
use crate::store::Changes;

/// How many paths one client may watch: enough for a client, and no way to fill the memory.
pub const MAX_WATCHED: usize = 64;

/// The clients that watch, and their paths.
#[derive(Debug, Default)]
pub struct Watchers {
    // Your part: what you keep
}

// Your part: what you keep of one client

impl Watchers {
    /// Notes that this client watches that path, beside others that it may watch already.
    ///
    /// # Errors
    ///
    /// [`Refusal::Bad`] if it watches [`MAX_WATCHED`] paths already.
    pub fn add(&mut self, outbox: &Arc<Outbox>, path: Path) -> Result<(), Refusal> {
        todo!("find the client, or begin with it, and add the path")
    }

    /// Forgets the client and all its paths.
    pub fn remove(&mut self, outbox: &Arc<Outbox>) {
        todo!("keep the others")
    }

    /// Puts an event for each change into the outbox of each client that watches its path: once, whichever of a client's
    /// paths it is within. Never waits for any of them.
    pub fn tell(&self, version: u64, changes: &Changes) {
        todo!("for each change, in its order, one text, and for each client that it concerns, one event")
    }
}
