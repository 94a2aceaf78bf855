//! How many clients there are, and whether one more may come.
//!
//! A [`Slot`] is a client's place. Whoever holds one has it until it is dropped, and a value is dropped whatever happens:
//! at the end of its function, at a `?` in the middle of it, and when its thread panics. So there is no way out on
//! which a place could be forgotten. (The pattern is known as RAII; a file and a `MutexGuard` are made the same way.)

use std::sync::Arc;
// Your part: what you need to count with several threads at once

/// A fixed number of places, of which some are taken.
#[derive(Debug)]
pub struct Slots {
    // Your part: what you keep
}

impl Slots {
    /// So many places, all free.
    pub fn new(max: usize) -> Slots {
        todo!("nobody is there yet")
    }

    /// Takes a place, if one is free. Any number of threads may ask at the same moment.
    pub fn try_acquire(self: &Arc<Self>) -> Option<Slot> {
        todo!("look and take in one step that no other thread can come between")
    }

    /// How many places are taken.
    pub fn active(&self) -> usize {
        todo!("how many slots exist right now")
    }
}

/// One place that is taken; free again when this value is dropped.
#[derive(Debug)]
pub struct Slot {
    // Your part: what it has to know to give its place back
}

impl Drop for Slot {
    fn drop(&mut self) {
        todo!("one place fewer is taken")
    }
}
