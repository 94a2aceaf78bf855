//! What a gradebook knows of a class that was graded in parts: whether all of them are there, and of one kind.

use anyhow::Result;
use rusqlite::{OptionalExtension, params};

use super::Gradebook;

/// A class that was graded in so many parts, by the newest run of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// How many there must be.
    pub count: u64,
    /// What keeps the gradebook from being that of the whole class, a line each.
    pub gaps: Vec<String>,
    /// What may have given one student another grade than the same work of another's, a line each.
    pub differences: Vec<String>,
}

/// The newest run of a part.
struct PartRun {
    part: u64,
    is_finished: bool,
    /// Everything of a run that a verdict may depend on, each with its name.
    footing: [(&'static str, String); 4],
}

impl Gradebook {
    /// The parts that the newest run of a part belongs to; `None` = there was never one.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn parts(&self) -> Result<Option<Parts>> {
        let newest =
            "SELECT parts FROM run WHERE parts IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1";
        let count: Option<u64> = self.connection.query_row(newest, [], |row| row.get(0)).optional()?;
        let Some(count) = count else { return Ok(None) };
        // SQLite takes the other columns from the row of the maximum.
        let sql = "SELECT part, finished_at IS NOT NULL, rustc, checks_sha256, lockfile_sha256, cell, max(started_at)
                   FROM run WHERE parts = ? GROUP BY part ORDER BY part";
        let mut statement = self.connection.prepare(sql)?;
        let runs: Vec<PartRun> = statement
            .query_map(params![count], |row| {
                Ok(PartRun {
                    part: row.get(0)?,
                    is_finished: row.get(1)?,
                    footing: [
                        ("compiler", row.get(2)?),
                        ("checks", row.get(3)?),
                        ("lock file", row.get(4)?),
                        ("cell", row.get(5)?),
                    ],
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Some(Parts { count, gaps: gaps(count, &runs), differences: differences(count, &runs) }))
    }
}

fn gaps(count: u64, runs: &[PartRun]) -> Vec<String> {
    let gap = |part: u64| match runs.iter().find(|run| run.part == part) {
        None => Some(format!("part {part} of {count} is not there: grade it, and merge again")),
        Some(run) if !run.is_finished => {
            Some(format!("part {part} of {count} did not come to its end: run it again, and merge again"))
        }
        Some(_) => None,
    };
    (1..=count).filter_map(gap).collect()
}

/// The parts that were graded otherwise than the first of them.
fn differences(count: u64, runs: &[PartRun]) -> Vec<String> {
    let Some((first, others)) = runs.split_first() else { return Vec::new() };
    let difference = |run: &PartRun| {
        let (ours, theirs) = run.footing.iter().zip(&first.footing).find(|(ours, theirs)| ours != theirs)?;
        Some(format!(
            "part {} of {count} was graded with another {} than part {}: {}, not {}",
            run.part, ours.0, first.part, ours.1, theirs.1
        ))
    };
    others.iter().filter_map(difference).collect()
}
