//! `grader class` and `grader merge` as commands.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::summary::labs;
use super::{Due, Options, Replace, Shard, Watch, grade, statistics};
use crate::cargo::Toolchain;
use crate::catalog;
use crate::course::Course;
use crate::gradebook::Gradebook;
use crate::isolation::{Demand, Isolation};
use crate::output;
use crate::run;
use crate::text;
use crate::usage::Usage;
use crate::when;

/// The arguments of `grader class`.
#[derive(Args)]
pub struct ClassArgs {
    /// The folder that holds a folder or archive (.zip, .tar.gz) for each student, named by the student's id
    dir: PathBuf,
    /// The class list: CSV with the columns id, and if known name, email, submitted_at
    #[arg(long, value_name = "CSV")]
    roster: Option<PathBuf>,
    /// The gradebook; it is made if it is not there
    #[arg(long, value_name = "FILE", default_value = "gradebook.sqlite")]
    db: PathBuf,
    /// Only this lab; may be given more than once
    #[arg(long, value_name = "NAME")]
    lab: Vec<String>,
    /// Only this student; may be given more than once
    #[arg(long, value_name = "ID")]
    student: Vec<String>,
    /// Submissions that are built at a time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Grade again what is known and unchanged
    #[arg(long)]
    fresh: bool,
    /// When the labs were due, like 2026-11-20T23:59+01:00; a time without a zone is this machine's. Later work is
    /// marked, nothing more
    #[arg(long, value_name = "TIME", value_parser = when::instant)]
    due: Option<Timestamp>,
    /// How much later is marked as grace and not as late, like 2h or 1d
    #[arg(long, value_name = "LENGTH", requires = "due", value_parser = when::length)]
    grace: Option<Duration>,
    /// Further attempts where the grader has trouble of its own; then the work goes into quarantine, and an old grade
    /// stays
    #[arg(long, value_name = "N", default_value_t = 2)]
    retries: u32,
    /// Leave out the hidden checks
    #[arg(long)]
    public_only: bool,
    /// Run hidden checks even where a layer of isolation is missing, against code that you trust
    #[arg(long)]
    allow_weak_isolation: bool,
    /// Replace grades that change; otherwise you are asked, and where nobody can be asked they stay
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Replace no grade that stands, only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Only this part of the class, like 2/4; `auto` takes it from Slurm's, Kubernetes' or GitLab's variables. Every
    /// part has a gradebook of its own, and `grader merge` makes one of them
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// The summary for people or for programs
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write the summary to this file, whole or not at all, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// The arguments of `grader merge`.
#[derive(Args)]
pub struct MergeArgs {
    /// The gradebook that takes everything; it is made if it is not there
    into: PathBuf,
    /// Gradebooks of shards
    #[arg(required = true)]
    from: Vec<PathBuf>,
}

/// How a class ended, for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All that was asked.
    Done,
    /// Grades that would change stand still, and nobody said that they should.
    Unreplaced,
    /// The grader had trouble of its own with some lab.
    Trouble,
}

impl ClassArgs {
    /// Grades the class and prints the summary.
    ///
    /// # Errors
    /// As [`grade()`].
    pub fn run(self, course: &Course, toolchain: &Toolchain) -> Result<Ending> {
        let isolation = Isolation::find(Demand::unless(self.public_only || self.allow_weak_isolation))?;
        let toolchain = &toolchain.clone().held_by(&isolation);
        let replace = match (self.yes, self.dry_run) {
            (true, _) => Replace::Yes,
            (_, true) => Replace::No,
            _ => Replace::Ask,
        };
        let options = Options {
            labs: catalog::select(&self.lab)?,
            students: self.student,
            shard: self.shard,
            public_only: self.public_only,
            isolation,
            jobs: self.jobs.map_or_else(run::cores, usize::from),
            fresh: self.fresh,
            retries: self.retries,
            replace,
            due: self.due.map(|at| Due { at, grace: self.grace.unwrap_or_default() }),
        };
        let watch = Watch::new();
        let roster = self.roster.as_deref();
        let summary = grade(course, toolchain, &self.dir, roster, &self.db, &options, &watch)?;
        let text = match self.format {
            Format::Human => summary.render(),
            Format::Json => summary.to_json()?,
        };
        output::write(&text, self.out.as_deref())?;
        Ok(if summary.has_trouble() {
            Ending::Trouble
        } else if summary.awaits_replacement() && replace == Replace::Ask {
            Ending::Unreplaced
        } else {
            Ending::Done
        })
    }
}

impl MergeArgs {
    /// Merges the gradebooks, and prints what the class came to. `false` = a part of the class is missing or was cut off: that
    /// is told on stderr, and what is there is merged.
    ///
    /// # Errors
    /// [`Usage`] where one is merged into itself or not there; one is no gradebook of this version: then nothing is
    /// written; the files refuse: then what was merged before stays.
    pub fn run(&self) -> Result<bool> {
        for from in &self.from {
            let is_same = |path: &PathBuf| path.canonicalize().ok();
            if is_same(from).is_some() && is_same(from) == is_same(&self.into) {
                let message = format!("{}: can't be merged into itself", from.display());
                return Err(Usage::new(message).into());
            }
            if !from.is_file() {
                return Err(Usage::new(format!("{}: no gradebook", from.display())).into());
            }
            drop(Gradebook::read(from)?);
        }
        let mut gradebook = Gradebook::open(&self.into)?;
        let mut merged = None;
        for from in &self.from {
            merged = Some(gradebook.merge(from)?);
        }
        let merged = merged.expect("clap asks for at least one");
        let parts = gradebook.parts()?;
        let mut page = String::new();
        let class = gradebook.class_results("", &catalog::all(), false)?;
        let checks = class.statistics();
        for lab in statistics::of(&class) {
            labs::render(&mut page, &lab, &checks);
        }
        let (students, gradings) = (merged.students as usize, merged.gradings as usize);
        let _ = writeln!(
            page,
            "{}: {} and {}{}",
            self.into.display(),
            text::count(students, "student"),
            text::count(gradings, "grading"),
            match &parts {
                Some(parts) if parts.gaps.is_empty() => format!(", from all {} parts", parts.count),
                _ => String::new(),
            }
        );
        output::write(&page, None)?;
        let Some(parts) = parts else { return Ok(true) };
        for line in parts.differences.iter().chain(&parts.gaps) {
            eprintln!("grader: {line}");
        }
        Ok(parts.gaps.is_empty())
    }
}
