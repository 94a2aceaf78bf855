//! Builds and runs what has to be graded. Builders have a workspace each; checks of all labs share the runners.
//!
//! ```text
//! batches ─▶ builders ─▶ labs that are built ─▶ runners ─▶ what is done
//! (a student's (one for    (a few, ahead of       (a few for   (on the caller's thread,
//!  labs)        each core)   the runners)           each core)   in any order)
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use checks::{Outcome, Verdict};

use super::desk::{Built, Desk, Run};
use super::discover::Source;
use super::{Watch, source};
use crate::cargo::Toolchain;
use crate::catalog::Contract;
use crate::course::{Course, LabFolder};
use crate::gradebook::Evidence;
use crate::judge::{Captures, judged, not_judged};
use crate::report::look::Look;
use crate::report::model::{LabReport, LabVerdict};
use crate::run::CHECKS_PER_CORE;
use crate::submission::{Reader, Submission};
use crate::workspace::{BuiltLabs, Workspace};

/// One lab's sources that are to be graded.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Of everything that the verdict depends on.
    pub(super) key: String,
    /// The lab.
    pub(super) contract: Contract,
    /// Of what is the student's to write, when it was looked at.
    pub(super) sha256: String,
}

/// Tasks from one submission: their labs are different packages, and one run of cargo builds them.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// Where they are.
    pub(super) source: Source,
    /// Which they are, by their place.
    pub(super) tasks: Vec<usize>,
}

/// A task that came to its end.
#[derive(Debug)]
pub(super) enum Done {
    /// It has a verdict.
    Graded {
        /// Its place.
        task: usize,
        /// The verdict.
        report: LabReport,
        /// What failed checks left behind.
        evidence: Vec<Evidence>,
    },
    /// The grader had trouble of its own, however often it tried.
    Trouble {
        /// Its place.
        task: usize,
        /// How often.
        attempts: u32,
        /// The last trouble.
        reason: String,
    },
}

/// How to go about it.
pub(super) struct Plan<'a> {
    pub(super) course: &'a Course,
    pub(super) toolchain: &'a Toolchain,
    pub(super) tasks: &'a [Task],
    pub(super) public_only: bool,
    /// Layers of isolation without which nothing is run.
    pub(super) required: &'a [String],
    /// Builders at a time.
    pub(super) builders: usize,
    /// Further attempts where the grader has trouble of its own.
    pub(super) retries: u32,
    /// Who waits for it.
    pub(super) watch: &'a Watch,
}

/// Does all batches. `done` is called on this thread; its error ends the work.
///
/// # Errors
/// No workspace can be made, or `done`'s.
pub(super) fn carry_out(
    plan: &Plan,
    reader: &Reader,
    batches: VecDeque<Batch>,
    mut done: impl FnMut(Done) -> Result<()>,
) -> Result<()> {
    // Builders side by side keep the cores as busy as one with many compilers, and wait for nothing.
    let mut toolchain = plan.toolchain.clone();
    toolchain.jobs = NonZeroUsize::new(1);
    let builders = plan.builders.clamp(1, batches.len().max(1));
    plan.watch.preparing(!plan.course.scratch().join("prepared").is_file());
    let base = Workspace::open(plan.course, &toolchain)?;
    let unchanging = no_build_in(plan.course)?;
    let workers = (0..builders).map(|_| base.worker()).collect::<Result<Vec<_>>>()?;
    drop((unchanging, base));
    plan.watch.begin();

    let desk = Desk::new(batches, builders);
    let (sender, inbox) = channel();
    thread::scope(|scope| {
        for workspace in workers {
            let (desk, sender) = (&desk, sender.clone());
            scope.spawn(move || {
                while let Some(batch) = desk.next_batch() {
                    Builder { plan, reader, workspace: &workspace, desk, done: &sender }.build(&batch);
                }
                desk.builder_leaves();
            });
        }
        let runners = CHECKS_PER_CORE * plan.builders;
        for _ in 0..runners {
            let (desk, sender) = (&desk, sender.clone());
            scope.spawn(move || {
                // One lab whose checks all wait for a deadline must not keep every runner from the others.
                while let Some(run) = desk.next_run((runners * 3 / 4).max(1)) {
                    let outcome = attempt(plan, &run);
                    if let Some(lab) = desk.end_run(&run, outcome) {
                        let _ = sender.send(judge_or_tell(lab, plan));
                    }
                }
            });
        }
        drop(sender);
        for end in inbox {
            if let Err(error) = done(end) {
                desk.stop();
                return Err(error);
            }
        }
        Ok(())
    })
}

/// Waits until nothing builds in the workspace that workers are copied from, and keeps it so: cargo holds this lock to its
/// end, also where the grader that started it was killed.
fn no_build_in(course: &Course) -> Result<Option<File>> {
    let path = course.scratch().join("target/debug/.cargo-lock");
    let lock = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.with_context(|| format!("opening {}", path.display()))?,
    };
    lock.lock().with_context(|| format!("locking {}", path.display()))?;
    Ok(Some(lock))
}

/// Runs a check; the grader's own trouble gets further attempts.
fn attempt(plan: &Plan, run: &Run) -> Outcome {
    let job = checks::Job { required: plan.required.to_vec(), ..run.job.clone() };
    let mut outcome = run_once(&job);
    for _ in 0..plan.retries {
        if outcome.verdict != Verdict::Infra {
            break;
        }
        outcome = run_once(&job);
    }
    outcome
}

/// A panic is trouble with this check, and must not take the others' runner with it.
fn run_once(job: &checks::Job) -> Outcome {
    let panicked = |_| Outcome::infra(job.seed, "the runner panicked");
    catch_unwind(AssertUnwindSafe(|| checks::run(job))).unwrap_or_else(panicked)
}

/// [`judge`], where a panic is trouble with this lab.
fn judge_or_tell(lab: Built, plan: &Plan) -> Done {
    let task = lab.task;
    catch_unwind(AssertUnwindSafe(|| judge(lab, plan))).unwrap_or_else(|_| {
        let reason = "the grader panicked while it judged the lab".to_owned();
        Done::Trouble { task, attempts: 1, reason }
    })
}

/// From the outcomes of all a lab's checks.
fn judge(mut lab: Built, plan: &Plan) -> Done {
    let contract = plan.tasks[lab.task].contract;
    let mut outcomes: Vec<Outcome> = std::mem::take(&mut lab.outcomes).into_values().collect();
    let trouble = outcomes.iter().find(|outcome| outcome.verdict == Verdict::Infra);
    if let Some(trouble) = trouble {
        let reason = trouble.reason.clone().unwrap_or_default();
        return Done::Trouble { task: lab.task, attempts: plan.retries + 1, reason };
    }
    let mut evidence: Vec<Evidence> =
        outcomes.iter_mut().enumerate().flat_map(|(place, outcome)| Evidence::of(place, outcome)).collect();
    // Several students may have this very work: no page may name one of them. Captures go into the gradebook.
    let captures = Captures { folder: plan.course.scratch().join("captures/class") };
    let (path, look) = (Path::new("DIR"), Look::plain());
    let mut report = judged(&contract, &lab.entries, outcomes, path, plan.public_only, &captures, look);
    for (place, check) in report.checks.iter_mut().enumerate() {
        evidence.extend(check.page.take().map(|page| Evidence::page(place, &page)));
    }
    Done::Graded { task: lab.task, report, evidence }
}

/// One builder at one batch.
struct Builder<'a> {
    plan: &'a Plan<'a>,
    reader: &'a Reader<'a>,
    workspace: &'a Workspace<'a>,
    desk: &'a Desk,
    done: &'a Sender<Done>,
}

impl Builder<'_> {
    /// Builds a batch; in case of trouble each of its labs by itself, so that none suffers for another.
    fn build(&self, batch: &Batch) {
        if self.try_to_build(batch, &batch.tasks).is_ok() {
            return;
        }
        for &task in &batch.tasks {
            let mut trouble = String::new();
            let succeeded = (0..=self.plan.retries).any(|_| match self.try_to_build(batch, &[task]) {
                Ok(()) => true,
                Err(error) => {
                    trouble = format!("{error:#}");
                    false
                }
            });
            if !succeeded {
                let attempts = self.plan.retries + 1;
                let _ = self.done.send(Done::Trouble { task, attempts, reason: trouble });
            }
        }
    }

    /// All or nothing: a lab is handed on when nothing can go wrong any more.
    fn try_to_build(&self, batch: &Batch, tasks: &[usize]) -> Result<()> {
        let attempt = catch_unwind(AssertUnwindSafe(|| self.build_tasks(batch, tasks)));
        let panicked = |_| Err(anyhow!("the builder panicked"));
        for result in attempt.unwrap_or_else(panicked)? {
            match result {
                Ok(built) => self.desk.add(built),
                Err(report) => drop(self.done.send(report)),
            }
        }
        Ok(())
    }

    fn build_tasks(&self, batch: &Batch, tasks: &[usize]) -> Result<Vec<Result<Built, Done>>> {
        let submission = source::open(self.plan.course, self.reader, &batch.source)?
            .map_err(|refusal| anyhow!("{refusal}; it was another when it was looked at"))?;
        let mut folders = Vec::new();
        for &task in tasks {
            folders.push(self.place(&submission, &self.plan.tasks[task])?);
        }
        let BuiltLabs { labs: mut programs, folder } = self.workspace.build(&folders)?;
        let folder = Arc::new(folder);
        let built = |&task: &usize| {
            let Task { contract, sha256, .. } = &self.plan.tasks[task];
            let entries = contract.checks(self.plan.public_only);
            match programs.remove(contract.name()).context("cargo said nothing of a lab")? {
                Ok(programs) => Ok(Ok(Built {
                    task,
                    entries,
                    programs,
                    seed_of: sha256.clone(),
                    next: 0,
                    running: 0,
                    outcomes: BTreeMap::new(),
                    _folder: Arc::clone(&folder),
                })),
                Err(complaint) => {
                    let (verdict, got) = (LabVerdict::BuildFail, "it does not compile");
                    let report = not_judged(contract, &entries, verdict, got, &complaint);
                    Ok(Err(Done::Graded { task, report, evidence: Vec::new() }))
                }
            }
        };
        tasks.iter().map(built).collect()
    }

    fn place(&self, submission: &Submission, task: &Task) -> Result<&LabFolder> {
        let name = task.contract.name();
        let changed = || format!("{}: {name} changed while the class was graded", submission.path.display());
        let lab = submission.labs.get(name).with_context(changed)?;
        ensure!(lab.sha256 == task.sha256, changed());
        let folder = self.plan.course.lab(name)?;
        self.workspace.place(folder, &lab.files)?;
        Ok(folder)
    }
}
