//! What is counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The numbers of the server. All tasks count at the same time.
#[derive(Debug)]
pub(crate) struct Metrics {
    started: Instant,
    requests: AtomicU64,
    active: AtomicU64,
    total: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

impl Metrics {
    /// Nothing has happened yet.
    pub(crate) fn new() -> Metrics {
        Metrics {
            started: Instant::now(),
            requests: AtomicU64::new(0),
            active: AtomicU64::new(0),
            total: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
        }
    }

    /// A client has come, and with it a request.
    pub(crate) fn connected(&self) {
        self.total.fetch_add(1, Ordering::Relaxed);
        self.active.fetch_add(1, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// A conversation is over, in which so many bytes went back and forth.
    pub(crate) fn finished(&self, bytes_in: u64, bytes_out: u64) {
        self.bytes_in.fetch_add(bytes_in, Ordering::Relaxed);
        self.bytes_out.fetch_add(bytes_out, Ordering::Relaxed);
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// All numbers in one line.
    pub(crate) fn line(&self) -> String {
        let [requests, active, total, bytes_in, bytes_out] =
            [&self.requests, &self.active, &self.total, &self.bytes_in, &self.bytes_out]
                .map(|number| number.load(Ordering::Relaxed));
        let uptime_s = self.started.elapsed().as_secs();
        format!(
            "METRICS requests={requests} active={active} total={total} bytes_in={bytes_in} \
             bytes_out={bytes_out} rejected=0 uptime_s={uptime_s}"
        )
    }
}
