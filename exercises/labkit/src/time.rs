//! The time of day as text, in UTC, from std alone.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: i128 = 86_400;

/// `2025-01-20 14:30:45`: UTC, to the second.
#[must_use]
pub fn utc_ymd_hms(time: SystemTime) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = Civil::from(time);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// `2025-01-20T14:30:45.000001Z`: ISO 8601 in UTC, to the microsecond (what is finer is cut off).
#[must_use]
pub fn iso8601(time: SystemTime) -> String {
    let Civil { year, month, day, hour, minute, second, microsecond } = Civil::from(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{microsecond:06}Z")
}

/// A point in time in the proleptic Gregorian calendar, UTC. Unix time has no leap seconds, so neither has this.
struct Civil {
    year: i128,
    month: i128,
    day: i128,
    hour: i128,
    minute: i128,
    second: i128,
    microsecond: i128,
}

impl From<SystemTime> for Civil {
    fn from(time: SystemTime) -> Civil {
        let microseconds = microseconds_since_1970(time);
        let seconds = microseconds.div_euclid(1_000_000);
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = date_of(seconds.div_euclid(SECONDS_PER_DAY));
        Civil {
            year,
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            microsecond: microseconds.rem_euclid(1_000_000),
        }
    }
}

/// Rounded down, also before 1970 (a `u64` of seconds, in microseconds, needs more than 64 bits).
fn microseconds_since_1970(time: SystemTime) -> i128 {
    let nanoseconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos().cast_signed(),
        Err(before) => -before.duration().as_nanos().cast_signed(),
    };
    nanoseconds.div_euclid(1000)
}

/// Year, month and day of the day that is `days` after 1970-01-01.
///
/// Years are counted from March, so that the leap day is the last day of a year, and in eras of 400 years, after
/// which the Gregorian calendar repeats.
fn date_of(days: i128) -> (i128, i128, i128) {
    const DAYS_PER_ERA: i128 = 400 * 365 + 97;
    const DAYS_0000_03_01_TO_1970: i128 = 719_468;

    let days = days + DAYS_0000_03_01_TO_1970;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);

    // From March on, month lengths repeat as 31 30 31 30 31, 153 days in five months.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i128::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64, microseconds: u32) -> SystemTime {
        UNIX_EPOCH + Duration::new(seconds, microseconds * 1000)
    }

    #[test]
    fn known_dates() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (68_169_599, "1972-02-28 23:59:59"),
            (68_169_600, "1972-02-29 00:00:00"),
            (951_782_400, "2000-02-29 00:00:00"),
            (951_868_800, "2000-03-01 00:00:00"),
            (1_709_164_800, "2024-02-29 00:00:00"),
            (1_735_689_599, "2024-12-31 23:59:59"),
            (1_737_383_445, "2025-01-20 14:30:45"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (253_402_300_799, "9999-12-31 23:59:59"),
        ] {
            assert_eq!(utc_ymd_hms(at(seconds, 0)), text);
        }
    }

    #[test]
    fn iso_has_six_digits_of_microseconds() {
        assert_eq!(iso8601(at(1_737_383_445, 1)), "2025-01-20T14:30:45.000001Z");
        assert_eq!(iso8601(at(1_737_383_445, 999_999)), "2025-01-20T14:30:45.999999Z");
    }

    #[test]
    fn before_1970_rounds_down() {
        assert_eq!(iso8601(UNIX_EPOCH - Duration::from_nanos(1)), "1969-12-31T23:59:59.999999Z");
        assert_eq!(utc_ymd_hms(UNIX_EPOCH - Duration::from_secs(86_400 * 366)), "1968-12-31 00:00:00");
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let leap = |y: i128| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..(400 * 365 + 97) {
            assert_eq!(date_of(days), (year, month, day));
            let length = match month {
                2 if leap(year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
        assert_eq!((year, month, day), (2370, 1, 1));
    }
}
