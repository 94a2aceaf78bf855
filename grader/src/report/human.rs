//! The report for people: a table for each lab, then the page of each check that failed, then the sum.

use std::fmt::Write;

use checks::screen::{Tone, wrapped};
use checks::{Audience, Verdict};

use crate::report::isolation;
use crate::report::look::Look;
use crate::report::model::{CheckReport, LabReport, LabVerdict, Report, ReportVerdict};
use crate::text;

/// Of many ignored files the first few tell which folder was meant.
const MAX_IGNORED: usize = 12;
/// Columns that the second line of a text stands further in than its first.
const HANGING: usize = 7;

/// The whole report, with a final newline. (What a failed check left has its look already.)
pub fn render(report: &Report, look: Look) -> String {
    let mut page = Page { text: String::new(), look };
    if report.verdict == ReportVerdict::Rejected {
        let reason = report.message.as_deref().unwrap_or("no reason given");
        page.wrapped(&format!("REJECTED  {reason}"), HANGING);
        return page.text;
    }
    for lab in &report.labs {
        page.lab(lab);
    }
    page.remarks(report);
    page.sum(report);
    page.text
}

struct Page {
    text: String,
    look: Look,
}

impl Page {
    fn lab(&mut self, lab: &LabReport) {
        let left = format!("{:02} {}  {}", lab.number, lab.lab, lab.title);
        self.line(&left, &format!("{}  {}/{}", lab.verdict.word(), lab.score, lab.max), Tone::Strong);
        if let Some(message) = &lab.message {
            for text in message.lines() {
                let _ = writeln!(self.text, "{}", format!("   {text}").trim_end());
            }
        } else {
            for check in &lab.checks {
                self.check(check);
            }
        }
        self.text.push('\n');
        for failure in lab.checks.iter().filter_map(|check| check.page.as_ref()) {
            let _ = writeln!(self.text, "{failure}");
        }
    }

    /// One line a check, with what there is to tell in a few words.
    fn check(&mut self, check: &CheckReport) {
        let (mark, tone) = match check.verdict {
            Verdict::Pass => ('✓', Tone::Good),
            Verdict::Skip => ('-', Tone::Open),
            Verdict::Infra => ('?', Tone::Open),
            _ => ('✗', Tone::Bad),
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
        let room = self.look.width.saturating_sub(left.chars().count() + right.chars().count() + 5);
        if remark.is_empty() {
            self.line(&left, &right, tone);
        } else if remark.chars().count() <= room {
            self.line(&format!("{left}  {remark}"), &right, tone);
        } else {
            self.line(&left, &right, tone);
            self.wrapped(&format!("{:HANGING$}{remark}", ""), HANGING);
        }
    }

    fn remarks(&mut self, report: &Report) {
        if !report.ignored_files.is_empty() {
            self.wrapped(
                "Ignored: not yours to write, the course's own were used. Yours are the files that hold a todo!, and new files under src/.",
                0,
            );
            for path in report.ignored_files.iter().take(MAX_IGNORED) {
                let _ = writeln!(self.text, "   {path}");
            }
            if report.ignored_files.len() > MAX_IGNORED {
                let more = text::count(report.ignored_files.len() - MAX_IGNORED, "more file");
                let _ = writeln!(self.text, "   … and {more}");
            }
            self.text.push('\n');
        }
        let missing = isolation::missing(&report.isolation);
        let advice =
            if report.isolation.missing.is_empty() { "" } else { " (`grader doctor` says how to get it)" };
        const LAYERS: usize = 21;
        self.wrapped(&format!("isolation   active   {}", isolation::active(&report.isolation)), LAYERS);
        self.wrapped(&format!("            missing  {missing}{advice}"), LAYERS);
        self.text.push('\n');
    }

    fn sum(&mut self, report: &Report) {
        for lab in &report.labs {
            let skipped = lab.checks.iter().filter(|check| check.verdict == Verdict::Skip).count();
            let mut remark = String::new();
            if skipped > 0 && lab.verdict != LabVerdict::Skip {
                remark = format!("  ({} skipped)", text::count(skipped, "check"));
            }
            let left = format!("{:02} {}{remark}", lab.number, lab.lab);
            let tone = match lab.verdict {
                LabVerdict::Pass => Tone::Good,
                LabVerdict::Skip | LabVerdict::Infra | LabVerdict::Missing => Tone::Open,
                _ => Tone::Bad,
            };
            let right = format!("{:<10} {:>3}/{:<3}", lab.verdict.word(), lab.score, lab.max);
            self.line(&left, &right, tone);
        }
        let right = format!("{:<10} {:>3}/{:<3}", "", report.score, report.max);
        self.line("total", &right, Tone::Strong);
        if report.verdict == ReportVerdict::Infra
            && let Some(message) = &report.message
        {
            self.text.push('\n');
            self.wrapped(&format!("INFRA  {message}; this is no grade, grade it again"), HANGING);
        }
    }

    /// `left` and `right` at the two margins, in one tone; in lines of their own where one has no room for both.
    fn line(&mut self, left: &str, right: &str, tone: Tone) {
        let width = self.look.width;
        let left = wrapped(left, width, HANGING);
        let used = left.lines().last().map_or(0, |last| last.chars().count());
        let right_begins = width.saturating_sub(right.chars().count());
        let line = if used + 2 <= right_begins {
            format!("{left}{:gap$}{right}", "", gap = right_begins - used)
        } else {
            format!("{left}\n{:right_begins$}{right}", "")
        };
        let _ = writeln!(self.text, "{}", self.look.paint.text(tone, line.trim_end()));
    }

    /// A text in as many lines as it takes, the further ones that many columns further in.
    fn wrapped(&mut self, text: &str, indent: usize) {
        let _ = writeln!(self.text, "{}", wrapped(text, self.look.width, indent));
    }
}

#[cfg(test)]
mod tests {
    use checks::Isolation;
    use checks::screen::Paint;

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

    fn every_kind_of_verdict() -> Report {
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
        report
    }

    #[test]
    fn every_kind_of_verdict_has_its_place() {
        insta::assert_snapshot!(render(&every_kind_of_verdict(), Look::plain()));
    }

    #[test]
    fn on_a_narrow_screen_no_line_is_wider() {
        let page = render(&every_kind_of_verdict(), Look { width: 60, ..Look::plain() });
        let widest = page.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= 60, "{widest}");
        insta::assert_snapshot!(page);
    }

    #[test]
    fn colours_say_what_is_good_and_what_is_not() {
        let colourful = Look { paint: Paint::colourful(), ..Look::plain() };
        let page = render(&every_kind_of_verdict(), colourful);
        let line_of = |check: &str| page.lines().find(|line| line.contains(check)).unwrap();
        assert!(line_of("serves").starts_with("\x1b[32m   ✓ serves"), "{page}");
        assert!(line_of("joins-a-line").starts_with("\x1b[31m   ✗ joins"), "{page}");
        assert!(line_of("finds-open-ports").starts_with("\x1b[33m   - finds"), "{page}");
        let codes = ["\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"];
        let plain = codes.iter().fold(page.clone(), |page, code| page.replace(code, ""));
        assert_eq!(plain, render(&every_kind_of_verdict(), Look::plain()));
    }

    #[test]
    fn trouble_of_the_grader_is_no_grade() {
        let mut report =
            report(vec![lab(3, "tcp-echo", LabVerdict::Infra, vec![check("serves", 100, Verdict::Infra)])]);
        report.verdict = ReportVerdict::Infra;
        report.message = Some("the grader had trouble of its own with tcp-echo".to_owned());
        insta::assert_snapshot!(render(&report, Look::plain()));
    }

    #[test]
    fn a_rejected_submission_has_a_reason_and_nothing_else() {
        let mut report = report(Vec::new());
        report.verdict = ReportVerdict::Rejected;
        report.message = Some("alice/link.rs: a symbolic link".to_owned());
        assert_eq!(render(&report, Look::plain()), "REJECTED  alice/link.rs: a symbolic link\n");
    }
}
