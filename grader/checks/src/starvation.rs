//! How long the student's processes waited for a CPU: time that the machine took, and that no deadline may hold against
//! them. On a quiet machine it is next to nothing; where a class is graded on all cores, seconds may pass before a program
//! that is ready to go on does so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use cell::Cell;

/// More threads than that starve themselves: they are not waited for any longer.
const CROWD: usize = 64;

/// The one of this process: a runner has one cell.
static METER: OnceLock<Mutex<Meter>> = OnceLock::new();

struct Meter {
    cell: Arc<Cell>,
    /// What each thread had waited when it was last looked at.
    waited: HashMap<u32, Duration>,
    began: Instant,
    /// In all.
    starved: Duration,
}

/// Measures the processes of a cell from now on.
pub(crate) fn measure(cell: &Arc<Cell>) {
    let meter = Meter {
        cell: Arc::clone(cell),
        waited: HashMap::new(),
        began: Instant::now(),
        starved: Duration::ZERO,
    };
    // A second cell in the same process would be a mistake of ours; the first one is measured then.
    let _ = METER.set(Mutex::new(meter));
}

/// How long, until now, some process was ready and had no CPU. It grows with each look, and is never more than
/// the clock's.
pub(crate) fn starved() -> Duration {
    METER.get().map_or(Duration::ZERO, |meter| meter.lock().unwrap_or_else(PoisonError::into_inner).look())
}

/// What was measured at the last look, without a new one.
pub(crate) fn starved_so_far() -> Duration {
    METER.get().map_or(Duration::ZERO, |meter| meter.lock().unwrap_or_else(PoisonError::into_inner).starved)
}

impl Meter {
    fn look(&mut self) -> Duration {
        let Some(waits) = self.cell.waits_for_cpu(CROWD) else { return self.starved };
        let now: HashMap<u32, Duration> = waits.into_iter().collect();
        // The kernel adds a wait when it is over: one look may see nothing of it, and the next one all.
        self.starved = (self.starved + growth(&self.waited, &now)).min(self.began.elapsed());
        self.waited = now;
        self.starved
    }
}

/// How much more the one waited that waited most since the last look. A thread that is new had waited nothing.
fn growth(before: &HashMap<u32, Duration>, now: &HashMap<u32, Duration>) -> Duration {
    let grown = now
        .iter()
        .map(|(thread, waited)| waited.saturating_sub(before.get(thread).copied().unwrap_or_default()));
    grown.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_that_waited_most_counts() {
        let waits = |waits: &[(u32, u64)]| -> HashMap<u32, Duration> {
            waits.iter().map(|&(thread, ms)| (thread, Duration::from_millis(ms))).collect()
        };
        let before = waits(&[(1, 100), (2, 500)]);
        assert_eq!(growth(&before, &waits(&[(1, 130), (2, 510), (3, 20)])), Duration::from_millis(30));
        assert_eq!(growth(&before, &waits(&[(3, 40)])), Duration::from_millis(40));
        assert_eq!(growth(&before, &waits(&[])), Duration::ZERO);
    }
}
