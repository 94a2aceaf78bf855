// begin solution item: who is connected (the patient's clients.rs)
//! Who is connected.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::State;

/// How many clients have a seat, and how many seats there are.
///
/// The patient keeps a list of clients, and uses nothing of it but its length. A number can't hold a connection open.
#[derive(Debug)]
pub(super) struct Clients {
    seated: AtomicUsize,
    seats: usize,
}

/// A client's seat. Whoever drops it, on whatever way a conversation ends, makes room for the next client.
#[derive(Debug)]
pub(super) struct Seat(Arc<State>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.clients.seated.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Clients {
    /// Nobody yet.
    pub(super) fn new(seats: usize) -> Clients {
        Clients { seated: AtomicUsize::new(0), seats }
    }

    /// Gives a client a seat, if one is free.
    ///
    /// Only one task may call this, the one that accepts: between its look and its step nobody else takes the seat.
    pub(super) fn admit(state: &Arc<State>) -> Option<Seat> {
        let clients = &state.clients;
        if clients.count() >= clients.seats {
            return None;
        }
        clients.seated.fetch_add(1, Ordering::Relaxed);
        Some(Seat(Arc::clone(state)))
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.seated.load(Ordering::Relaxed)
    }
}
// end solution item
