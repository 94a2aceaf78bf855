//! The board on which all connections of a measurement write what happened to them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::latencies::Latencies;
use super::report::{Pace, Report};
use super::target::Options;

/// How fine the curve of throughput is: replies are counted in spans of this length.
pub const SPAN: Duration = Duration::from_millis(100);

/// Shared by all connections: a clone writes on the same board.
///
/// One board for all, and not one for each connection to be summed up at the end: the buckets of a thousand boards would
/// not fit into a processor's cache. Its lock is never held across an `.await`, so nobody waits for it.
#[derive(Debug, Clone)]
pub struct Board {
    start: Instant,
    done: Arc<AtomicU64>,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug, Default)]
struct Notes {
    latencies: Latencies,
    /// What the open loop would have said without its timetable.
    from_sending: Option<Latencies>,
    timeline: Vec<u64>,
    failed: u64,
    endings: BTreeMap<&'static str, u64>,
}

impl Board {
    /// Begins a measurement: time runs from now on.
    #[must_use]
    pub fn start(options: &Options) -> Board {
        Board { start: Instant::now(), done: Arc::clone(&options.done), notes: Arc::default() }
    }

    /// When the measurement began.
    #[must_use]
    pub fn began(&self) -> Instant {
        self.start
    }

    /// A right reply: its request was sent at the one time, and it was complete at the other.
    pub fn reply(&self, sent: Instant, arrived: Instant) {
        self.note_reply(&mut self.lock(), sent, arrived);
    }

    /// The same of a request that had a time at which it was due: what counts is how long it took from then.
    pub fn reply_to_due(&self, due: Instant, sent: Instant, arrived: Instant) {
        let mut notes = self.lock();
        notes.from_sending.get_or_insert_default().record(arrived - sent);
        self.note_reply(&mut notes, due, arrived);
    }

    fn note_reply(&self, notes: &mut Notes, from: Instant, arrived: Instant) {
        notes.latencies.record(arrived.saturating_duration_since(from));
        let span = ((arrived - self.start).as_millis() as u64 / SPAN.as_millis() as u64) as usize;
        if notes.timeline.len() <= span {
            notes.timeline.resize(span + 1, 0);
        }
        notes.timeline[span] += 1;
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// The end of a connection, and with it of so many requests that have no right reply and will get none.
    pub fn failure(&self, why: Failure, requests: u32) {
        let mut notes = self.lock();
        notes.failed += u64::from(requests);
        *notes.endings.entry(why.name()).or_default() += 1;
        self.done.fetch_add(requests.into(), Ordering::Relaxed);
    }

    /// Ends the measurement: so much was asked for, and this is what the board says.
    #[must_use]
    pub fn report(&self, connections: u32, requests_each: u32, pace: Pace) -> Report {
        let elapsed = self.start.elapsed();
        let notes = std::mem::take(&mut *self.lock());
        Report {
            connections,
            requests: u64::from(connections) * u64::from(requests_each),
            pace,
            ok: notes.latencies.count(),
            failed: notes.failed,
            endings: notes.endings,
            elapsed,
            latencies: notes.latencies,
            from_sending: notes.from_sending,
            timeline: notes.timeline,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
