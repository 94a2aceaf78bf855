//! What the summary of a class says of each lab.

use std::fmt::Write;

use crate::class::statistics::{CLASSES, LabNumbers};
use crate::report::class::CheckStatistics;
use crate::text;

/// Bugs and checks that are named of a lab.
const MAX_NAMED: usize = 5;
/// Of fewer students, chance alone makes any check look odd.
const MIN_JUDGED: u32 = 5;
/// Columns of the longest bar.
const BAR: usize = 30;

/// How the scores of a lab are spread, its most frequent bugs and its hardest checks.
pub(in crate::class) fn render(page: &mut String, lab: &LabNumbers, checks: &[CheckStatistics]) {
    let verdicts: Vec<String> =
        lab.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    let _ = writeln!(
        page,
        "{:02} {}   mean {:.0} %, median {:.0} %   {}",
        lab.number,
        lab.lab,
        lab.mean,
        lab.median,
        verdicts.join(", ")
    );
    let most = lab.distribution.iter().max().copied().unwrap_or(0).max(1);
    for (class, count) in CLASSES.iter().zip(lab.distribution) {
        let bar = "█".repeat((count * BAR).div_ceil(most));
        let _ = writeln!(page, "{}", format!("   {class:>6} %  {count:>4}  {bar}").trim_end());
    }
    for (bug, count) in lab.nearest_bugs.iter().take(MAX_NAMED) {
        let _ = writeln!(page, "   like the bug {bug}: {}", text::count(*count, "student"));
    }
    render_hardest(page, checks.iter().filter(|check| check.lab == lab.lab));
    page.push('\n');
}

/// The checks that most students failed.
fn render_hardest<'a>(page: &mut String, checks: impl Iterator<Item = &'a CheckStatistics>) {
    let mut failed: Vec<&CheckStatistics> = checks.filter(|check| check.passed < check.judged).collect();
    let rate = |check: &CheckStatistics| check.pass_rate().unwrap_or(1.0);
    failed.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
    for check in failed.iter().take(MAX_NAMED) {
        let discrimination =
            check.discrimination.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
        let flakes = check.flake_rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.0} %", rate * 100.0));
        let _ = writeln!(
            page,
            "   passed by {:>3}/{:<3} {:<42} discrimination {discrimination}, flakes {flakes}",
            check.passed, check.judged, check.check
        );
    }
}

/// Checks that an instructor should look at.
pub(super) fn render_odd_checks(page: &mut String, checks: &[CheckStatistics]) {
    let before = page.len();
    for check in checks {
        let name = format!("{} {}", check.lab, check.check);
        if let Some(rate) = check.flake_rate.filter(|rate| *rate > 0.0) {
            let _ = writeln!(page, "not stable: {name} changed its mind in {:.0} % of repeats", rate * 100.0);
        }
        if let Some(value) = check.discrimination.filter(|value| *value < 0.0 && check.judged >= MIN_JUDGED) {
            let _ = writeln!(page, "suspicious: {name} is passed rather by weak work ({value:+.2})");
        }
    }
    if page.len() > before {
        page.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(judged: u32, passed: u32, discrimination: f64) -> CheckStatistics {
        let (discrimination, flake_rate) = (Some(discrimination), Some(0.25));
        CheckStatistics {
            lab: "tcp-echo",
            check: "echoes-a-line",
            judged,
            passed,
            discrimination,
            flake_rate,
        }
    }

    #[test]
    fn a_check_is_suspicious_only_where_enough_students_were_judged() {
        let told = |checks: &[CheckStatistics]| {
            let mut page = String::new();
            render_odd_checks(&mut page, checks);
            page
        };
        let (few, many) = (told(&[check(2, 1, -1.0)]), told(&[check(9, 4, -0.5)]));
        assert!(!few.contains("suspicious") && few.contains("changed its mind in 25 %"), "{few}");
        assert!(
            many.contains("suspicious: tcp-echo echoes-a-line is passed rather by weak work (-0.50)"),
            "{many}"
        );
    }

    #[test]
    fn the_hardest_checks_come_first_with_their_numbers() {
        let mut page = String::new();
        render_hardest(&mut page, [check(9, 8, 0.5), check(9, 9, 0.5), check(9, 2, 0.7)].iter());
        let lines: Vec<&str> = page.lines().map(str::trim).collect();
        let name = format!("{:<42}", "echoes-a-line");
        assert_eq!(
            lines,
            [
                format!("passed by   2/9   {name} discrimination 0.70, flakes 25 %"),
                format!("passed by   8/9   {name} discrimination 0.50, flakes 25 %")
            ]
        );
    }
}
