//! NTP's way to write a time, and what four times tell.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time as NTP writes it (RFC 5905 §6): the high 32 bits are seconds since 1900-01-01 00:00 UTC, the low
/// 32 bits the fraction of a second, in units of 2^-32 s (a quarter of a nanosecond).
///
/// 32 bits of seconds are full after 136 years, on 2036-02-07. Then the count begins at zero again, and that is the
/// next *era*. Which era a timestamp is of doesn't stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NtpTs(pub u64);

impl NtpTs {
    /// The timestamp for `time`, cut off below 2^-32 s. A time before 1970 counts as 1970.
    pub fn from_system(time: SystemTime) -> Self {
        // begin solution: seconds since 1900 without their era, and the nanoseconds as a fraction of 2^32
        let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let seconds = (since_1970.as_secs() + SECONDS_1900_TO_1970) % SECONDS_PER_ERA;
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / NANOSECONDS_PER_SECOND;
        Self(seconds << 32 | fraction)
        // end solution
    }

    /// The time for this timestamp, rounded to the nanosecond.
    ///
    /// The era is chosen so that the time is between 1968 and 2104: timestamps whose first bit is set are of the
    /// first era, the others of the second (RFC 4330 §3).
    pub fn to_system(self) -> SystemTime {
        // begin solution: find the era by the first bit, then count from 1900 (SystemTime knows times before 1970)
        let (seconds, fraction) = (self.0 >> 32, self.0 & 0xffff_ffff);
        let era = if seconds >> 31 == 1 { 0 } else { 1 };
        let half = 1 << 31;
        let nanoseconds = (fraction * NANOSECONDS_PER_SECOND + half) >> 32;

        let start_of_1900 = UNIX_EPOCH - Duration::from_secs(SECONDS_1900_TO_1970);
        start_of_1900
            + Duration::from_secs(era * SECONDS_PER_ERA + seconds)
            + Duration::from_nanos(nanoseconds)
        // end solution
    }
}

// begin solution item: the constants that this takes
/// 70 years of 365 days, and 17 leap days: 1900 had none.
const SECONDS_1900_TO_1970: u64 = (70 * 365 + 17) * 24 * 60 * 60;

/// After that many seconds the count begins at zero again.
const SECONDS_PER_ERA: u64 = 1 << 32;

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;
// end solution item

/// What one exchange tells, in seconds (RFC 5905 §8): by how much the server's clock is ahead of ours, and how long
/// the request and the answer were on their way, both together.
///
/// `t1` is when the request left us, `t2` when it reached the server, `t3` when the answer left the server, `t4`
/// when it reached us. `t1` and `t4` are by our clock, `t2` and `t3` by the server's. The offset is right if both
/// ways took the same time; otherwise it is wrong by at most half the delay.
///
/// Two clocks may be up to 68 years apart, also across the end of an era.
pub fn offset_delay(t1: NtpTs, t2: NtpTs, t3: NtpTs, t4: NtpTs) -> (f64, f64) {
    // begin solution: ((t2 - t1) + (t3 - t4)) / 2, and (t4 - t1) - (t3 - t2); each difference may be negative
    let offset = (seconds_between(t1, t2) + seconds_between(t4, t3)) / 2.0;
    let delay = seconds_between(t1, t4) - seconds_between(t2, t3);
    (offset, delay)
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// `later` less `earlier`. The difference of two numbers that wrap round is right as long as it fits an `i64`.
fn seconds_between(earlier: NtpTs, later: NtpTs) -> f64 {
    let units = later.0.wrapping_sub(earlier.0).cast_signed();
    units as f64 / SECONDS_PER_ERA as f64
}
// end solution item
