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
    // begin solution item: what you tell the guards with
    /// Whether all shall stop. Each guard is a receiver, so the channel also knows how many are left.
    stop: watch::Sender<bool>,
    // end solution item
}

/// A client's side. Its task keeps it until the connection is closed, and drops it on whatever way it ends.
#[derive(Debug, Clone)]
pub struct Guard {
    // begin solution item: what you hear it from
    stop: watch::Receiver<bool>,
    // end solution item
}

impl Drain {
    /// Nobody has a guard yet, and nobody shall stop.
    pub fn new() -> Drain {
        // begin solution: nobody shall stop
        Drain { stop: watch::Sender::new(false) }
        // end solution
    }

    /// One more guard.
    pub fn guard(&self) -> Guard {
        // begin solution: one more that hears of it
        Guard { stop: self.stop.subscribe() }
        // end solution
    }

    /// Tells all guards to stop, and waits until none is left, but no longer than `grace`. How many are left.
    pub async fn finish(self, grace: Duration) -> usize {
        // begin solution: tell them; wait for the last one, and no longer than the grace
        self.stop.send_replace(true);
        // Either way, what is left is counted.
        let _ = timeout(grace, self.stop.closed()).await;
        self.stop.receiver_count()
        // end solution
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
        // begin solution: wait for the word
        // An error means that the sender is gone: then nobody is left who could ask for more.
        let _ = self.stop.wait_for(|&stop| stop).await;
        // end solution
    }
}
