// begin solution item: the last requests (the patient's requests.rs)
//! What was asked last, so that whoever looks into a complaint sees what came before it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// The last requests, the oldest first.
#[derive(Debug)]
pub(super) struct Requests {
    kept: Mutex<VecDeque<String>>,
    size: usize,
}

impl Requests {
    /// Room for so many.
    pub(super) fn new(size: usize) -> Requests {
        Requests { kept: Mutex::default(), size }
    }

    /// Keeps a request; the oldest goes if there is no room.
    pub(super) fn keep(&self, text: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(text.to_owned());
        if kept.len() > self.size {
            kept.pop_front();
        }
    }

    /// How many are kept.
    pub(super) fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many there is room for.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}
// end solution item
