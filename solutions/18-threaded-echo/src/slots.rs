//! How many clients there are, and whether one more may come.
//!
//! A [`Slot`] is a client's place. Whoever holds one has it until it is dropped, and a value is dropped whatever happens:
//! at the end of its function, at a `?` in the middle of it, and when its thread panics. So there is no way out on
//! which a place could be forgotten. (The pattern is known as RAII; a file and a `MutexGuard` are made the same way.)

use std::sync::Arc;
// begin solution item: what you need to count with several threads at once
use std::sync::atomic::{AtomicUsize, Ordering};
// end solution item

/// A fixed number of places, of which some are taken.
#[derive(Debug)]
pub struct Slots {
    // begin solution item: what you keep
    max: usize,
    /// How many slots exist: never more than `max`.
    active: AtomicUsize,
    // end solution item
}

impl Slots {
    /// So many places, all free.
    pub fn new(max: usize) -> Slots {
        // begin solution: nobody is there yet
        Slots { max, active: AtomicUsize::new(0) }
        // end solution
    }

    /// Takes a place, if one is free. Any number of threads may ask at the same moment.
    pub fn try_acquire(self: &Arc<Self>) -> Option<Slot> {
        // begin solution: look and take in one step that no other thread can come between
        // A `load` and a `store` would be two steps. This is one: if another thread was faster, it looks again.
        let one_more = |active| (active < self.max).then_some(active + 1);
        self.active.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).ok()?;
        Some(Slot { slots: Arc::clone(self) })
        // end solution
    }

    /// How many places are taken.
    pub fn active(&self) -> usize {
        // begin solution: how many slots exist right now
        self.active.load(Ordering::SeqCst)
        // end solution
    }
}

/// One place that is taken; free again when this value is dropped.
#[derive(Debug)]
pub struct Slot {
    // begin solution item: what it has to know to give its place back
    slots: Arc<Slots>,
    // end solution item
}

impl Drop for Slot {
    fn drop(&mut self) {
        // begin solution: one place fewer is taken
        self.slots.active.fetch_sub(1, Ordering::SeqCst);
        // end solution
    }
}
