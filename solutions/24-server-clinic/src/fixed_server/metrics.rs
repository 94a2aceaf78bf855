// begin solution item: what is counted (the patient's metrics.rs)
//! What is counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The numbers of the server, each counted where the thing happens, so that they are right on whatever way it goes on.
#[derive(Debug)]
pub(super) struct Metrics {
    started: Instant,
    requests: AtomicU64,
    total: AtomicU64,
    rejected: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

impl Metrics {
    /// Nothing has happened yet.
    pub(super) fn new() -> Metrics {
        Metrics {
            started: Instant::now(),
            requests: AtomicU64::new(0),
            total: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
        }
    }

    /// A client was accepted.
    pub(super) fn accepted(&self) {
        self.total.fetch_add(1, Ordering::Relaxed);
    }

    /// It found no seat.
    pub(super) fn rejected(&self) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes were read.
    pub(super) fn received(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// A line got its answer.
    pub(super) fn answered(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// So many bytes are an answer.
    pub(super) fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// All numbers in one line. How many clients are active is nobody's second count: whoever seats them knows.
    pub(super) fn line(&self, active: usize) -> String {
        let [requests, total, rejected, bytes_in, bytes_out] =
            [&self.requests, &self.total, &self.rejected, &self.bytes_in, &self.bytes_out]
                .map(|number| number.load(Ordering::Relaxed));
        let uptime_s = self.started.elapsed().as_secs();
        format!(
            "METRICS requests={requests} active={active} total={total} bytes_in={bytes_in} \
             bytes_out={bytes_out} rejected={rejected} uptime_s={uptime_s}"
        )
    }
}
// end solution item
