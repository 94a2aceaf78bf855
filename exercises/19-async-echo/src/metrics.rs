//! What is counted, and who may come in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The numbers of a server, counted by all of its tasks at the same time.
///
/// Each number is an atomic of its own, so nobody waits for anybody: there is no lock that a task could hold across an
/// `.await`. The price is that a line of them may show a request whose bytes are not counted yet. Once all tasks have ended it
/// is exact.
#[derive(Debug)]
pub struct Metrics {
    /// When the server began.
    started: Instant,
    // Your part: what you count
}

/// A client's seat. Whoever drops it, on whatever way a conversation may end (also by a panic), makes room for the next
/// client.
#[derive(Debug)]
pub struct Seat(Arc<Metrics>);

impl Drop for Seat {
    fn drop(&mut self) {
        todo!("one client less is active")
    }
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new() -> Metrics {
        todo!("all numbers are zero")
    }

    /// Counts a client that was accepted, and gives it a seat; or rejects it, if `max_clients` have one already.
    ///
    /// Only one task may call this, the one that accepts: between its look and its step nobody else takes the seat.
    pub fn admit(self: &Arc<Self>, max_clients: u64) -> Option<Seat> {
        todo!("count it, and then either as active, with a seat, or as rejected")
    }

    /// Counts bytes that a client has sent.
    pub fn received(&self, bytes: usize) {
        todo!("count them")
    }

    /// Counts lines that were answered, and the bytes that a client was sent.
    pub fn answered(&self, lines: u64, bytes: usize) {
        todo!("count both")
    }

    /// All numbers as they are now, in one line: `METRICS requests=… active=… total=… bytes_in=… bytes_out=… rejected=…
    /// uptime_s=…`.
    ///
    /// `requests` are lines answered, `active` the clients that have a seat, `total` all that were accepted, those that were
    /// rejected too. Bytes are those of lines and answers, with their newlines. The uptime is in whole seconds.
    pub fn line(&self) -> String {
        todo!("the seven numbers, each behind its name")
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}
