//! What all sessions have in common: the running configuration, its file, and who watches.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::outbox::Outbox;
use crate::path::Path;
use crate::request::Refusal;
use crate::store::{self, Changes, Conflict, LoadError, Running};
use crate::watchers::Watchers;

/// The running configuration, its file, and who watches.
///
/// There are two locks. One is for whoever commits, from the first look to the last event, also while the disk works: so commits
/// come one after the other, and so do their events. The other one is held for a moment only, to take the present
/// configuration or to put the next one in its place. So nobody who reads waits for a disk, and nobody ever sees half of a commit.
#[derive(Debug)]
pub struct Shared {
    // Your part: the two locks and what they guard, and the file
}

impl Shared {
    /// The configuration of that file, see [`store::open`]; without a file, an empty one that is kept in memory only.
    ///
    /// # Errors
    ///
    /// Those of [`store::open`].
    pub fn open(file: Option<PathBuf>) -> Result<Shared, LoadError> {
        todo!("open the file, if there is one")
    }

    /// The present configuration, which will not change any more, whoever commits: a snapshot.
    pub fn running(&self) -> Arc<Running> {
        todo!("hold the lock for a moment")
    }

    /// Commits the changes as [`Running::commit`] does, saves the new configuration, and only then puts it in force, answers
    /// the committer with `OK version`, and tells the watchers, in this order.
    ///
    /// # Errors
    ///
    /// [`Refusal::Conflict`]; [`Refusal::Store`] if the new configuration can't be saved. The running configuration
    /// is what it was then, and the committer has no answer yet.
    pub fn commit(&self, base: u64, changes: &Changes, committer: &Outbox) -> Result<(), Refusal> {
        todo!("make the next configuration from a copy, save it, put it in force, answer, tell")
    }

    /// From now on, tells the client of changes within that path; answers it with `OK` before the first event can come.
    ///
    /// # Errors
    ///
    /// Those of [`Watchers::add`].
    pub fn watch(&self, path: Path, watcher: &Arc<Outbox>) -> Result<(), Refusal> {
        todo!("add it, and answer while nobody can commit")
    }

    /// Tells the client of nothing any more.
    pub fn forget(&self, watcher: &Arc<Outbox>) {
        todo!("remove it")
    }
}

// Your part: a helper of your own
