//! What a student's page says, shaped for its template.

use checks::Audience;
use jiff::Timestamp;
use serde::Serialize;

use super::{Cell, STYLE, late, tone};
use crate::gradebook::{LabResult, StudentResult};
use crate::report::class::Class;
use crate::report::csv::Standing;
use crate::report::isolation;
use crate::report::model::CheckReport;
use crate::report::sheet::{counts_neither_way, shown, shown_in_line, story};

#[derive(Serialize)]
pub(super) struct StudentPage {
    style: &'static str,
    title: String,
    id: String,
    name: Option<String>,
    total: Cell,
    message: Option<String>,
    labs: Vec<StudentLab>,
    remark: Option<String>,
    ignored: String,
    isolation: String,
}

#[derive(Serialize)]
struct StudentLab {
    label: String,
    title: &'static str,
    verdict: &'static str,
    tone: &'static str,
    score: u32,
    max: u32,
    submitted: Option<String>,
    late: Option<String>,
    message: Option<String>,
    checks: Vec<CheckRow>,
}

#[derive(Serialize)]
struct CheckRow {
    name: &'static str,
    hidden: bool,
    verdict: &'static str,
    tone: &'static str,
    points: String,
    bug: Option<String>,
    /// A few words beside the name.
    remark: Option<String>,
    story: Option<String>,
}

impl StudentPage {
    pub(super) fn of(student: &StudentResult, class: &Class) -> StudentPage {
        let total = Standing::in_all(student, class);
        let text = match total.score {
            Some(score) => format!("{score} of {}", total.max),
            None => format!("no total of {}", total.max),
        };
        StudentPage {
            style: STYLE,
            title: shown_in_line(&class.title),
            id: shown_in_line(&student.person.id),
            name: student.person.name.as_deref().map(shown_in_line),
            total: Cell { text, ..Cell::of(total) },
            message: student.rejected.as_deref().map(shown),
            remark: student.remark.as_deref().map(shown),
            isolation: isolation::line(&isolation::of_all(
                student.labs.iter().map(|lab| &lab.report.isolation),
            )),
            labs: student.labs.iter().map(StudentLab::of).collect(),
            ignored: student.ignored.iter().map(|file| shown_in_line(file)).collect::<Vec<_>>().join("\n"),
        }
    }
}

impl StudentLab {
    fn of(lab: &LabResult) -> StudentLab {
        let report = &lab.report;
        let submitted = lab.submitted_at.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        StudentLab {
            label: format!("{:02} {}", report.number, report.lab),
            title: report.title,
            verdict: report.verdict.word(),
            tone: tone(report.verdict.word()),
            score: report.score,
            max: report.max,
            submitted: submitted.map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string()),
            late: late(lab),
            message: report.message.as_deref().map(shown),
            checks: report.checks.iter().map(CheckRow::of).collect(),
        }
    }
}

impl CheckRow {
    fn of(check: &CheckReport) -> CheckRow {
        let points = if counts_neither_way(check.verdict) {
            format!("–/{}", check.points)
        } else {
            format!("{}/{}", check.earned, check.points)
        };
        CheckRow {
            name: check.check,
            hidden: check.audience == Audience::Hidden,
            verdict: check.verdict.word(),
            tone: tone(check.verdict.word()),
            points,
            bug: check.nearest_bug.as_deref().map(shown_in_line),
            remark: remark(check),
            story: check.page.as_ref().map(|_| story(check)),
        }
    }
}

/// Of a check that has no page: why it was skipped, or what is not done yet.
fn remark(check: &CheckReport) -> Option<String> {
    let remark = match (&check.page, &check.skip, &check.fault) {
        (None, Some(reason), _) => reason,
        // Of `todo!() at src/server.rs:41 (the phrase)` the place is enough to find the phrase.
        (None, None, Some(fault)) if fault.is_undone() => fault.got.split(" (").next()?,
        (None, None, Some(fault)) if check.audience == Audience::Public => &fault.got,
        _ => return None,
    };
    Some(shown_in_line(remark))
}
