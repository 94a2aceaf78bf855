//! A grade in Markdown: a table a lab, and every failure's page in a fence that its text can't close.

use std::fmt::Write;

use checks::{Audience, Isolation, Verdict};

use crate::report::isolation;
use crate::report::model::{CheckReport, LabReport, ReportVerdict};
use crate::report::sheet::{Sheet, counts_neither_way, shown, shown_in_line, story};

/// One submission, with a final newline.
pub fn render(sheet: &Sheet) -> String {
    let mut page = format!("# {}\n\n", inline(&sheet.who));
    match sheet.verdict {
        ReportVerdict::Rejected => {
            page.push_str("**REJECTED**: nothing of it was graded.\n\n");
            fence(&mut page, sheet.message.unwrap_or("no reason given"));
            return page;
        }
        ReportVerdict::Infra => {
            let message = inline(sheet.message.unwrap_or("no reason given"));
            let _ = writeln!(page, "**INFRA**: {message}; this is no grade, grade it again.\n");
        }
        ReportVerdict::Graded => {}
    }
    let _ = writeln!(page, "**{} of {} points**\n", sheet.score, sheet.max);
    sum(&mut page, sheet);
    for lab in &sheet.labs {
        of_lab(&mut page, lab);
    }
    if !sheet.ignored_files.is_empty() {
        page.push_str("## Ignored files\n\nThey are not yours to write; the course's own were used.\n\n");
        let files: Vec<String> = sheet.ignored_files.iter().map(|file| shown_in_line(file)).collect();
        fence(&mut page, &files.join("\n"));
    }
    page.push_str(&isolation_line(&sheet.isolation));
    page
}

/// Which layers held the programs.
pub(super) fn isolation_line(held: &Isolation) -> String {
    if *held == Isolation::default() {
        return "Isolation: no program was run.\n".to_owned();
    }
    let (active, missing) = (inline(&isolation::active(held)), inline(&isolation::missing(held)));
    format!("Isolation: active: {active}; missing: {missing}.\n")
}

fn sum(page: &mut String, sheet: &Sheet) {
    page.push_str("| lab | verdict | points |\n|---|---|---:|\n");
    for lab in &sheet.labs {
        let _ = writeln!(
            page,
            "| {:02} {} | {} | {}/{} |",
            lab.number,
            lab.lab,
            lab.verdict.word(),
            lab.score,
            lab.max
        );
    }
    page.push('\n');
}

fn of_lab(page: &mut String, lab: &LabReport) {
    let _ = writeln!(page, "## {:02} {}: {}\n", lab.number, lab.lab, inline(lab.title));
    if let Some(message) = &lab.message {
        let _ = writeln!(page, "{}\n", lab.verdict.word());
        fence(page, message);
        return;
    }
    page.push_str("| | check | verdict | points |\n|---|---|---|---:|\n");
    for check in &lab.checks {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            mark(check),
            name(check),
            check.verdict.word(),
            points(check)
        );
    }
    page.push('\n');
    for check in lab.checks.iter().filter(|check| check.verdict != Verdict::Pass) {
        let story = story(check);
        if !story.is_empty() {
            let _ = writeln!(page, "### {}\n", check.check);
            fence(page, &story);
        }
    }
}

fn mark(check: &CheckReport) -> &'static str {
    match check.verdict {
        Verdict::Pass => "✓",
        Verdict::Skip => "-",
        Verdict::Infra => "?",
        _ => "✗",
    }
}

fn name(check: &CheckReport) -> String {
    let hidden = if check.audience == Audience::Hidden { " (hidden)" } else { "" };
    format!("{}{hidden}", check.check)
}

fn points(check: &CheckReport) -> String {
    if counts_neither_way(check.verdict) {
        format!("-/{}", check.points)
    } else {
        format!("{}/{}", check.earned, check.points)
    }
}

/// The text as it stands, between fences longer than any run of backticks in it (CommonMark 0.31 §4.5).
fn fence(page: &mut String, text: &str) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(page, "{fence}text\n{}\n{fence}\n", shown(text));
}

/// In a sentence or a table: every punctuation mark is escaped (CommonMark 0.31 §2.4), and `@` can't name a person.
pub(super) fn inline(text: &str) -> String {
    let mut escaped = String::new();
    for c in shown_in_line(text).chars() {
        match c {
            '@' => escaped.push_str("&#64;"),
            // These alone mean nothing within a line, and are hard to read escaped.
            ',' | '.' | '\'' | ' ' | '/' | '-' => escaped.push(c),
            c if c.is_ascii_punctuation() => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    /// The text outside of fences.
    fn prose(page: &str) -> String {
        let (mut prose, mut open) = (String::new(), None::<usize>);
        for line in page.lines() {
            let ticks = line.len() - line.trim_start_matches('`').len();
            match open {
                None if ticks >= 3 => open = Some(ticks),
                None => prose.extend([line, "\n"]),
                Some(count) if ticks >= count && line.trim_matches('`').trim().is_empty() => open = None,
                Some(_) => {}
            }
        }
        assert_eq!(open, None, "a fence is open");
        prose
    }

    #[test]
    fn a_grade_as_it_is_read() {
        let report = samples::report();
        insta::assert_snapshot!(render(&Sheet::of_report(&report)));
    }

    #[test]
    fn a_students_words_never_leave_their_fence() {
        let page = render(&Sheet::of_report(&samples::report()));
        let prose = prose(&page);
        for live in ["<script", "<b>", "<img", "@everyone", "\u{1b}", "::notice", "7*7"] {
            assert!(!prose.contains(live), "{live:?} in {prose}");
        }
        let rejected = render(&Sheet::of_report(&samples::rejected()));
        assert!(rejected.contains("REJECTED") && rejected.contains("a symbolic link"), "{rejected}");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut page = String::new();
        fence(&mut page, "a\n`````\n[x](y)");
        assert!(page.starts_with("``````text\n") && page.ends_with("``````\n\n"));
        assert_eq!(inline("a|b @x <i> [l](u)"), r"a\|b &#64;x \<i\> \[l\]\(u\)");
    }
}
