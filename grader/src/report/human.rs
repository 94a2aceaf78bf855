//! The report for people: a table for each lab, then the page of each check that failed, then the sum.

use std::fmt::Write;

use checks::{Audience, Verdict};

use crate::report::isolation;
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
    if remark.is_empty() {
        line(page, &left, &right);
    } else if remark.chars().count() <= room {
        line(page, &format!("{left}  {remark}"), &right);
    } else {
        line(page, &left, &right);
        let _ = writeln!(page, "       {remark}");
    }
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
    let missing = isolation::missing(&report.isolation);
    let advice =
        if report.isolation.missing.is_empty() { "" } else { " (`grader doctor` says how to get it)" };
    render_layers(page, "isolation   active ", &isolation::active(&report.isolation));
    render_layers(page, "            missing", &format!("{missing}{advice}"));
    page.push('\n');
}

/// A list with a name before it, in as many lines as it takes.
fn render_layers(page: &mut String, name: &str, layers: &str) {
    let mut line = format!("{name} ");
    for word in layers.split(' ') {
        if line.chars().count() + word.chars().count() >= WIDTH {
            let _ = writeln!(page, "{line}");
            line = " ".repeat(name.chars().count() + 1);
        }
        line += " ";
        line += word;
    }
    let _ = writeln!(page, "{line}");
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

#[cfg(test)]
mod tests {
    use checks::Isolation;

    use super::*;
    use crate::report::model::{Fault, Identity, SCHEMA, Tools};

    fn check(name: &'static str, points: u32, verdict: Verdict) -> CheckReport {
        CheckReport {
            check: name,
            audience: Audience::Public,
            points,
            earned: if verdict == Verdict::Pass { points } else { 0 },
            verdict,
            seconds: 0.1,
            cpu_seconds: 0.01,
            seed: 7,
            fault: None,
            skip: None,
            nearest_bug: None,
            capture: None,
            page: None,
        }
    }

    fn undone() -> Option<Fault> {
        let got = "not done yet: todo!() at src/server.rs:41 (serve client after client)".to_owned();
        Some(Fault { expected: "the exercise to be done".to_owned(), got, step: 0 })
    }

    fn lab(number: u8, lab: &'static str, verdict: LabVerdict, checks: Vec<CheckReport>) -> LabReport {
        LabReport {
            lab,
            number,
            title: "What it is about",
            verdict,
            score: checks.iter().map(|check| check.earned).sum(),
            max: checks.iter().filter(|check| check.verdict != Verdict::Skip).map(|check| check.points).sum(),
            message: None,
            isolation: Isolation::default(),
            checks,
        }
    }

    fn report(labs: Vec<LabReport>) -> Report {
        Report {
            schema: SCHEMA,
            submission: Identity { path: "alice".to_owned(), sha256: String::new() },
            tools: Tools {
                grader: "0.1.0",
                rustc: String::new(),
                checks_sha256: String::new(),
                lockfile_sha256: String::new(),
            },
            verdict: ReportVerdict::Graded,
            message: None,
            isolation: Isolation { active: vec!["userns".to_owned()], missing: Vec::new() },
            done_without: Vec::new(),
            score: labs.iter().map(|lab| lab.score).sum(),
            max: labs.iter().map(|lab| lab.max).sum(),
            ignored_files: Vec::new(),
            labs,
        }
    }

    #[test]
    fn every_kind_of_verdict_has_its_place() {
        let failed = CheckReport {
            page: Some("tcp-echo  echoes-a-line    FAIL   0/40\n\n   the ladder\n".to_owned()),
            ..check("echoes-a-line", 40, Verdict::Fail)
        };
        let hidden = CheckReport {
            audience: Audience::Hidden,
            fault: undone(),
            ..check("joins-a-line-sent-in-pieces-however-small-they-are", 20, Verdict::Fail)
        };
        let skipped = CheckReport {
            skip: Some("needs CAP_NET_RAW: open the dev container".to_owned()),
            ..check("finds-open-ports", 60, Verdict::Skip)
        };
        let broken = LabReport {
            message: Some("error[E0308]: mismatched types\n\n --> 13-framing/src/codec.rs:3:5".to_owned()),
            ..lab(13, "framing", LabVerdict::BuildFail, vec![check("encodes", 100, Verdict::Fail)])
        };
        let missing = LabReport {
            message: Some("no folder 23-arp-watch".to_owned()),
            ..lab(23, "arp-watch", LabVerdict::Missing, vec![check("learns", 100, Verdict::Fail)])
        };
        let mut report = report(vec![
            lab(3, "tcp-echo", LabVerdict::Fail, vec![check("serves", 40, Verdict::Pass), failed, hidden]),
            broken,
            lab(21, "syn-scan", LabVerdict::Pass, vec![check("builds-a-syn", 40, Verdict::Pass), skipped]),
            missing,
        ]);
        report.isolation.active = vec!["a_layer_of_some_name".to_owned(); 6];
        report.isolation.missing = vec!["procfs".to_owned()];
        report.ignored_files = (0..14).map(|n| format!("13-framing/extra-{n:02}.rs")).collect();
        insta::assert_snapshot!(render(&report));
    }

    #[test]
    fn trouble_of_the_grader_is_no_grade() {
        let mut report =
            report(vec![lab(3, "tcp-echo", LabVerdict::Infra, vec![check("serves", 100, Verdict::Infra)])]);
        report.verdict = ReportVerdict::Infra;
        report.message = Some("the grader had trouble of its own with tcp-echo".to_owned());
        insta::assert_snapshot!(render(&report));
    }

    #[test]
    fn a_rejected_submission_has_a_reason_and_nothing_else() {
        let mut report = report(Vec::new());
        report.verdict = ReportVerdict::Rejected;
        report.message = Some("alice/link.rs: a symbolic link".to_owned());
        assert_eq!(render(&report), "REJECTED  alice/link.rs: a symbolic link\n");
    }
}
