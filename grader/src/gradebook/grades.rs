//! Grades: which grading counts for a student's lab. A score that stands is only replaced when someone says so.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Gradebook, now};

/// One member of the class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The name of the folder or archive.
    pub id: String,
    /// As the roster has it.
    pub name: Option<String>,
    /// As the roster has it.
    pub email: Option<String>,
}

/// A submission as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where.
    pub path: String,
    /// Of everything that was taken; empty where nothing was.
    pub sha256: String,
    /// What came of reading it.
    pub reading: Reading,
    /// Files that are not the student's to write.
    pub ignored: Vec<String>,
    /// The roster's word, in milliseconds since 1970.
    pub submitted_at: Option<i64>,
    /// What it holds.
    pub labs: BTreeMap<String, SeenLab>,
}

/// What came of reading a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It was taken, as far as it holds labs.
    Taken,
    /// It holds no lab, for this reason.
    Empty(String),
    /// Nothing is taken from it, for this reason.
    Rejected(String),
    /// The grader had this trouble of its own.
    Trouble(String),
}

impl Reading {
    /// The word in the gradebook.
    fn verdict(&self) -> &'static str {
        match self {
            Reading::Taken | Reading::Empty(_) => "GRADED",
            Reading::Rejected(_) => "REJECTED",
            Reading::Trouble(_) => "INFRA",
        }
    }

    fn message(&self) -> Option<&str> {
        match self {
            Reading::Taken => None,
            Reading::Empty(reason) | Reading::Rejected(reason) | Reading::Trouble(reason) => Some(reason),
        }
    }
}

/// One lab of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLab {
    /// Of what is the student's to write.
    pub sha256: String,
    /// When it was last written to, in milliseconds since 1970; `None` = an untouched stub.
    pub modified_at: Option<i64>,
}

/// What a grading comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The grading's number in the gradebook.
    pub grading: i64,
    /// The lab's verdict.
    pub verdict: String,
    /// Points earned.
    pub score: u32,
    /// Points that could be earned.
    pub max: u32,
}

impl Score {
    pub(super) fn from_row(row: &Row) -> rusqlite::Result<Score> {
        Ok(Score { grading: row.get(0)?, verdict: row.get(1)?, score: row.get(2)?, max: row.get(3)? })
    }

    /// Whether the other grading says the same of the student.
    pub fn equals(&self, other: &Score) -> bool {
        (&self.verdict, self.score, self.max) == (&other.verdict, other.score, other.max)
    }
}

/// A grading that is to count for a student's lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// Whose.
    pub student: String,
    /// The lab.
    pub lab: &'static str,
    /// The submission that it is for; `None` = there is none.
    pub submission: Option<i64>,
    /// The grading.
    pub score: Score,
}

/// A grade that would replace one that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What would stand.
    pub grade: Grade,
    /// What stands.
    pub old: Score,
}

impl Gradebook {
    /// Enters members of the class; what the roster says of them wins over what was known.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn enter_people(&mut self, people: &[Person]) -> Result<()> {
        self.transaction(|book| {
            for Person { id, name, email } in people {
                book.execute(
                    "INSERT INTO student (id, name, email) VALUES (?, ?, ?) ON CONFLICT (id)
                     DO UPDATE SET name = coalesce(excluded.name, name), email = coalesce(excluded.email, email)",
                    params![id, name, email],
                )?;
            }
            Ok(())
        })
    }

    /// Enters what was found for a student, as the student's last submission; returns its number.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn enter_submission(&mut self, student: &str, seen: &Seen) -> Result<i64> {
        if let Some(known) = self.known_submission(student, seen)? {
            return Ok(known);
        }
        self.transaction(|book| enter_submission(book, student, seen))
    }

    /// The student's last submission, if it is this very one: then there is nothing to write.
    fn known_submission(&self, student: &str, seen: &Seen) -> Result<Option<i64>> {
        let sql = "SELECT submission.id FROM submission JOIN student ON student.submission = submission.id
                   WHERE student.id = ? AND sha256 = ? AND verdict = ? AND path = ?
                   AND submitted_at IS ? AND message IS ? AND ignored = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ignored = serde_json::to_string(&seen.ignored)?;
        let values = params![
            student,
            seen.sha256,
            seen.reading.verdict(),
            seen.path,
            seen.submitted_at,
            seen.reading.message(),
            ignored
        ];
        let Some(id) = statement.query_row(values, |row| row.get(0)).optional()? else { return Ok(None) };
        let mut statement = self
            .connection
            .prepare_cached("SELECT lab, sha256, modified_at FROM submitted_lab WHERE submission = ?")?;
        let labs = statement
            .query_map([id], |row| {
                Ok((row.get(0)?, SeenLab { sha256: row.get(1)?, modified_at: row.get(2)? }))
            })?
            .collect::<rusqlite::Result<BTreeMap<String, SeenLab>>>()?;
        Ok((labs == seen.labs).then_some(id))
    }

    /// Enters grades where none stand, or some that say the same, all at once; returns the changes that the others
    /// would be.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn enter_grades(&mut self, grades: &[Grade]) -> Result<Vec<Change>> {
        let (mut changes, mut new) = (Vec::new(), Vec::new());
        for grade in grades {
            let Grade { student, lab, submission, score } = grade;
            match self.standing(student, lab)? {
                Some((old, _)) if !old.equals(score) => changes.push(Change { grade: grade.clone(), old }),
                Some((old, of)) if old.grading == score.grading && of == *submission => {}
                _ => new.push(grade),
            }
        }
        if !new.is_empty() {
            self.transaction(|book| new.iter().try_for_each(|grade| put_grade(book, grade)))?;
        }
        Ok(changes)
    }

    /// The grade that stands, and for which submission.
    fn standing(&self, student: &str, lab: &str) -> Result<Option<(Score, Option<i64>)>> {
        let sql = "SELECT grading.id, verdict, score, max, submission FROM grade
                   JOIN grading ON grading.id = grade.grading WHERE student = ? AND grade.lab = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |row: &Row| Ok((Score::from_row(row)?, row.get(4)?));
        Ok(statement.query_row(params![student, lab], read).optional()?)
    }

    /// Replaces grades, all of them or none; what stood stays in `past_grade`.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn replace(&mut self, changes: &[Change]) -> Result<()> {
        self.transaction(|book| {
            for change in changes {
                book.execute(
                    "INSERT OR REPLACE INTO past_grade
                     SELECT student, lab, grading, submission, entered_at, ? FROM grade WHERE student = ? AND lab = ?",
                    params![now(), change.grade.student, change.grade.lab],
                )?;
                put_grade(book, &change.grade)?;
            }
            Ok(())
        })
    }

    /// Notes when labs are due.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn enter_due(&mut self, labs: &[&str], due_at: i64, grace_seconds: i64) -> Result<()> {
        self.transaction(|book| {
            for lab in labs {
                book.execute(
                    "INSERT OR REPLACE INTO due VALUES (?, ?, ?)",
                    params![lab, due_at, grace_seconds],
                )?;
            }
            Ok(())
        })
    }
}

fn enter_submission(book: &Transaction, student: &str, seen: &Seen) -> Result<i64> {
    let id: i64 = book.query_row(
        "INSERT INTO submission (student, path, sha256, verdict, message, ignored, submitted_at, seen_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (student, sha256, verdict)
         DO UPDATE SET path = excluded.path, message = excluded.message, ignored = excluded.ignored,
                       submitted_at = excluded.submitted_at, seen_at = excluded.seen_at
         RETURNING id",
        params![
            student,
            seen.path,
            seen.sha256,
            seen.reading.verdict(),
            seen.reading.message(),
            serde_json::to_string(&seen.ignored)?,
            seen.submitted_at,
            now()
        ],
        |row| row.get(0),
    )?;
    book.execute("DELETE FROM submitted_lab WHERE submission = ?", [id])?;
    for (lab, SeenLab { sha256, modified_at }) in &seen.labs {
        book.execute("INSERT INTO submitted_lab VALUES (?, ?, ?, ?)", params![id, lab, sha256, modified_at])?;
    }
    book.execute("UPDATE student SET submission = ? WHERE id = ?", params![id, student])?;
    Ok(id)
}

fn put_grade(book: &Transaction, grade: &Grade) -> Result<()> {
    let Grade { student, lab, submission, score } = grade;
    book.prepare_cached("INSERT OR REPLACE INTO grade VALUES (?, ?, ?, ?, ?)")?.execute(params![
        student,
        lab,
        score.grading,
        submission,
        now()
    ])?;
    Ok(())
}
