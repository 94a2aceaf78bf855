//! The gradebook: everything that is known of a class, in one SQLite file.
//!
//! Whatever was finished is in the file before anything else is told of it, so a grader that is killed loses nothing
//! of that. The tables and their meaning stand in `schema-1.sql`, what came later in the files after it.

mod evidence;
mod grades;
mod gradings;
mod lock;
mod merge;
mod parts;
mod reader;
mod results;
#[cfg(test)]
mod tests;
mod timeliness;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use rusqlite::{Connection, Transaction, params};

use crate::class::Shard;
use crate::report::model::Tools;
use crate::usage::Usage;

pub use evidence::{Evidence, Kind};
pub use grades::{Change, Grade, Person, Reading, Score, Seen, SeenLab};
pub use gradings::Quarantined;
pub use merge::Merged;
pub use parts::Parts;
pub use results::{LabResult, StudentResult};
pub use timeliness::Timeliness;

/// The steps from an empty file to today's schema; the file says in `PRAGMA user_version` how many it has behind it.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema-1.sql"), include_str!("schema-2.sql"), include_str!("schema-3.sql")];
/// For a reader that holds the file a moment.
const PATIENCE: Duration = Duration::from_secs(20);
/// For a grader that was killed to be gone with all its children: one that was just about to become another program holds
/// the lock until it has.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// An open gradebook. Who writes to it is its only writer.
#[derive(Debug)]
pub struct Gradebook {
    connection: Connection,
    path: PathBuf,
    /// Held by a writer until it is gone, however it ends.
    _lock: Option<File>,
}

impl Gradebook {
    /// Opens a gradebook for writing; makes it if it is not there, and brings an older one to today's schema.
    ///
    /// # Errors
    /// [`Usage`] where another grader works with it; the file is no gradebook, one of a later version, or can't be
    /// written.
    pub fn open(path: &Path) -> Result<Gradebook> {
        Gradebook::open_within(path, LOCK_PATIENCE)
    }

    fn open_within(path: &Path, patience: Duration) -> Result<Gradebook> {
        let told = || format!("opening the gradebook {}", path.display());
        let file = File::options().create(true).append(true).open(path).with_context(told)?;
        let Some(lock) = lock::within(patience, file).with_context(told)? else {
            let message = format!("{}: another grader works with this gradebook", path.display());
            return Err(Usage::new(message).into());
        };
        let mut connection = Connection::open(path).with_context(told)?;
        connection.busy_timeout(PATIENCE).with_context(told)?;
        // A commit is on the disk when it returns, and readers are never kept waiting.
        for (pragma, value) in [("journal_mode", "wal"), ("synchronous", "full"), ("foreign_keys", "on")] {
            connection.pragma_update(None, pragma, value).with_context(told)?;
        }
        migrate(&mut connection, path).with_context(told)?;
        Ok(Gradebook { connection, path: path.to_owned(), _lock: Some(lock) })
    }

    /// Opens a gradebook that is there, for reading only.
    ///
    /// # Errors
    /// [`Usage`] where there is none; the file is no gradebook, or one of another version.
    pub fn read(path: &Path) -> Result<Gradebook> {
        let told = || format!("opening the gradebook {}", path.display());
        if !path.is_file() {
            let message = format!("{}: no gradebook; `grader class` makes one", path.display());
            return Err(Usage::new(message).into());
        }
        let (connection, version) = reader::open(path).with_context(told)?;
        ensure!(
            version == MIGRATIONS.len(),
            "{}: a gradebook of version {version}, and this grader reads version {}; `grader class` brings an older \
             one up to date",
            path.display(),
            MIGRATIONS.len()
        );
        Ok(Gradebook { connection, path: path.to_owned(), _lock: None })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of it or nothing: what `work` wrote is in the file when this returns, or nothing of it.
    fn transaction<T>(&mut self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let path = self.path.clone();
        let attempt = || -> Result<T> {
            let transaction = self.connection.transaction()?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        attempt().with_context(|| format!("writing to the gradebook {}", path.display()))
    }

    /// Notes that a run begins, for a part of the class or for all of it; returns its number.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn begin_run(&mut self, tools: &Tools, cell: &str, part: Option<Shard>) -> Result<i64> {
        let uid = fs::read_to_string("/proc/sys/kernel/random/uuid").context("naming the run")?;
        self.transaction(|book| {
            let values = params![
                uid.trim(),
                now(),
                tools.grader,
                tools.rustc,
                tools.checks_sha256,
                tools.lockfile_sha256,
                cell,
                part.map(Shard::number),
                part.map(Shard::count)
            ];
            book.execute(
                "INSERT INTO run (uid, started_at, grader, rustc, checks_sha256, lockfile_sha256, cell, part, parts)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )?;
            Ok(book.last_insert_rowid())
        })
    }

    /// Notes that a run came to its end.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn end_run(&mut self, run: i64) -> Result<()> {
        self.transaction(|book| {
            book.execute("UPDATE run SET finished_at = ? WHERE id = ?", params![now(), run])?;
            Ok(())
        })
    }
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let version = version(connection)?;
    if version > MIGRATIONS.len() {
        bail!(
            "{}: version {version}, made by a later grader; this one knows {}",
            path.display(),
            MIGRATIONS.len()
        );
    }
    let is_foreign: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%')",
        [],
        |row| row.get(0),
    )?;
    ensure!(version > 0 || !is_foreign, "{}: a database, but no gradebook", path.display());
    for (steps, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", steps + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// A time as the tables hold it.
pub(crate) fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

fn now() -> i64 {
    millis(SystemTime::now())
}
