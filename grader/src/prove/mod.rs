//! Rule 4: the reference passes every check, the stub passes none and says why, every bug is caught where it says,
//! and every check catches one.

mod proof;
mod signatures;
mod variant;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use anyhow::{Result, ensure};
use checks::Job;

pub use proof::{BrokenVariant, FlakyBug, LabProof, Proof, ReferenceFailure, SCHEMA};
pub use signatures::changed;

use crate::cargo::Toolchain;
use crate::catalog::Contract;
use crate::course::Course;
use crate::progress::Progress;
use crate::run;
use crate::text;
use crate::workspace::{BuiltLabs, Programs, Workspace};
use variant::{Lab, Role};

/// Builds may be that many checks ahead of the runs.
const AHEAD: usize = 64;

/// What to prove and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The labs, in the course's order.
    pub labs: Vec<Contract>,
    /// How often the reference is run against each check, and each bug against its own.
    pub repeat: u32,
    /// Runs every bug against every check.
    pub matrix: bool,
    /// Stores the matrix for "like the bug".
    pub write: bool,
    /// Checks at a time.
    pub jobs: usize,
}

/// Runs of one variant against some checks, by the check's place: how often.
#[derive(Debug)]
struct Order {
    lab: usize,
    variant: usize,
    times: BTreeMap<usize, u32>,
}

/// Which run of which order an outcome belongs to. Holds the programs' folder until the last of them is done.
struct Tag {
    lab: usize,
    variant: usize,
    check: usize,
    _programs: Arc<tempfile::TempDir>,
}

/// Proves the labs.
///
/// # Errors
/// A solution or its bugs can't be read, or the grader's own trouble; what doesn't hold is in the proof.
pub fn prove(
    course: &Course,
    toolchain: &Toolchain,
    options: &Options,
    progress: &Progress,
) -> Result<Proof> {
    if options.labs.is_empty() {
        return Ok(Proof { schema: SCHEMA, seconds: 0.0, labs: Vec::new() });
    }
    let began = Instant::now();
    let mut labs =
        options.labs.iter().map(|contract| Lab::read(course, contract)).collect::<Result<Vec<_>>>()?;
    let with_matrix = options.matrix || options.write;
    let prover = Prover { course, toolchain, jobs: options.jobs, progress };

    let orders = first_orders(&labs, options.repeat, with_matrix);
    progress.stage("proving");
    prover.carry_out(&mut labs, &orders)?;
    // A bug that its own check missed may be caught by another one, which makes it a wrong entry and not a gap.
    let missed = if with_matrix { Vec::new() } else { orders_for_missed(&labs) };
    if !missed.is_empty() {
        progress.stage("looking for what catches the missed bugs");
        prover.carry_out(&mut labs, &missed)?;
    }

    let proofs: Vec<LabProof> = labs.iter().map(|lab| lab.judge(options.repeat, with_matrix)).collect();
    if options.write {
        // What isn't proved keeps its signatures; that it isn't, the proof says.
        for (lab, proof) in labs.iter().zip(&proofs).filter(|(_, proof)| proof.holds()) {
            ensure!(
                proof.skipped_checks.is_empty(),
                "this machine skips checks of {}, so its signatures stay",
                proof.lab
            );
            signatures::write(course, lab.folder, &lab.entries, lab.bugs(), proof)?;
        }
    }
    Ok(Proof { schema: SCHEMA, seconds: began.elapsed().as_secs_f64(), labs: proofs })
}

/// The reference against every check, `repeat` times; the stub against every check; each bug against its own check,
/// `repeat` times, and with the matrix once against the others.
fn first_orders(labs: &[Lab], repeat: u32, with_matrix: bool) -> Vec<Order> {
    let mut orders = Vec::new();
    for (lab_index, lab) in labs.iter().enumerate() {
        let all = 0..lab.entries.len();
        for (variant, role) in lab.variants.iter().map(|variant| variant.role).enumerate() {
            let times = match role {
                Role::Reference => all.clone().map(|place| (place, repeat)).collect(),
                Role::Stub => all.clone().map(|place| (place, 1)).collect(),
                Role::Bug(bug) => {
                    let mut times: BTreeMap<usize, u32> =
                        all.clone().filter(|_| with_matrix).map(|place| (place, 1)).collect();
                    times.insert(lab.catcher(bug), repeat);
                    times
                }
            };
            orders.push(Order { lab: lab_index, variant, times });
        }
    }
    orders
}

fn orders_for_missed(labs: &[Lab]) -> Vec<Order> {
    let mut orders = Vec::new();
    for (lab_index, lab) in labs.iter().enumerate() {
        for (variant, tallied) in lab.variants.iter().enumerate() {
            let Role::Bug(bug) = tallied.role else { continue };
            let own = &tallied.tallies[lab.catcher(bug)];
            if own.runs > 0 && own.skips == 0 && own.failures == 0 {
                let others = (0..lab.entries.len()).filter(|place| *place != lab.catcher(bug));
                orders.push(Order {
                    lab: lab_index,
                    variant,
                    times: others.map(|place| (place, 1)).collect(),
                });
            }
        }
    }
    orders
}

/// What builds variants and runs their checks.
struct Prover<'a> {
    course: &'a Course,
    toolchain: &'a Toolchain,
    jobs: usize,
    progress: &'a Progress,
}

impl Prover<'_> {
    /// Builds and runs in a pipeline: the next variants compile while the checks of the last ones wait.
    ///
    /// Variants of different labs are different packages, so one run of cargo builds one of each: that keeps the
    /// cores busy, where variants of one lab can only be built one after another.
    fn carry_out(&self, labs: &mut [Lab], orders: &[Order]) -> Result<()> {
        self.progress.expect(orders.iter().flat_map(|order| order.times.values()).sum::<u32>() as usize);
        let mut by_lab: BTreeMap<usize, Vec<&Order>> = BTreeMap::new();
        for order in orders {
            by_lab.entry(order.lab).or_default().push(order);
        }
        let rounds = by_lab.values().map(Vec::len).max().unwrap_or(0);
        let rounds: Vec<Vec<&Order>> = (0..rounds)
            .map(|round| by_lab.values().filter_map(|lab| lab.get(round).copied()).collect())
            .collect();

        let (sender, queue) = sync_channel(AHEAD);
        let read_labs = &*labs;
        let mut outcomes = Vec::new();
        let broken = std::thread::scope(|scope| {
            let builder = scope.spawn(move || self.build_rounds(read_labs, &rounds, &sender));
            run::all(queue.into_iter(), self.jobs, |tag: Tag, outcome| {
                let entry = &read_labs[tag.lab].entries[tag.check];
                self.progress.step(entry.check.name);
                outcomes.push(((tag.lab, tag.variant, tag.check), outcome));
            });
            builder.join().expect("the builder does not panic")
        })?;
        for ((lab, variant, check), outcome) in outcomes {
            labs[lab].variants[variant].tallies[check].add(&outcome);
        }
        for (lab, broken) in broken {
            labs[lab].broken.push(broken);
        }
        Ok(())
    }

    /// Builds one variant of each lab at a time and sends its runs; returns those that don't compile.
    fn build_rounds(
        &self,
        labs: &[Lab],
        rounds: &[Vec<&Order>],
        queue: &SyncSender<(Tag, Job)>,
    ) -> Result<Vec<(usize, BrokenVariant)>> {
        let workspace = Workspace::open(self.course, self.toolchain)?;
        let mut broken = Vec::new();
        for round in rounds {
            for order in round {
                let lab = &labs[order.lab];
                workspace.place(lab.folder, &lab.variants[order.variant].files)?;
            }
            let folders: Vec<_> = round.iter().map(|order| labs[order.lab].folder).collect();
            let BuiltLabs { labs: built, folder } = workspace.build(&folders)?;
            let folder = Arc::new(folder);
            for order in round {
                let lab = &labs[order.lab];
                match &built[&lab.folder.name] {
                    Ok(programs) => send_runs(lab, order, programs, &folder, queue),
                    Err(complaint) => {
                        let variant = lab.name(lab.variants[order.variant].role).to_owned();
                        let reason = text::first_lines(complaint, 12);
                        broken.push((order.lab, BrokenVariant { variant, reason }));
                    }
                }
            }
        }
        Ok(broken)
    }
}

fn send_runs(
    lab: &Lab,
    order: &Order,
    programs: &Programs,
    folder: &Arc<tempfile::TempDir>,
    queue: &SyncSender<(Tag, Job)>,
) {
    let sha256 = &lab.variants[order.variant].sha256;
    for (&check, &times) in &order.times {
        let entry = &lab.entries[check];
        for repetition in 0..times {
            // Another seed each time: a check must hold for all of them.
            let sources = format!("{sha256} {repetition}");
            let seed = checks::seed(sources.as_bytes(), entry.lab.name, entry.check.name);
            let job = Job::new(entry.lab, entry.check, programs.clone(), seed);
            let tag = Tag { lab: order.lab, variant: order.variant, check, _programs: Arc::clone(folder) };
            // The receiver only goes when all threads of the pool are gone: then there is nobody to run it.
            if queue.send((tag, job)).is_err() {
                return;
            }
        }
    }
}
