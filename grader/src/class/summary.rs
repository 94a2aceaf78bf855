//! What there is to say at the end of a class: for people, and as `wirelab/class-run/v1`.

pub(super) mod labs;

use std::fmt::Write;

use anyhow::Result;
use checks::Isolation;
use serde::Serialize;
use serde_json::{Value, json};

use super::statistics::{self, LabNumbers};
use super::survey::{self, Class};
use super::{Options, Shard};
use crate::gradebook::{Change, Gradebook, Quarantined, Score, StudentResult, Timeliness};
use crate::report::class as report;
use crate::report::csv::Standing;
use crate::report::isolation;
use crate::text;
use crate::when;

/// The version of the JSON shape.
const SCHEMA: &str = "wirelab/class-run/v1";
/// Students that a page names of each kind.
const MAX_NAMED: usize = 5;

/// What one run did.
pub(super) struct Run {
    pub(super) seconds: f64,
    pub(super) graded: usize,
    pub(super) reused: usize,
    pub(super) changes: Vec<Change>,
    pub(super) replaced: bool,
    pub(super) quarantined: Vec<Quarantined>,
    pub(super) unread: Vec<(String, String)>,
}

/// The state of a class after a run.
pub struct Summary {
    db: String,
    /// `None` = of the whole class.
    part: Option<Shard>,
    run: Run,
    class: report::Class,
    labs: Vec<LabNumbers>,
    not_in_roster: Vec<String>,
    without_submission: Vec<String>,
    passed_over: Vec<String>,
}

impl Summary {
    pub(super) fn of(gradebook: &Gradebook, options: &Options, class: Class, run: Run) -> Result<Summary> {
        let results = gradebook.class_results("", &options.labs, false)?;
        let (not_in_roster, without_submission) = survey::strangers(&class);
        Ok(Summary {
            db: gradebook.path().display().to_string(),
            part: options.shard,
            run,
            labs: statistics::of(&results),
            class: results,
            not_in_roster: not_in_roster.into_iter().collect(),
            without_submission: without_submission.into_iter().collect(),
            passed_over: class.passed_over,
        })
    }

    /// Whether the grader had trouble of its own with some lab.
    pub fn has_trouble(&self) -> bool {
        !self.run.quarantined.is_empty() || !self.run.unread.is_empty()
    }

    /// Whether grades would change that stand still.
    pub fn awaits_replacement(&self) -> bool {
        !self.run.changes.is_empty() && !self.run.replaced
    }

    /// As `wirelab/class-run/v1`, with a final newline.
    ///
    /// # Errors
    /// None that a class could cause.
    pub fn to_json(&self) -> Result<String> {
        let changes: Vec<Value> = self
            .run
            .changes
            .iter()
            .map(|Change { grade, old }| {
                json!({ "student": grade.student, "lab": grade.lab, "old": score(old), "new": score(&grade.score) })
            })
            .collect();
        let quarantined: Vec<Value> = self
            .run
            .quarantined
            .iter()
            .map(|q| json!({ "lab": q.lab, "attempts": q.attempts, "reason": text::plain(&q.reason), "key": q.key }))
            .collect();
        let value = json!({
            "schema": SCHEMA,
            "gradebook": self.db,
            "shard": self.part.map(|part| part.to_string()),
            "seconds": (self.run.seconds * 1000.0).round() / 1000.0,
            "graded": self.run.graded,
            "known": self.run.reused,
            "changes": changes,
            "replaced": self.run.replaced,
            "quarantined": quarantined,
            "unread": self.run.unread,
            "not_in_roster": self.not_in_roster,
            "without_submission": self.without_submission,
            "passed_over": self.passed_over,
            "isolation": self.isolation(),
            "students": self.class.students.iter().map(|student| StudentLine::of(student, &self.class)).collect::<Vec<_>>(),
            "labs": self.labs,
            "checks": self.class.statistics().iter().map(check).collect::<Vec<_>>(),
        });
        Ok(serde_json::to_string_pretty(&value)? + "\n")
    }

    /// For people, with a final newline.
    pub fn render(&self) -> String {
        let mut page = String::new();
        let checks = self.class.statistics();
        for lab in &self.labs {
            labs::render(&mut page, lab, &checks);
        }
        labs::render_odd_checks(&mut page, &checks);
        self.render_students(&mut page);
        let _ = writeln!(page, "isolation   {}", isolation::line(&self.isolation()));
        let graded = text::count(self.run.graded, "lab");
        let _ = writeln!(
            page,
            "{}{}: {graded} graded, {} without work to do, in {:.1} s. Gradebook: {}",
            self.part.map_or_else(String::new, |part| format!("part {part}: ")),
            text::count(self.class.students.len(), "student"),
            self.run.reused,
            self.run.seconds,
            self.db
        );
        if !self.run.changes.is_empty() {
            let what = if self.run.replaced { "replaced" } else { "NOT replaced" };
            let _ = writeln!(page, "{}: {what}", text::count(self.run.changes.len(), "changed grade"));
        }
        for trouble in &self.run.quarantined {
            let reason = text::first_lines(&text::plain(&trouble.reason), 1);
            let _ = writeln!(page, "INFRA  {}: in quarantine, its old grade stays: {reason}", trouble.lab);
        }
        for (student, reason) in &self.run.unread {
            let (student, reason) = (text::plain(student), text::first_lines(&text::plain(reason), 1));
            let _ = writeln!(page, "INFRA  {student}: not read, its old grades stay: {reason}");
        }
        page
    }

    /// What held the programs whose grades count.
    fn isolation(&self) -> Isolation {
        let labs = self.class.students.iter().flat_map(|student| &student.labs);
        isolation::of_all(labs.map(|lab| &lab.report.isolation))
    }

    fn is_unread(&self, student: &StudentResult) -> bool {
        self.run.unread.iter().any(|(id, _)| *id == student.person.id)
    }

    fn render_students(&self, page: &mut String) {
        let mut list = |what: &str, names: &[String]| {
            if !names.is_empty() {
                let shown: Vec<String> = names.iter().take(MAX_NAMED).map(|name| text::plain(name)).collect();
                let more = if names.len() > shown.len() { ", …" } else { "" };
                let _ = writeln!(page, "{what} ({}): {}{more}", names.len(), shown.join(", "));
            }
        };
        let late: Vec<String> = self
            .class
            .students
            .iter()
            .flat_map(|student| student.labs.iter().map(move |lab| (student, lab)))
            .filter_map(|(student, lab)| match lab.timeliness {
                Timeliness::Grace(by) | Timeliness::Late(by) => {
                    let (id, word) = (&student.person.id, lab.timeliness.word());
                    Some(format!("{id} {} {word} by {}", lab.report.lab, when::roughly(by)))
                }
                _ => None,
            })
            .collect();
        list("after the due date", &late);
        let rejected: Vec<String> = self
            .class
            .students
            .iter()
            .filter_map(|student| Some(format!("{}: {}", student.person.id, student.rejected.as_ref()?)))
            .collect();
        list("rejected, without a new grade", &rejected);
        let empty: Vec<String> = self
            .class
            .students
            .iter()
            .filter(|student| student.remark.is_some() && !self.is_unread(student))
            .map(|student| student.person.id.clone())
            .collect();
        list("no lab folder in it", &empty);
        list("not in the roster", &self.not_in_roster);
        list("nothing handed in", &self.without_submission);
        list("passed over", &self.passed_over);
    }
}

fn check(check: &report::CheckStatistics) -> Value {
    json!({
        "lab": check.lab, "check": check.check, "judged": check.judged, "passed": check.passed,
        "pass_rate": check.pass_rate(), "discrimination": check.discrimination, "flake_rate": check.flake_rate,
    })
}

fn score(score: &Score) -> Value {
    json!({ "verdict": score.verdict, "score": score.score, "max": score.max })
}

/// One student in the JSON.
#[derive(Serialize)]
struct StudentLine<'a> {
    student: &'a str,
    name: Option<&'a str>,
    email: Option<&'a str>,
    rejected: Option<&'a str>,
    /// GRADED, REJECTED or INFRA.
    verdict: &'static str,
    /// `null` = no grade in some lab, which is not a zero.
    score: Option<u32>,
    max: u32,
    labs: Vec<Value>,
}

impl StudentLine<'_> {
    fn of<'s>(student: &'s StudentResult, class: &report::Class) -> StudentLine<'s> {
        let standing = Standing::in_all(student, class);
        StudentLine {
            student: &student.person.id,
            name: student.person.name.as_deref(),
            email: student.person.email.as_deref(),
            rejected: student.rejected.as_deref(),
            verdict: standing.verdict,
            score: standing.score,
            max: standing.max,
            labs: student
                .labs
                .iter()
                .map(|lab| {
                    let late = match lab.timeliness {
                        Timeliness::Grace(by) | Timeliness::Late(by) => Some(by.as_secs()),
                        _ => None,
                    };
                    json!({
                        "lab": lab.report.lab, "verdict": lab.report.verdict, "score": lab.report.score,
                        "max": lab.report.max, "submitted_at": lab.submitted_at,
                        "timeliness": lab.timeliness.word(), "seconds_after_due": late,
                    })
                })
                .collect(),
        }
    }
}
