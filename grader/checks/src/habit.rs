//! What the student's program was seen to do over and over, for nothing: a server that takes the end of a stream for
//! "no data yet", or a loop that never ends, is told so, and not waited for as one that may be at work.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cell::{Cell, Habit};

/// A correct program uses so much CPU time only where it has much to do.
const FIRST_LOOK: Duration = Duration::from_millis(200);

/// The last one seen in this process, and when: a runner has one cell.
static SEEN: Mutex<Option<(Habit, Instant)>> = Mutex::new(None);

/// The habit that was seen, if one was.
pub(crate) fn seen() -> Option<Habit> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(habit, _)| habit.clone())
}

/// Since when it is known of the program that what it does will hardly bring anything.
pub(crate) fn in_vain_since() -> Option<Instant> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.as_ref().filter(|(habit, _)| habit.is_in_vain()).map(|(_, when)| *when)
}

/// Looks at a cell's programs whenever they have used twice as much CPU time as at the last look: a busy program is
/// followed a few times, for a moment each.
pub(crate) struct Watch {
    next: Duration,
    /// Follows a program: whoever watches over limits can't wait for that.
    looking: Option<JoinHandle<()>>,
}

impl Watch {
    pub(crate) fn new() -> Watch {
        Watch { next: FIRST_LOOK, looking: None }
    }

    /// Looks, if it is time: the programs have used so much by now.
    pub(crate) fn look(&mut self, cell: &Arc<Cell>, used: Duration) {
        let is_looking = self.looking.as_ref().is_some_and(|thread| !thread.is_finished());
        if used < self.next || is_looking || in_vain_since().is_some() {
            return;
        }
        self.next = used * 2;
        let cell = Arc::clone(cell);
        self.looking = Some(std::thread::spawn(move || {
            if let Some(habit) = cell.habit() {
                *SEEN.lock().unwrap_or_else(PoisonError::into_inner) = Some((habit, Instant::now()));
            }
        }));
    }
}
