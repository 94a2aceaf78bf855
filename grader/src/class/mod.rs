//! Grades a whole class into a gradebook.
//!
//! ```text
//! folder of submissions ─▶ what each holds ─▶ keys ─▶ known? ─yes─▶ grade
//! roster                                               └no─▶ work ─▶ gradebook ─▶ grade
//! ```
//!
//! A *key* says everything that a verdict depends on. Work is done once for a key, whoever handed it in and however
//! often; what is finished is in the gradebook at once, so a grader that is killed goes on where it stopped.

pub mod command;
mod confirm;
mod desk;
mod discover;
mod key;
mod shard;
mod source;
pub mod statistics;
mod summary;
mod survey;
mod watch;
mod work;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;

pub use confirm::Replace;
pub use shard::Shard;
pub use summary::Summary;
pub use watch::Watch;

use crate::cargo::Toolchain;
use crate::catalog::Contract;
use crate::course::Course;
use crate::gradebook::{Change, Grade, Gradebook, Quarantined};
use crate::inputs;
use crate::isolation::Isolation;
use crate::report::model::Tools;
use crate::roster;
use survey::Survey;
use work::{Done, Plan};

/// What to grade and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The labs, in the course's order.
    pub labs: Vec<Contract>,
    /// Only these students; all if none is named.
    pub students: Vec<String>,
    /// Only this part of the class.
    pub shard: Option<Shard>,
    /// Leaves hidden checks out.
    pub public_only: bool,
    /// What holds the programs.
    pub isolation: Isolation,
    /// Submissions that are built at a time.
    pub jobs: usize,
    /// Grades what is known again.
    pub fresh: bool,
    /// Further attempts where the grader has trouble of its own.
    pub retries: u32,
    /// What becomes of grades that would change.
    pub replace: Replace,
    /// When the labs are due.
    pub due: Option<Due>,
}

/// A due date.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The last moment.
    pub at: Timestamp,
    /// How much later is marked as grace and not as late.
    pub grace: Duration,
}

/// Grades the submissions in a folder into the gradebook at `db`.
///
/// # Errors
/// [`Usage`](crate::usage::Usage) where the folder, the roster or a student's name is wrong: then nothing is written;
/// the gradebook can't be written, or the labs' own workspace can't be made: then what was finished before is in it.
pub fn grade(
    course: &Course,
    toolchain: &Toolchain,
    folder: &Path,
    roster: Option<&Path>,
    db: &Path,
    options: &Options,
    watch: &Watch,
) -> Result<Summary> {
    let began = Instant::now();
    let roster = roster.map(roster::read).transpose()?.unwrap_or_default();
    let class = survey::members(course, folder, &roster, options)?;
    let mut gradebook = Gradebook::open(db)?;
    let survey = Survey::make(course, toolchain, &class, options, &mut gradebook, watch)?;
    let Survey { run, tasks, batches, waiting, mut changes, reused, unread, .. } = survey;

    watch.found(tasks.len(), class.students.len(), reused, options.shard);
    let mut quarantined = Vec::new();
    if !tasks.is_empty() {
        let plan = Plan {
            course,
            toolchain,
            tasks: &tasks,
            public_only: options.public_only,
            required: &options.isolation.required,
            builders: options.jobs,
            retries: options.retries,
            watch,
        };
        work::carry_out(&plan, &class.reader, batches, |done| {
            enter(&mut gradebook, run, &tasks, &waiting, done, watch, &mut changes, &mut quarantined)
        })?;
    }
    watch.end();
    changes.sort_by(|a, b| (&a.grade.student, a.grade.lab).cmp(&(&b.grade.student, b.grade.lab)));
    let replaced = confirm::replace(&mut gradebook, &changes, options.replace)?;
    gradebook.end_run(run)?;
    Summary::of(
        &gradebook,
        options,
        class,
        summary::Run {
            seconds: began.elapsed().as_secs_f64(),
            graded: tasks.len() - quarantined.len(),
            reused,
            changes,
            replaced,
            quarantined,
            unread,
        },
    )
}

/// Enters what came of a task, for everyone who waits for it.
#[expect(clippy::too_many_arguments, reason = "the books that one entry goes into")]
fn enter(
    gradebook: &mut Gradebook,
    run: i64,
    tasks: &[work::Task],
    waiting: &[Vec<survey::Waiting>],
    done: Done,
    watch: &Watch,
    changes: &mut Vec<Change>,
    quarantined: &mut Vec<Quarantined>,
) -> Result<()> {
    match done {
        Done::Graded { task, report, evidence } => {
            let score = gradebook.enter_grading(run, &tasks[task].key, &report, &evidence)?;
            let grades: Vec<Grade> = waiting[task]
                .iter()
                .map(|waiting| Grade {
                    student: waiting.student.clone(),
                    lab: report.lab,
                    submission: Some(waiting.submission),
                    score: score.clone(),
                })
                .collect();
            changes.extend(gradebook.enter_grades(&grades)?);
            let students: Vec<&str> = grades.iter().map(|grade| grade.student.as_str()).collect();
            watch.graded(&students, &report);
        }
        Done::Trouble { task, attempts, reason } => {
            let work::Task { key, contract, .. } = &tasks[task];
            let trouble = Quarantined { key: key.clone(), lab: contract.name().to_owned(), attempts, reason };
            gradebook.quarantine(&trouble)?;
            let students: Vec<&str> = waiting[task].iter().map(|waiting| waiting.student.as_str()).collect();
            watch.trouble(&students, &trouble);
            quarantined.push(trouble);
        }
    }
    Ok(())
}

fn tools(course: &Course, toolchain: &Toolchain) -> Result<Tools> {
    Ok(Tools {
        grader: env!("CARGO_PKG_VERSION"),
        rustc: toolchain.version.clone(),
        checks_sha256: inputs::checks_sha256(course)?,
        lockfile_sha256: inputs::lockfile_sha256(course)?,
    })
}
