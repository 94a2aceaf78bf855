//! One student's grade as every format tells it, whether it was reached just now or stands in the gradebook.

use std::path::Path;

use checks::{Audience, Isolation, Verdict};

use crate::gradebook::StudentResult;
use crate::report::isolation;
use crate::report::model::{CheckReport, LabReport, LabVerdict, Report, ReportVerdict};
use crate::text;

/// What is told of one student. Texts in it may hold a student's words and have to be made inert.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// Whose it is: the submission's folder, or the student's id in the gradebook.
    pub who: String,
    /// Whether there is a grade at all.
    pub verdict: ReportVerdict,
    /// Why there is none.
    pub message: Option<&'a str>,
    /// Points earned.
    pub score: u32,
    /// Points that could have been earned.
    pub max: u32,
    /// Files that were not the student's to write.
    pub ignored_files: &'a [String],
    /// Which layers held the programs of all labs.
    pub isolation: Isolation,
    /// In the course's order.
    pub labs: Vec<&'a LabReport>,
}

impl<'a> Sheet<'a> {
    /// Of a grade that was reached just now.
    pub fn of_report(report: &'a Report) -> Sheet<'a> {
        let folder = Path::new(&report.submission.path).file_name();
        Sheet {
            who: folder
                .map_or_else(|| report.submission.path.clone(), |name| name.to_string_lossy().into_owned()),
            verdict: report.verdict,
            message: report.message.as_deref(),
            score: report.score,
            max: report.max,
            ignored_files: &report.ignored_files,
            isolation: report.isolation.clone(),
            labs: report.labs.iter().collect(),
        }
    }

    /// Of what the gradebook holds.
    pub fn of_student(student: &'a StudentResult) -> Sheet<'a> {
        let labs: Vec<&LabReport> = student.labs.iter().map(|lab| &lab.report).collect();
        let has_trouble = labs.iter().any(|lab| lab.verdict == LabVerdict::Infra);
        Sheet {
            who: student.person.id.clone(),
            verdict: match &student.rejected {
                Some(_) if labs.is_empty() => ReportVerdict::Rejected,
                _ if has_trouble => ReportVerdict::Infra,
                _ => ReportVerdict::Graded,
            },
            message: student.rejected.as_deref(),
            score: labs.iter().map(|lab| lab.score).sum(),
            max: labs.iter().map(|lab| lab.max).sum(),
            ignored_files: &student.ignored,
            isolation: isolation::of_all(labs.iter().map(|lab| &lab.isolation)),
            labs,
        }
    }
}

/// Whether the points went to nobody's account: neither earned nor lost.
pub fn counts_neither_way(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Skip | Verdict::Infra)
}

/// What there is to tell of a check that did not pass, inert, without a final newline: its page where there is one,
/// else what was expected and what happened, or why it was skipped.
pub fn story(check: &CheckReport) -> String {
    if let Some(page) = &check.page {
        return shown(page.trim_end());
    }
    if let Some(reason) = &check.skip {
        return shown(reason);
    }
    match &check.fault {
        None => String::new(),
        Some(fault) if check.audience == Audience::Hidden && !fault.is_undone() => {
            format!("expected {}", shown(&fault.expected))
        }
        Some(fault) => format!("expected {}\ngot      {}", shown(&fault.expected), shown(&fault.got)),
    }
}

/// The text with everything shown that a reader would obey instead: controls, marks of direction, and the two
/// characters that XML forbids beside them.
pub fn shown(text: &str) -> String {
    text::plain(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// The same in one line.
pub fn shown_in_line(text: &str) -> String {
    shown(text).replace('\n', "\\n")
}
