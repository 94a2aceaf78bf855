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
    // begin solution item: what you keep
    all: Vec<Watcher>,
    // end solution item
}

// begin solution item: what you keep of one client
#[derive(Debug)]
struct Watcher {
    outbox: Arc<Outbox>,
    paths: Vec<Path>,
}
// end solution item

impl Watchers {
    /// Notes that this client watches that path, beside others that it may watch already.
    ///
    /// # Errors
    ///
    /// [`Refusal::Bad`] if it watches [`MAX_WATCHED`] paths already.
    pub fn add(&mut self, outbox: &Arc<Outbox>, path: Path) -> Result<(), Refusal> {
        // begin solution: find the client, or begin with it, and add the path
        match self.all.iter_mut().find(|watcher| Arc::ptr_eq(&watcher.outbox, outbox)) {
            None => self.all.push(Watcher { outbox: Arc::clone(outbox), paths: vec![path] }),
            Some(watcher) if watcher.paths.len() < MAX_WATCHED => watcher.paths.push(path),
            Some(_) => return Err(Refusal::Bad("too many paths are watched")),
        }
        Ok(())
        // end solution
    }

    /// Forgets the client and all its paths.
    pub fn remove(&mut self, outbox: &Arc<Outbox>) {
        // begin solution: keep the others
        self.all.retain(|watcher| !Arc::ptr_eq(&watcher.outbox, outbox));
        // end solution
    }

    /// Puts an event for each change into the outbox of each client that watches its path: once, whichever of a client's
    /// paths it is within. Never waits for any of them.
    pub fn tell(&self, version: u64, changes: &Changes) {
        // begin solution: for each change, in its order, one text, and for each client that it concerns, one event
        for (path, value) in changes {
            let text: Arc<str> = format!("EVENT {version} {path} {}", value.as_deref().unwrap_or("-")).into();
            for Watcher { outbox, paths } in &self.all {
                if paths.iter().any(|watched| path.is_within(watched)) && outbox.event(Arc::clone(&text)) {
                    labkit::log!(warn, "a watcher is too far behind at version {version}: cut off");
                }
            }
        }
        // end solution
    }
}
