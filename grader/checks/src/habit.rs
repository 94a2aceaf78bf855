//! What the student's program was seen to do over and over, for nothing: a server that takes the end of a stream for
//! "no data yet", or a loop that never ends, is told so, and not waited for as one that may be at work.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use cell::{Cell, Habit};

/// A correct program uses so much CPU time only where it has much to do.
const FIRST_LOOK: Duration = Duration::from_millis(200);

/// The last one seen in this process: a runner has one cell.
static SEEN: Mutex<Option<Habit>> = Mutex::new(None);

/// The habit that was seen, if one was.
pub(crate) fn seen() -> Option<Habit> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Whether one was seen that will hardly bring anything.
pub(crate) fn is_in_vain() -> bool {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(Habit::is_in_vain)
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
        if used < self.next || is_looking || is_in_vain() {
            return;
        }
        self.next = used * 2;
        let cell = Arc::clone(cell);
        self.looking = Some(std::thread::spawn(move || {
            if let Some(habit) = cell.habit() {
                *SEEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(habit);
            }
        }));
    }
}
