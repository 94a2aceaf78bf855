//! One gradebook from those of several shards.
//!
//! Where two of them disagree the newest word wins: of two gradings of one key the one graded last, of two grades the
//! one entered last, of two sightings of a submission the last. A key says everything that a verdict depends on, so
//! gradings of one key differ only where a check is not stable; all of them stay, for the flake rate.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::params;

use super::{Gradebook, MIGRATIONS};

/// What a merge came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// Students in the gradebook now.
    pub students: u64,
    /// Gradings in it now.
    pub gradings: u64,
}

/// Each statement adds what the other gradebook (`other`) knows and this one (`main`) does not, or not as lately. Runs
/// are the same by uid, gradings by key and run, submissions by student, hash and verdict.
const STEPS: [&str; 12] = [
    // One that was merged before it had ended may have ended since.
    "INSERT INTO run (uid, started_at, finished_at, grader, rustc, checks_sha256, lockfile_sha256, cell, part, parts)
     SELECT uid, started_at, finished_at, grader, rustc, checks_sha256, lockfile_sha256, cell, part, parts
     FROM other.run WHERE true ON CONFLICT (uid) DO UPDATE SET finished_at = coalesce(finished_at, excluded.finished_at)",
    "INSERT INTO student (id, name, email) SELECT id, name, email FROM other.student WHERE true
     ON CONFLICT (id) DO UPDATE SET name = coalesce(name, excluded.name), email = coalesce(email, excluded.email)",
    "INSERT INTO submission (student, path, sha256, verdict, message, ignored, submitted_at, seen_at)
     SELECT student, path, sha256, verdict, message, ignored, submitted_at, seen_at FROM other.submission WHERE true
     ON CONFLICT (student, sha256, verdict) DO UPDATE SET path = excluded.path, message = excluded.message,
         ignored = excluded.ignored, submitted_at = excluded.submitted_at, seen_at = excluded.seen_at
     WHERE excluded.seen_at > submission.seen_at",
    // The numbers of the other's rows here.
    "CREATE TEMP TABLE same_submission AS SELECT theirs.id AS theirs, ours.id AS ours
     FROM other.submission AS theirs JOIN submission AS ours USING (student, sha256, verdict)",
    "INSERT OR IGNORE INTO submitted_lab SELECT ours, lab, sha256, modified_at
     FROM other.submitted_lab JOIN same_submission ON theirs = submission",
    "UPDATE student SET submission = (SELECT id FROM submission WHERE submission.student = student.id
                                      ORDER BY seen_at DESC, id DESC LIMIT 1)",
    "INSERT OR IGNORE INTO grading (key, run, lab, verdict, score, max, message, graded_at, isolation)
     SELECT key, main.run.id, lab, verdict, score, max, message, graded_at, isolation
     FROM other.grading JOIN other.run AS theirs ON theirs.id = grading.run JOIN main.run USING (uid)",
    "CREATE TEMP TABLE same_grading AS SELECT theirs.id AS theirs, ours.id AS ours
     FROM other.grading AS theirs JOIN other.run AS their_run ON their_run.id = theirs.run
     JOIN main.run AS our_run USING (uid) JOIN main.grading AS ours ON ours.run = our_run.id AND ours.key = theirs.key",
    "INSERT OR IGNORE INTO verdict SELECT ours, place, name, audience, points, earned, verdict, seconds, cpu_seconds,
         seed, expected, got, step, skip, nearest_bug
     FROM other.verdict JOIN same_grading ON theirs = grading",
    "INSERT OR IGNORE INTO evidence SELECT ours, place, kind, is_cut, content
     FROM other.evidence JOIN same_grading ON theirs = grading",
    "INSERT INTO due SELECT * FROM other.due WHERE true ON CONFLICT (lab)
     DO UPDATE SET due_at = excluded.due_at, grace_seconds = excluded.grace_seconds",
    "INSERT INTO quarantine SELECT * FROM other.quarantine AS theirs
     WHERE NOT EXISTS (SELECT 1 FROM grading WHERE grading.key = theirs.key) ON CONFLICT (key)
     DO UPDATE SET attempts = excluded.attempts, reason = excluded.reason, since = excluded.since
     WHERE excluded.since > quarantine.since",
];

/// Grades, in both directions of time.
const GRADES: [&str; 6] = [
    "CREATE TEMP TABLE their_grade AS SELECT student, lab, g.ours AS grading, s.ours AS submission, entered_at
     FROM other.grade JOIN same_grading AS g ON g.theirs = grading
     LEFT JOIN same_submission AS s ON s.theirs = submission",
    "INSERT OR IGNORE INTO past_grade SELECT student, lab, g.ours, s.ours, entered_at, replaced_at
     FROM other.past_grade JOIN same_grading AS g ON g.theirs = grading
     LEFT JOIN same_submission AS s ON s.theirs = submission",
    "INSERT OR IGNORE INTO past_grade
     SELECT ours.student, ours.lab, ours.grading, ours.submission, ours.entered_at, theirs.entered_at
     FROM grade AS ours JOIN their_grade AS theirs USING (student, lab)
     WHERE theirs.entered_at > ours.entered_at AND theirs.grading != ours.grading",
    "INSERT INTO grade SELECT * FROM their_grade WHERE true ON CONFLICT (student, lab)
     DO UPDATE SET grading = excluded.grading, submission = excluded.submission, entered_at = excluded.entered_at
     WHERE excluded.entered_at > grade.entered_at",
    "DELETE FROM quarantine WHERE key IN (SELECT key FROM grading)",
    "DROP TABLE same_submission; DROP TABLE same_grading; DROP TABLE their_grade",
];

impl Gradebook {
    /// Adds everything that the gradebook at `path` knows: all of it or nothing.
    ///
    /// # Errors
    /// It is no gradebook of this version, or one of the two files refuses.
    pub fn merge(&mut self, path: &Path) -> Result<Merged> {
        // Opening it checks that it is one; a reader also brings in what a killed writer left in its log.
        drop(Gradebook::read(path)?);
        let told = || format!("merging {}", path.display());
        let shown = path.to_str().with_context(|| format!("{}: the path is no UTF-8", path.display()))?;
        self.connection.execute("ATTACH DATABASE ? AS other", [shown]).with_context(told)?;
        let merged = self.transaction(|book| {
            let version: usize = book.pragma_query_value(Some("other"), "user_version", |row| row.get(0))?;
            ensure!(version == MIGRATIONS.len(), "a gradebook of version {version}");
            for step in STEPS.into_iter().chain(GRADES) {
                book.execute_batch(step)?;
            }
            let count = |table: &str| {
                book.query_row(&format!("SELECT count(*) FROM {table}"), params![], |row| {
                    row.get::<_, i64>(0)
                })
            };
            Ok(Merged {
                students: count("student")?.unsigned_abs(),
                gradings: count("grading")?.unsigned_abs(),
            })
        });
        self.connection.execute("DETACH DATABASE other", []).with_context(told)?;
        merged.with_context(told)
    }
}
