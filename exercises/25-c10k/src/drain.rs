//! Who is told of the end, and who is waited for.
//!
//! A server that ends in order **drains**: nobody new comes in, and those who are there may finish what they have begun. The
//! [`Drain`] is the server's side of that, a [`Guard`] each client's.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// The server's side: hands out guards, tells all of them to stop, and waits until the last one is dropped.
#[derive(Debug)]
pub struct Drain {
    // Your part: what you tell the guards with
}

/// A client's side. Its task keeps it until the connection is closed, and drops it on whatever way it ends.
#[derive(Debug, Clone)]
pub struct Guard {
    // Your part: what you hear it from
}

impl Drain {
    /// Nobody has a guard yet, and nobody shall stop.
    pub fn new() -> Drain {
        todo!("nobody shall stop")
    }

    /// One more guard.
    pub fn guard(&self) -> Guard {
        todo!("one more that hears of it")
    }

    /// Tells all guards to stop, and waits until none is left, but no longer than `grace`. How many are left.
    pub async fn finish(self, grace: Duration) -> usize {
        todo!("tell them; wait for the last one, and no longer than the grace")
    }
}

impl Default for Drain {
    fn default() -> Drain {
        Drain::new()
    }
}

impl Guard {
    /// Waits until this guard is told to stop, or its [`Drain`] is gone; at once if that has been so before.
    pub async fn stopped(&mut self) {
        todo!("wait for the word")
    }
}
