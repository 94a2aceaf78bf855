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
    // begin solution item: what you count
    requests: AtomicU64,
    active: AtomicU64,
    total: AtomicU64,
    rejected: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    // end solution item
}

/// A client's seat. Whoever drops it, on whatever way a conversation may end (also by a panic), makes room for the next
/// client.
#[derive(Debug)]
pub struct Seat(Arc<Metrics>);

impl Drop for Seat {
    fn drop(&mut self) {
        // begin solution: one client less is active
        self.0.active.fetch_sub(1, Ordering::Relaxed);
        // end solution
    }
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new() -> Metrics {
        // begin solution: all numbers are zero
        Metrics {
            started: Instant::now(),
            requests: AtomicU64::new(0),
            active: AtomicU64::new(0),
            total: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
        }
        // end solution
    }

    /// Counts a client that was accepted, and gives it a seat; or rejects it, if `max_clients` have one already.
    ///
    /// Only one task may call this, the one that accepts: between its look and its step nobody else takes the seat.
    pub fn admit(self: &Arc<Self>, max_clients: u64) -> Option<Seat> {
        // begin solution: count it, and then either as active, with a seat, or as rejected
        self.total.fetch_add(1, Ordering::Relaxed);
        if self.active.load(Ordering::Relaxed) >= max_clients {
            self.rejected.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.active.fetch_add(1, Ordering::Relaxed);
        Some(Seat(Arc::clone(self)))
        // end solution
    }

    /// Counts bytes that a client has sent.
    pub fn received(&self, bytes: usize) {
        // begin solution: count them
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
        // end solution
    }

    /// Counts lines that were answered, and the bytes that a client was sent.
    pub fn answered(&self, lines: u64, bytes: usize) {
        // begin solution: count both
        self.requests.fetch_add(lines, Ordering::Relaxed);
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
        // end solution
    }

    /// All numbers as they are now, in one line: `METRICS requests=… active=… total=… bytes_in=… bytes_out=… rejected=…
    /// uptime_s=…`.
    ///
    /// `requests` are lines answered, `active` the clients that have a seat, `total` all that were accepted, those that were
    /// rejected too. Bytes are those of lines and answers, with their newlines. The uptime is in whole seconds.
    pub fn line(&self) -> String {
        // begin solution: the seven numbers, each behind its name
        let [requests, active, total, bytes_in, bytes_out, rejected] =
            [&self.requests, &self.active, &self.total, &self.bytes_in, &self.bytes_out, &self.rejected]
                .map(|number| number.load(Ordering::Relaxed));
        let uptime_s = self.started.elapsed().as_secs();
        format!(
            "METRICS requests={requests} active={active} total={total} bytes_in={bytes_in} \
             bytes_out={bytes_out} rejected={rejected} uptime_s={uptime_s}"
        )
        // end solution
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}
