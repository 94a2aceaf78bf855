//! The time as programs write it, in UTC, by the grader's own clock.

use std::time::SystemTime;

/// The time that many seconds from now: `YYYY-MM-DD HH:MM:SS`, UTC.
///
/// A program may be heard a moment before or after a full second, so compare with each of a few offsets.
pub fn utc_now(offset: i64) -> String {
    utc(SystemTime::now(), offset)
}

/// Civil date from days: Howard Hinnant's algorithm.
fn utc(now: SystemTime, offset: i64) -> String {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = i64::try_from(since).unwrap_or(i64::MAX).saturating_add(offset);
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", clock / 3600, clock / 60 % 60, clock % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn utc_knows_leap_days_and_the_turn_of_the_year() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(utc(at(0), 0), "1970-01-01 00:00:00");
        assert_eq!(utc(at(951_782_400), 0), "2000-02-29 00:00:00");
        assert_eq!(utc(at(1_735_689_600), -1), "2024-12-31 23:59:59");
        assert_eq!(utc(at(1_737_383_445), 0), "2025-01-20 14:30:45");
    }
}
