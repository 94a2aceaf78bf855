//! Marks for the time of a submission. What late work loses is the instructor's to say.

use std::time::Duration;

/// How a time of submission stands to the due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeliness {
    /// There is no due date, or nothing was handed in.
    Unmarked,
    /// Not after it.
    OnTime,
    /// After it, within the grace, by so much.
    Grace(Duration),
    /// After both, by so much after the due date.
    Late(Duration),
}

impl Timeliness {
    /// Of a submission; both times in milliseconds since 1970.
    pub fn of(submitted_at: Option<i64>, due: Option<(i64, i64)>) -> Timeliness {
        let (Some(submitted), Some((due_at, grace_seconds))) = (submitted_at, due) else {
            return Timeliness::Unmarked;
        };
        match u64::try_from(submitted.saturating_sub(due_at)).map(Duration::from_millis) {
            Err(_) | Ok(Duration::ZERO) => Timeliness::OnTime,
            Ok(after) if after.as_secs_f64() <= grace_seconds as f64 => Timeliness::Grace(after),
            Ok(after) => Timeliness::Late(after),
        }
    }

    /// `on time`, `in grace`, `late`; nothing where there is no mark.
    pub fn word(self) -> &'static str {
        match self {
            Timeliness::Unmarked => "",
            Timeliness::OnTime => "on time",
            Timeliness::Grace(_) => "in grace",
            Timeliness::Late(_) => "late",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_measured_from_the_due_date() {
        let due = Some((1_000_000, 60));
        let of = |submitted| Timeliness::of(submitted, due);
        assert_eq!(of(Some(999_999)), Timeliness::OnTime);
        assert_eq!(of(Some(1_000_000)), Timeliness::OnTime);
        assert_eq!(of(Some(1_060_000)), Timeliness::Grace(Duration::from_secs(60)));
        assert_eq!(of(Some(1_060_001)), Timeliness::Late(Duration::from_millis(60_001)));
        assert_eq!(of(None), Timeliness::Unmarked);
        assert_eq!(Timeliness::of(Some(5), None), Timeliness::Unmarked);
    }
}
