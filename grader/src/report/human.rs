//! The report for people: a table for each lab, then the page of each check that failed, then the sum.

use std::fmt::Write;

use checks::{Audience, Verdict};

use crate::report::model::{CheckReport, LabReport, LabVerdict, Report, ReportVerdict};
use crate::text;

const WIDTH: usize = 100;
/// Of many ignored files the first few tell which folder was meant.
const MAX_IGNORED: usize = 12;

/// The whole report, with a final newline.
pub fn render(report: &Report) -> String {
    let mut page = String::new();
    if report.verdict == ReportVerdict::Rejected {
        let reason = report.message.as_deref().unwrap_or("no reason given");
        let _ = writeln!(page, "REJECTED  {reason}");
        return page;
    }
    for lab in &report.labs {
        render_lab(&mut page, lab);
    }
    render_remarks(&mut page, report);
    render_sum(&mut page, report);
    page
}

fn render_lab(page: &mut String, lab: &LabReport) {
    let left = format!("{:02} {}  {}", lab.number, lab.lab, lab.title);
    line(page, &left, &format!("{}  {}/{}", lab.verdict.word(), lab.score, lab.max));
    if let Some(message) = &lab.message {
        for text in message.lines() {
            let _ = writeln!(page, "{}", format!("   {text}").trim_end());
        }
    } else {
        for check in &lab.checks {
            render_check(page, check);
        }
    }
    page.push('\n');
    for failure in lab.checks.iter().filter_map(|check| check.page.as_ref()) {
        let _ = writeln!(page, "{failure}");
    }
}

/// One line a check, with what there is to tell in a few words.
fn render_check(page: &mut String, check: &CheckReport) {
    let mark = match check.verdict {
        Verdict::Pass => '✓',
        Verdict::Skip => '-',
        Verdict::Infra => '?',
        _ => '✗',
    };
    let audience = if check.audience == Audience::Hidden { " (hidden)" } else { "" };
    let points = match check.verdict {
        Verdict::Skip | Verdict::Infra => format!("-/{}", check.points),
        _ => format!("{}/{}", check.earned, check.points),
    };
    let left = format!("   {mark} {}{audience}", check.check);
    let right = format!("{}  {points:>5}", check.verdict.word());
    let remark = match (&check.skip, &check.fault, &check.page) {
        (Some(reason), ..) => reason,
        (None, Some(fault), None) => &fault.got,
        _ => "",
    };
    // Of `todo!() at src/server.rs:41 (the phrase)` the place is enough to find the phrase.
    let remark = remark.split(" (").next().unwrap_or(remark);
    let room = WIDTH.saturating_sub(left.chars().count() + right.chars().count() + 5);
    let left = match remark.chars().count() {
        0 => left,
        length if length <= room => format!("{left}  {remark}"),
        _ => format!("{left}  {}…", remark.chars().take(room.saturating_sub(1)).collect::<String>()),
    };
    line(page, &left, &right);
}

fn render_remarks(page: &mut String, report: &Report) {
    if !report.ignored_files.is_empty() {
        let _ = writeln!(
            page,
            "Ignored: not yours to write, the course's own were used. Yours are the files that hold a todo!, and new files under src/."
        );
        for path in report.ignored_files.iter().take(MAX_IGNORED) {
            let _ = writeln!(page, "   {path}");
        }
        if report.ignored_files.len() > MAX_IGNORED {
            let _ = writeln!(
                page,
                "   … and {}",
                text::count(report.ignored_files.len() - MAX_IGNORED, "more file")
            );
        }
        page.push('\n');
    }
    if !report.isolation.missing.is_empty() {
        let missing = report.isolation.missing.join(", ");
        let _ =
            writeln!(page, "This machine does not offer: {missing}. `grader doctor` says how to get it.\n");
    }
}

fn render_sum(page: &mut String, report: &Report) {
    for lab in &report.labs {
        let skipped = lab.checks.iter().filter(|check| check.verdict == Verdict::Skip).count();
        let mut remark = String::new();
        if skipped > 0 && lab.verdict != LabVerdict::Skip {
            remark = format!("  ({} skipped)", text::count(skipped, "check"));
        }
        let left = format!("{:02} {}{remark}", lab.number, lab.lab);
        line(page, &left, &format!("{:<10} {:>3}/{:<3}", lab.verdict.word(), lab.score, lab.max));
    }
    line(page, "total", &format!("{:<10} {:>3}/{:<3}", "", report.score, report.max));
    if report.verdict == ReportVerdict::Infra
        && let Some(message) = &report.message
    {
        let _ = writeln!(page, "\nINFRA  {message}; this is no grade, grade it again");
    }
}

/// `left` and `right` at the two margins.
fn line(page: &mut String, left: &str, right: &str) {
    let gap = WIDTH.saturating_sub(left.chars().count() + right.chars().count()).max(2);
    let _ = writeln!(page, "{}", format!("{left}{:gap$}{right}", "").trim_end());
}
