//! Points in time and lengths of time as instructors write them.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};

/// `2026-11-20T23:59+01:00`, `2026-11-20T22:59Z`, or without a zone `2026-11-20 23:59`: then it is this machine's.
///
/// # Errors
/// It is none of them, in words.
pub fn instant(written: &str) -> Result<Timestamp, String> {
    let trouble = || format!("{written:?} is no time like 2026-11-20T23:59Z or \"2026-11-20 23:59\"");
    if let Ok(instant) = written.parse::<Timestamp>() {
        return Ok(instant);
    }
    // A date alone would be its first moment, which nobody means who writes a deadline.
    if !written.contains(':') {
        return Err(trouble());
    }
    let civil: DateTime = written.parse().map_err(|_| trouble())?;
    let zoned = civil.to_zoned(TimeZone::system()).map_err(|_| trouble())?;
    Ok(zoned.timestamp())
}

/// `90s`, `30m`, `2h`, `1d`, `1d 12h`; a day is 24 hours.
///
/// # Errors
/// It is none of them, in words.
pub fn length(written: &str) -> Result<Duration, String> {
    let trouble = || format!("{written:?} is no length of time like 30m, 2h or 1d");
    let span: Span = written.parse().map_err(|_| trouble())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| trouble())?;
    length.try_into().map_err(|_| trouble())
}

/// `3 h`, `2 d 4 h`, `15 min`: as much of it as matters.
pub fn roughly(length: Duration) -> String {
    let seconds = length.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_a_zone() {
        assert_eq!(instant("2026-11-20T23:59+01:00").unwrap(), instant("2026-11-20T22:59Z").unwrap());
        assert_eq!(instant("2026-11-20T22:59:00Z").unwrap().as_second(), 1_795_215_540);
        instant("2026-11-20 23:59").unwrap();
        for wrong in ["2026-11-20", "yesterday", "", "2026-13-01T00:00Z"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lengths() {
        assert_eq!(length("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(length("1d 12h").unwrap(), Duration::from_secs(36 * 3600));
        for wrong in ["", "soon", "-2h", "5"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rough_length_is_short() {
        for (seconds, text) in [(5, "5 s"), (200, "3 min"), (4000, "1 h 6 min"), (200_000, "2 d 7 h")] {
            assert_eq!(roughly(Duration::from_secs(seconds)), text);
        }
    }
}
