//! GitHub Actions: one annotation a failed lab, and the whole report between `::stop-commands::` lines, so that nothing
//! in it is obeyed. The Markdown summary goes into the file that the runner names.

use std::fmt::Write;

use checks::Verdict;

use crate::gradebook::StudentResult;
use crate::report::class::Class;
use crate::report::class_markdown;
use crate::report::csv::Standing;
use crate::report::isolation;
use crate::report::markdown;
use crate::report::model::{LabReport, ReportVerdict};
use crate::report::sheet::{Sheet, shown, shown_in_line};
use crate::text;

/// GitHub shows no more of one kind a step.
const MAX_ANNOTATIONS: usize = 10;
/// GitHub takes no larger summary; some room is left for what other steps of the job write.
const MAX_SUMMARY: usize = 1000 << 10;
/// The variable that names the file of the step's summary.
pub const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// What goes to the step's log. `token` ends the part that is not obeyed and has to be one that nobody can guess.
pub fn render(sheet: &Sheet, human: &str, token: &str) -> String {
    let mut log = annotations(sheet).join("\n");
    let _ = write!(log, "\n::stop-commands::{token}\n{}\n::{token}::\n", shown(human).trim_end());
    log
}

/// The same for a class; `page` is what the log holds of it.
pub fn render_class(class: &Class, page: &str, token: &str) -> String {
    let mut lines = class_annotations(class);
    lines.push(format!("::stop-commands::{token}\n{}\n::{token}::\n", shown(page).trim_end()));
    lines.join("\n")
}

/// What an instructor has to look at: who has no grade, and why.
fn class_annotations(class: &Class) -> Vec<String> {
    let without = |student: &&StudentResult| Standing::in_all(student, class).score.is_none();
    let without: Vec<&StudentResult> = class.students.iter().filter(without).collect();
    let mut lines: Vec<String> = without
        .iter()
        .map(|student| {
            let title = format!("{} {}", student.person.id, Standing::in_all(student, class).verdict);
            let reason = student.rejected.as_deref().or(student.remark.as_deref());
            annotation("warning", &title, reason.unwrap_or("some lab has no grade yet"))
        })
        .collect();
    if lines.len() > MAX_ANNOTATIONS {
        let more = lines.split_off(MAX_ANNOTATIONS - 1).len();
        lines.push(annotation("warning", "and more", &format!("{more} students more have no full grade")));
    }
    let (students, labs) = (class.students.len(), class.labs.len());
    let graded = students - without.len();
    let said = format!(
        "{graded} of {} have a grade in {}",
        text::count(students, "student"),
        text::count(labs, "lab")
    );
    lines.push(annotation("notice", &class.title, &said));
    lines
}

/// The step's summary of a class, cut to what is taken.
pub fn class_summary(class: &Class) -> String {
    let full = class_markdown::render(class);
    if full.len() <= MAX_SUMMARY {
        return full;
    }
    // A table may be cut between its rows.
    let end = full[..full.floor_char_boundary(MAX_SUMMARY)].rfind('\n').map_or(0, |end| end + 1);
    full[..end].to_owned() + "\nThe rest is left out: together it is too long. It stands in the log.\n"
}

/// The step's summary, cut to what is taken.
pub fn summary(sheet: &Sheet) -> String {
    let full = markdown::render(sheet);
    if full.len() <= MAX_SUMMARY {
        return full;
    }
    // Cut within the stories, a fence may stay open; the tables alone are always whole.
    let labs: Vec<LabReport> = sheet.labs.iter().map(|lab| without_stories(lab)).collect();
    let brief = Sheet { labs: labs.iter().collect(), ignored_files: &[], ..sheet.clone() };
    markdown::render(&brief)
        + "\nThe stories of the failures are left out: together they are too long. They stand in the log.\n"
}

fn without_stories(lab: &LabReport) -> LabReport {
    let mut lab = lab.clone();
    lab.message = lab.message.map(|_| "its complaint stands in the log".to_owned());
    for check in &mut lab.checks {
        (check.page, check.fault, check.skip) = (None, None, None);
    }
    lab
}

fn annotations(sheet: &Sheet) -> Vec<String> {
    let message = sheet.message.unwrap_or("no reason given");
    let mut lines: Vec<String> = match sheet.verdict {
        ReportVerdict::Rejected => vec![annotation("error", "REJECTED", message)],
        ReportVerdict::Infra => vec![annotation("warning", "INFRA", message)],
        ReportVerdict::Graded => Vec::new(),
    };
    for lab in &sheet.labs {
        let failed: Vec<&str> =
            lab.checks.iter().filter(|check| check.verdict.is_failure()).map(|check| check.check).collect();
        let skipped = lab.checks.iter().filter(|check| check.verdict == Verdict::Skip).count();
        let title = format!("{} {} {}/{}", lab.lab, lab.verdict.word(), lab.score, lab.max);
        if let Some(complaint) = &lab.message {
            lines.push(annotation("error", &title, complaint));
        } else if !failed.is_empty() {
            lines.push(annotation("error", &title, &format!("failed: {}", failed.join(", "))));
        } else if skipped > 0 {
            lines.push(annotation("warning", &title, &format!("{skipped} skipped, which count neither way")));
        }
    }
    if lines.len() >= MAX_ANNOTATIONS {
        let more = lines.split_off(MAX_ANNOTATIONS - 1).len();
        lines.push(annotation("error", "and more", &format!("{more} labs more have something to tell")));
    }
    let (score, max, isolation) = (sheet.score, sheet.max, isolation::line(&sheet.isolation));
    lines.push(annotation("notice", "wirelab", &format!("{score} of {max} points\nisolation {isolation}")));
    lines
}

/// One workflow command.
fn annotation(kind: &str, title: &str, message: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = data(&shown_in_line(title)).replace(':', "%3A").replace(',', "%2C");
    format!("::{kind} title={title}::{}", data(&shown(message)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::human;
    use crate::report::look::Look;
    use crate::report::samples;

    /// What a runner would obey, in its order.
    fn obeyed<'a>(log: &'a str, token: &str) -> Vec<&'a str> {
        let (mut obeyed, mut stopped) = (Vec::new(), false);
        for line in log.lines().map(str::trim_start).filter(|line| line.starts_with("::")) {
            if line == format!("::{token}::") {
                stopped = false;
            } else if !stopped {
                obeyed.push(line);
                stopped = line.starts_with("::stop-commands::");
            }
        }
        obeyed
    }

    #[test]
    fn nothing_that_a_program_said_is_obeyed() {
        let report = samples::report();
        let log = render(&Sheet::of_report(&report), &human::render(&report, Look::plain()), "token");
        assert!(log.contains("::set-env name=X::y"), "the sample is not hostile any more");
        insta::assert_snapshot!(obeyed(&log, "token").join("\n"));
    }

    #[test]
    fn a_log_has_at_most_ten_of_a_kind() {
        let mut report = samples::report();
        report.labs = vec![report.labs[0].clone(); 30];
        let lines = annotations(&Sheet::of_report(&report));
        assert_eq!(lines.iter().filter(|line| line.starts_with("::error")).count(), MAX_ANNOTATIONS);
        assert!(lines[9].contains("21 labs more"), "{}", lines[9]);
    }

    #[test]
    fn a_summary_that_is_too_long_goes_without_its_stories() {
        let mut report = samples::report();
        report.labs[0].checks[1].page = Some("`x\n".repeat(MAX_SUMMARY / 2));
        let summary = summary(&Sheet::of_report(&report));
        assert!(summary.len() < 8000 && summary.contains("too long") && summary.contains("joins-a-line"));
    }

    #[test]
    fn of_a_class_those_without_a_grade_are_told_and_nothing_else_is_obeyed() {
        let class = samples::class();
        let log = render_class(&class, samples::HOSTILE, "token");
        insta::assert_snapshot!(obeyed(&log, "token").join("\n"));
        let mut many = samples::class();
        many.students = vec![many.students[5].clone(); 30];
        let lines = class_annotations(&many);
        assert_eq!(lines.iter().filter(|line| line.starts_with("::warning")).count(), MAX_ANNOTATIONS);
        assert!(lines[9].contains("21 students more"), "{}", lines[9]);
    }

    #[test]
    fn a_summary_of_a_class_that_is_too_long_is_cut_between_rows() {
        let mut class = samples::class();
        class.students = vec![class.students[2].clone(); 20_000];
        let summary = class_summary(&class);
        assert!(summary.len() < MAX_SUMMARY + 100 && summary.contains("too long"), "{}", summary.len());
        let last = summary.lines().rev().find(|line| line.starts_with('|')).unwrap();
        assert!(last.ends_with('|'), "{last}");
    }

    #[test]
    fn commands_are_one_line() {
        assert_eq!(annotation("error", "a:b,c%", "x\ny%\r::z"), "::error title=a%3Ab%2Cc%25::x%0Ay%25\\r::z");
    }
}
