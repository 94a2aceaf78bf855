//! What the gradebook says of the class now: every student's labs, as they count.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use checks::Verdict;
use rusqlite::{Row, params};

use super::{Gradebook, Person};
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

/// How a time of submission stands to the due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeliness {
    /// There is no due date, or nothing was handed in.
    Unmarked,
    /// Not after it.
    OnTime,
    /// After it, within the grace, by so much.
    Grace(Duration),
    /// After both, by so much after the due date.
    Late(Duration),
}

impl Timeliness {
    /// Of a submission; both times in milliseconds since 1970.
    pub fn of(submitted_at: Option<i64>, due: Option<(i64, i64)>) -> Timeliness {
        let (Some(submitted), Some((due_at, grace_seconds))) = (submitted_at, due) else {
            return Timeliness::Unmarked;
        };
        match u64::try_from(submitted.saturating_sub(due_at)).map(Duration::from_millis) {
            Err(_) | Ok(Duration::ZERO) => Timeliness::OnTime,
            Ok(after) if after.as_secs_f64() <= grace_seconds as f64 => Timeliness::Grace(after),
            Ok(after) => Timeliness::Late(after),
        }
    }

    /// `on time`, `in grace`, `late`; nothing where there is no mark.
    pub fn word(self) -> &'static str {
        match self {
            Timeliness::Unmarked => "",
            Timeliness::OnTime => "on time",
            Timeliness::Grace(_) => "in grace",
            Timeliness::Late(_) => "late",
        }
    }
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
                    checks: self.checks_of(contract, row.grading, pages)?,
                },
            });
        }
        Ok(students.into_values().collect())
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
            "SELECT grade.student, grade.lab, grading.id, grading.verdict, score, max, grading.message,
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
                submitted_at: row.get(7)?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_measured_from_the_due_date() {
        let due = Some((1_000_000, 60));
        let of = |submitted| Timeliness::of(submitted, due);
        assert_eq!(of(Some(999_999)), Timeliness::OnTime);
        assert_eq!(of(Some(1_000_000)), Timeliness::OnTime);
        assert_eq!(of(Some(1_060_000)), Timeliness::Grace(Duration::from_secs(60)));
        assert_eq!(of(Some(1_060_001)), Timeliness::Late(Duration::from_millis(60_001)));
        assert_eq!(of(None), Timeliness::Unmarked);
        assert_eq!(Timeliness::of(Some(5), None), Timeliness::Unmarked);
    }
}
