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
        todo!("seconds since 1900 without their era, and the nanoseconds as a fraction of 2^32")
    }

    /// The time for this timestamp, rounded to the nanosecond.
    ///
    /// The era is chosen so that the time is between 1968 and 2104: timestamps whose first bit is set are of the
    /// first era, the others of the second (RFC 4330 §3).
    pub fn to_system(self) -> SystemTime {
        todo!("find the era by the first bit, then count from 1900 (SystemTime knows times before 1970)")
    }
}

// Your part: the constants that this takes

/// What one exchange tells, in seconds (RFC 5905 §8): by how much the server's clock is ahead of ours, and how long
/// the request and the answer were on their way, both together.
///
/// `t1` is when the request left us, `t2` when it reached the server, `t3` when the answer left the server, `t4`
/// when it reached us. `t1` and `t4` are by our clock, `t2` and `t3` by the server's. The offset is right if both
/// ways took the same time; otherwise it is wrong by at most half the delay.
///
/// Two clocks may be up to 68 years apart, also across the end of an era.
pub fn offset_delay(t1: NtpTs, t2: NtpTs, t3: NtpTs, t4: NtpTs) -> (f64, f64) {
    todo!("((t2 - t1) + (t3 - t4)) / 2, and (t4 - t1) - (t3 - t2); each difference may be negative")
}

// Your part: steps that you like to have as functions of their own
