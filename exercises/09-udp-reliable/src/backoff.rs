//! How long to wait for each attempt.

use std::time::Duration;

/// The delays of a request's attempts: `initial`, and then each twice as long as the one before, as long as they are
/// not longer than `max`.
///
/// With 0.1 s and 2 s these are 0.1, 0.2, 0.4, 0.8 and 1.6 s. `initial` is more than nothing; if it is more than `max`
/// there is no attempt.
pub fn schedule(initial: Duration, max: Duration) -> Vec<Duration> {
    todo!("double from initial while the delay is not longer than max")
}
