//! Waiting for events: the only place in the checks where time passes.

use std::time::{Duration, Instant};

use crate::{habit, starvation};

/// How long a check waits for something that a correct program does at once. Generous, because it costs nothing
/// when the program is right, and a busy machine must not fail it.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How long it waits for a program that was seen to read the end of a stream over and over, or to compute for ever: it has
/// the time, and does nothing else with it.
const LITTLE_PATIENCE: Duration = Duration::from_millis(500);

/// The longest wait until a deadline is asked again whether it has passed.
const TURN: Duration = Duration::from_millis(100);

/// How late something may be that has a time of its own: upper bounds are given with this slack.
pub const SLACK: Duration = Duration::from_millis(500);

/// How often a fact that sends no event (a line of `/proc`) is looked at, at first and at last.
const POLL: [Duration; 2] = [Duration::from_micros(300), Duration::from_millis(20)];

/// Between the two, a look comes as late as this part of the time that was waited already: whoever waits for long
/// costs little, and is late by little of it. (A look every 0.3 ms took 7 % of a core.)
const LATENESS: u32 = 32;

/// How many times its length a deadline may come late on a starved machine.
const MOST_EXTENSION: u32 = 8;

/// What becomes of a limit when a program is seen, so long after its start, to go round for nothing: that of a check's
/// patience is over then, and no sooner than after [`LITTLE_PATIENCE`]. Shorter ones are a lab's own times, and stay.
fn shortened(limit: Duration, seen_after: Duration) -> Duration {
    if limit < PATIENCE {
        return limit;
    }
    // In whole tenths of a second, for reports.
    let tenths = seen_after.as_millis().div_ceil(100) as u64;
    Duration::from_millis(100 * tenths).clamp(LITTLE_PATIENCE, limit)
}

/// A moment until which a check waits. It comes later by what the student's processes have waited for a CPU meanwhile: on
/// a busy machine a correct program is no worse. And it comes soon for one that [goes round for nothing](shortened).
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    start: Instant,
    limit: Duration,
    /// At the start.
    starved: Duration,
}

impl Deadline {
    /// That long from now.
    pub fn after(limit: Duration) -> Deadline {
        Deadline { start: Instant::now(), limit, starved: starvation::starved_so_far() }
    }

    /// How long to wait before it is asked again whether it has [expired](Self::expired): zero when it has, as far as is known
    /// without a look at the processes.
    pub fn turn(&self) -> Duration {
        self.left_when(starvation::starved_so_far()).min(TURN)
    }

    /// Whether it has passed.
    pub fn expired(&self) -> bool {
        self.turn().is_zero() && self.left_when(starvation::starved()).is_zero()
    }

    fn left_when(&self, starved: Duration) -> Duration {
        let limit = self.limit();
        let extension = starved.saturating_sub(self.starved).min(limit * MOST_EXTENSION);
        (limit + extension).saturating_sub(self.start.elapsed())
    }

    /// The whole time that was given.
    pub fn limit(&self) -> Duration {
        habit::in_vain_since()
            .map_or(self.limit, |seen| shortened(self.limit, seen.saturating_duration_since(self.start)))
    }

    /// Asks again and again until the answer is there; `None` when the deadline passes first.
    ///
    /// The question is asked at least once, and once more after the deadline, so that a starved process does not
    /// take its own lateness for the program's.
    pub fn poll<T>(&self, mut question: impl FnMut() -> Option<T>) -> Option<T> {
        loop {
            let last = self.expired();
            if let Some(answer) = question() {
                return Some(answer);
            }
            if last {
                return None;
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "facts in /proc send no event: the one polling loop"
            )]
            std::thread::sleep((self.start.elapsed() / LATENESS).clamp(POLL[0], POLL[1]));
        }
    }

    /// As [`Deadline::poll`], for questions that can fail.
    pub fn try_poll<T, E>(&self, mut question: impl FnMut() -> Result<Option<T>, E>) -> Result<Option<T>, E> {
        self.poll(|| question().transpose()).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poll_returns_the_first_answer() {
        let mut asked = 0;
        let answer = Deadline::after(PATIENCE).poll(|| {
            asked += 1;
            (asked == 3).then_some("yes")
        });
        assert_eq!((answer, asked), (Some("yes"), 3));
    }

    #[test]
    fn patience_ends_when_it_is_seen_to_be_in_vain() {
        for (limit, seen_after, shorter) in
            [(5000, 0, 500), (5000, 499, 500), (10_000, 2_210, 2_300), (5000, 7000, 5000), (700, 0, 700)]
        {
            let [limit, seen_after, shorter] = [limit, seen_after, shorter].map(Duration::from_millis);
            assert_eq!(shortened(limit, seen_after), shorter, "{limit:?}, seen after {seen_after:?}");
        }
    }

    #[test]
    fn poll_asks_even_when_no_time_is_left() {
        assert_eq!(Deadline::after(Duration::ZERO).poll(|| Some(1)), Some(1));
        assert_eq!(Deadline::after(Duration::ZERO).poll(|| None::<u8>), None);
    }
}
