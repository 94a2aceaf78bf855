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
    // begin solution item: the two locks and what they guard, and the file
    /// A configuration is never changed once it is here: the next one takes its place.
    running: Mutex<Arc<Running>>,
    /// Held during a whole commit.
    watchers: Mutex<Watchers>,
    file: Option<PathBuf>,
    // end solution item
}

impl Shared {
    /// The configuration of that file, see [`store::open`]; without a file, an empty one that is kept in memory only.
    ///
    /// # Errors
    ///
    /// Those of [`store::open`].
    pub fn open(file: Option<PathBuf>) -> Result<Shared, LoadError> {
        // begin solution: open the file, if there is one
        let running = file.as_deref().map(store::open).transpose()?.unwrap_or_default();
        Ok(Shared { running: Mutex::new(Arc::new(running)), watchers: Mutex::default(), file })
        // end solution
    }

    /// The present configuration, which will not change any more, whoever commits: a snapshot.
    pub fn running(&self) -> Arc<Running> {
        // begin solution: hold the lock for a moment
        Arc::clone(&lock(&self.running))
        // end solution
    }

    /// Commits the changes as [`Running::commit`] does, saves the new configuration, and only then puts it in force, answers
    /// the committer with `OK version`, and tells the watchers, in this order.
    ///
    /// # Errors
    ///
    /// [`Refusal::Conflict`]; [`Refusal::Store`] if the new configuration can't be saved. The running configuration
    /// is what it was then, and the committer has no answer yet.
    pub fn commit(&self, base: u64, changes: &Changes, committer: &Outbox) -> Result<(), Refusal> {
        // begin solution: make the next configuration from a copy, save it, put it in force, answer, tell
        let watchers = lock(&self.watchers);
        let mut next = Running::clone(&self.running());
        let changes = next.differing(changes);
        let version = next.commit(base, &changes).map_err(|Conflict(path)| Refusal::Conflict(path))?;
        if !changes.is_empty() {
            if let Some(file) = &self.file {
                next.save(file).map_err(Refusal::Store)?;
            }
            *lock(&self.running) = Arc::new(next);
        }
        // Still under the lock: a later commit's event must not come before this.
        committer.reply(format!("OK {version}"));
        watchers.tell(version, &changes);
        Ok(())
        // end solution
    }

    /// From now on, tells the client of changes within that path; answers it with `OK` before the first event can come.
    ///
    /// # Errors
    ///
    /// Those of [`Watchers::add`].
    pub fn watch(&self, path: Path, watcher: &Arc<Outbox>) -> Result<(), Refusal> {
        // begin solution: add it, and answer while nobody can commit
        let mut watchers = lock(&self.watchers);
        watchers.add(watcher, path)?;
        watcher.reply("OK");
        Ok(())
        // end solution
    }

    /// Tells the client of nothing any more.
    pub fn forget(&self, watcher: &Arc<Outbox>) {
        // begin solution: remove it
        lock(&self.watchers).remove(watcher);
        // end solution
    }
}

// begin solution item: a helper of your own
/// What these locks guard is whole between any two statements, so it is also when a thread has panicked with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
// end solution item
