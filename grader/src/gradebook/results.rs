//! What the gradebook says of the class now: every student's labs, as they count.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use checks::{Isolation, Verdict};
use rusqlite::{Row, params};

use super::{Gradebook, Person, Timeliness};
use crate::catalog::{self, Contract};
use crate::report::class::{Class, Flakes, LabInfo};
use crate::report::model::{CheckReport, Fault, LabReport, LabVerdict};

/// One student and what counts of the student's work.
#[derive(Debug, Clone)]
pub struct StudentResult {
    /// Who.
    pub person: Person,
    /// Where the last submission lay; `None` = there was none.
    pub path: Option<String>,
    /// Of everything that was taken from it.
    pub sha256: String,
    /// Why it was rejected whole, if so.
    pub rejected: Option<String>,
    /// What else there is to say of it: that it holds no lab, or that it could not be read.
    pub remark: Option<String>,
    /// Files that are not the student's to write.
    pub ignored: Vec<String>,
    /// The graded labs, in the course's order.
    pub labs: Vec<LabResult>,
}

/// One lab that counts.
#[derive(Debug, Clone)]
pub struct LabResult {
    /// Its grading.
    pub report: LabReport,
    /// When it was handed in, in milliseconds since 1970: the roster's word, or the newest time of the student's files;
    /// `None` where no file is the student's.
    pub submitted_at: Option<i64>,
    /// Beside the due date.
    pub timeliness: Timeliness,
}

/// A lab that counts, before its checks are read.
struct Standing {
    student: String,
    lab: String,
    grading: i64,
    verdict: String,
    score: u32,
    max: u32,
    message: Option<String>,
    isolation: Option<String>,
    submitted_at: Option<i64>,
}

impl Gradebook {
    /// Every student in the order of their ids. With `pages`, failed checks have their page for people.
    ///
    /// # Errors
    /// The file can't be read, or holds what this grader never writes.
    pub fn results(&self, pages: bool) -> Result<Vec<StudentResult>> {
        self.read_results(pages).with_context(|| format!("reading the gradebook {}", self.path.display()))
    }

    fn read_results(&self, pages: bool) -> Result<Vec<StudentResult>> {
        let mut students = BTreeMap::new();
        let mut statement = self.connection.prepare(
            "SELECT student.id, name, email, path, coalesce(sha256, ''), verdict, message, coalesce(ignored, '[]')
             FROM student LEFT JOIN submission ON submission.id = student.submission",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let is_rejected = row.get::<_, Option<String>>(5)?.as_deref() == Some("REJECTED");
            let result = StudentResult {
                person: Person { id: row.get(0)?, name: row.get(1)?, email: row.get(2)? },
                path: row.get(3)?,
                sha256: row.get(4)?,
                rejected: if is_rejected { row.get(6)? } else { None },
                remark: if is_rejected { None } else { row.get(6)? },
                ignored: serde_json::from_str(&row.get::<_, String>(7)?)?,
                labs: Vec::new(),
            };
            students.insert(result.person.id.clone(), result);
        }
        let due = self.due()?;
        let contracts: BTreeMap<&str, (usize, Contract)> = catalog::all()
            .into_iter()
            .enumerate()
            .map(|(place, contract)| (contract.name(), (place, contract)))
            .collect();
        let mut labs = self.grades()?;
        labs.sort_by_key(|row| contracts.get(row.lab.as_str()).map(|(place, _)| *place));
        for row in labs {
            // A lab that the course no longer has counts for nothing.
            let Some((_, contract)) = contracts.get(row.lab.as_str()) else { continue };
            let Some(student) = students.get_mut(&row.student) else { continue };
            student.labs.push(LabResult {
                timeliness: Timeliness::of(row.submitted_at, due.get(&row.lab).copied()),
                submitted_at: row.submitted_at,
                report: LabReport {
                    lab: contract.name(),
                    number: contract.public.number,
                    title: contract.public.title,
                    verdict: lab_verdict(&row.verdict)?,
                    score: row.score,
                    max: row.max,
                    message: row.message,
                    isolation: match &row.isolation {
                        Some(json) => serde_json::from_str(json).context("the isolation of a grading")?,
                        None => Isolation::default(),
                    },
                    checks: self.checks_of(contract, row.grading, pages)?,
                },
            });
        }
        Ok(students.into_values().collect())
    }

    /// The labs in which somebody has a grade.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn graded_labs(&self) -> Result<BTreeSet<String>> {
        let read = || -> rusqlite::Result<BTreeSet<String>> {
            let mut statement = self.connection.prepare("SELECT DISTINCT lab FROM grade")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        read().with_context(|| format!("reading the gradebook {}", self.path.display()))
    }

    /// The class as reports see it, in these labs.
    ///
    /// # Errors
    /// As [`Gradebook::results`].
    pub fn class_results(&self, title: &str, labs: &[Contract], pages: bool) -> Result<Class> {
        let labs = labs.iter().map(LabInfo::of).collect();
        Ok(Class { flakes: self.flakes()?, ..Class::new(title, labs, self.results(pages)?) })
    }

    /// How often a check said different things of the same work, by (lab, check).
    fn flakes(&self) -> Result<BTreeMap<(String, String), Flakes>> {
        let mut statement = self.connection.prepare(
            "SELECT lab, name, count(*), sum(verdicts > 1) FROM
                 (SELECT lab, name, count(DISTINCT verdict.verdict) AS verdicts
                  FROM verdict JOIN grading ON grading.id = verdict.grading
                  GROUP BY lab, key, name HAVING count(*) > 1)
             GROUP BY lab, name",
        )?;
        let read = |row: &Row| {
            Ok(((row.get(0)?, row.get(1)?), Flakes { repeated: row.get(2)?, changed: row.get(3)? }))
        };
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    fn grades(&self) -> Result<Vec<Standing>> {
        let mut statement = self.connection.prepare(
            "SELECT grade.student, grade.lab, grading.id, grading.verdict, score, max, grading.message, isolation,
                    CASE WHEN modified_at IS NOT NULL THEN coalesce(submitted_at, modified_at) END
             FROM grade JOIN grading ON grading.id = grade.grading
             LEFT JOIN submission ON submission.id = grade.submission
             LEFT JOIN submitted_lab ON submitted_lab.submission = submission.id AND submitted_lab.lab = grade.lab",
        )?;
        let read = |row: &Row| {
            Ok(Standing {
                student: row.get(0)?,
                lab: row.get(1)?,
                grading: row.get(2)?,
                verdict: row.get(3)?,
                score: row.get(4)?,
                max: row.get(5)?,
                message: row.get(6)?,
                isolation: row.get(7)?,
                submitted_at: row.get(8)?,
            })
        };
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Due date in milliseconds since 1970 and grace in seconds, by lab.
    fn due(&self) -> Result<BTreeMap<String, (i64, i64)>> {
        let mut statement = self.connection.prepare("SELECT lab, due_at, grace_seconds FROM due")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn checks_of(&self, contract: &Contract, grading: i64, pages: bool) -> Result<Vec<CheckReport>> {
        let entries = contract.checks(false);
        let mut statement = self.connection.prepare_cached(
            "SELECT name, points, earned, verdict, seconds, cpu_seconds, seed, expected, got, step, skip, nearest_bug,
                    CASE WHEN ?2 THEN (SELECT content FROM evidence WHERE evidence.grading = verdict.grading
                                       AND evidence.place = verdict.place AND kind = 'page') END
             FROM verdict WHERE grading = ?1 ORDER BY place",
        )?;
        let mut rows = statement.query(params![grading, pages])?;
        let mut checks = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            // A check that the course no longer has; the lab's score still counts it.
            let Some(entry) = entries.iter().find(|entry| entry.check.name == name) else { continue };
            let expected: Option<String> = row.get(7)?;
            let fault = match expected {
                Some(expected) => Some(Fault { expected, got: row.get(8)?, step: row.get(9)? }),
                None => None,
            };
            let page: Option<Vec<u8>> = row.get(12)?;
            checks.push(CheckReport {
                check: entry.check.name,
                audience: entry.audience,
                points: row.get(1)?,
                earned: row.get(2)?,
                verdict: check_verdict(&row.get::<_, String>(3)?)?,
                seconds: row.get(4)?,
                cpu_seconds: row.get(5)?,
                seed: row.get::<_, i64>(6)?.cast_unsigned(),
                fault,
                skip: row.get(10)?,
                nearest_bug: row.get(11)?,
                capture: None,
                page: page.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            });
        }
        Ok(checks)
    }
}

fn check_verdict(word: &str) -> Result<Verdict> {
    let all = [
        Verdict::Pass,
        Verdict::Fail,
        Verdict::Skip,
        Verdict::Timeout,
        Verdict::Oom,
        Verdict::OutputLimit,
        Verdict::Infra,
    ];
    all.into_iter().find(|verdict| verdict.word() == word).with_context(|| format!("no verdict {word:?}"))
}

fn lab_verdict(word: &str) -> Result<LabVerdict> {
    let all = [
        LabVerdict::Pass,
        LabVerdict::Fail,
        LabVerdict::BuildFail,
        LabVerdict::Missing,
        LabVerdict::Skip,
        LabVerdict::Infra,
    ];
    all.into_iter().find(|verdict| verdict.word() == word).with_context(|| format!("no verdict {word:?}"))
}
