//! Things that happen later, in order of time.

use std::collections::BTreeMap;
use std::collections::btree_map::OccupiedEntry;
use std::time::Duration;

/// A queue by time; what is due at the same time comes out as it went in.
#[derive(Debug, Clone)]
pub(crate) struct Schedule<T> {
    items: BTreeMap<(Duration, u64), T>,
    added: u64,
}

impl<T> Default for Schedule<T> {
    fn default() -> Schedule<T> {
        Schedule { items: BTreeMap::new(), added: 0 }
    }
}

impl<T> Schedule<T> {
    pub(crate) fn at(&mut self, time: Duration, item: T) {
        self.items.insert((time, self.added), item);
        self.added += 1;
    }

    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.items.first_key_value().map(|((time, _), _)| *time)
    }

    /// Takes out the first item whose time has come.
    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<T> {
        self.items.first_entry().filter(|entry| entry.key().0 <= now).map(OccupiedEntry::remove)
    }
}
