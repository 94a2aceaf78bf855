//! How many clients there are, and whether one more may come: what you wrote in lab 18, given here.
//!
//! A [`Slot`] is a client's place. Whoever holds one has it until it is dropped, and a value is dropped whatever happens:
//! at the end of its function, at a `?` in the middle of it, and when its thread panics. So there is no way out on
//! which a place could be forgotten. (The pattern is known as RAII; a file and a `MutexGuard` are made the same way.)

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A fixed number of places, of which some are taken.
#[derive(Debug)]
pub struct Slots {
    max: usize,
    /// How many slots exist: never more than `max`.
    active: AtomicUsize,
}

impl Slots {
    /// So many places, all free.
    pub fn new(max: usize) -> Slots {
        Slots { max, active: AtomicUsize::new(0) }
    }

    /// Takes a place, if one is free. Any number of threads may ask at the same moment.
    pub fn try_acquire(self: &Arc<Self>) -> Option<Slot> {
        // A `load` and a `store` would be two steps. This is one: if another thread was faster, it looks again.
        let one_more = |active| (active < self.max).then_some(active + 1);
        self.active.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).ok()?;
        Some(Slot { slots: Arc::clone(self) })
    }

    /// How many places are taken.
    pub fn active(&self) -> usize {
        self.active.load(Ordering::SeqCst)
    }
}

/// One place that is taken; free again when this value is dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Arc<Slots>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.active.fetch_sub(1, Ordering::SeqCst);
    }
}
