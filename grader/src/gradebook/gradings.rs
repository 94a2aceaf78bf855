//! Gradings: one lab's sources, graded once. They are entered and read, never changed.

use anyhow::{Context, Result};
use checks::Isolation;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Evidence, Gradebook, Score, now};
use crate::report::model::{CheckReport, LabReport};

/// A grading that the grader had trouble of its own with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Of which sources.
    pub key: String,
    /// The lab.
    pub lab: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What the trouble was.
    pub reason: String,
}

impl Gradebook {
    /// The newest grading of a key.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn grading_of(&self, key: &str) -> Result<Option<Score>> {
        let sql = "SELECT id, verdict, score, max FROM grading WHERE key = ? ORDER BY graded_at DESC, id DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row([key], Score::from_row).optional();
        found.with_context(|| format!("reading the gradebook {}", self.path.display()))
    }

    /// Enters a grading and its evidence, and ends the quarantine of its key.
    ///
    /// # Errors
    /// The file can't be written; then nothing of it is there.
    pub fn enter_grading(
        &mut self,
        run: i64,
        key: &str,
        lab: &LabReport,
        evidence: &[Evidence],
    ) -> Result<Score> {
        self.transaction(|book| {
            book.execute("DELETE FROM quarantine WHERE key = ?", [key])?;
            let grading = enter_lab(book, run, key, lab)?;
            for (place, check) in lab.checks.iter().enumerate() {
                enter_check(book, grading, place, check)?;
            }
            let mut insert = book.prepare_cached("INSERT INTO evidence VALUES (?, ?, ?, ?, ?)")?;
            for piece in evidence {
                insert.execute(params![
                    grading,
                    piece.place,
                    piece.kind.word(),
                    piece.is_cut,
                    piece.content
                ])?;
            }
            Ok(Score { grading, verdict: lab.verdict.word().to_owned(), score: lab.score, max: lab.max })
        })
    }

    /// Notes the grader's own trouble with a key. It is no grading.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn quarantine(&mut self, trouble: &Quarantined) -> Result<()> {
        self.transaction(|book| {
            book.execute(
                "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?) ON CONFLICT (key)
                 DO UPDATE SET attempts = attempts + excluded.attempts, reason = excluded.reason",
                params![trouble.key, trouble.lab, trouble.attempts, trouble.reason, now()],
            )?;
            Ok(())
        })
    }
}

fn enter_lab(book: &Transaction, run: i64, key: &str, lab: &LabReport) -> Result<i64> {
    let was_run = lab.isolation != Isolation::default();
    let isolation = was_run.then(|| serde_json::to_string(&lab.isolation)).transpose()?;
    book.execute(
        "INSERT INTO grading (key, run, lab, verdict, score, max, message, graded_at, isolation)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![key, run, lab.lab, lab.verdict.word(), lab.score, lab.max, lab.message, now(), isolation],
    )?;
    Ok(book.last_insert_rowid())
}

fn enter_check(book: &Transaction, grading: i64, place: usize, check: &CheckReport) -> rusqlite::Result<()> {
    let fault = check.fault.as_ref();
    let values = params![
        grading,
        place,
        check.check,
        audience_word(check.audience),
        check.points,
        check.earned,
        check.verdict.word(),
        check.seconds,
        check.cpu_seconds,
        // SQLite's integers are signed; the same 64 bits.
        check.seed.cast_signed(),
        fault.map(|fault| &fault.expected),
        fault.map(|fault| &fault.got),
        fault.map(|fault| fault.step),
        check.skip,
        check.nearest_bug,
    ];
    book.prepare_cached("INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
        .execute(values)?;
    Ok(())
}

fn audience_word(audience: checks::Audience) -> &'static str {
    match audience {
        checks::Audience::Public => "public",
        checks::Audience::Hidden => "hidden",
    }
}
