//! Inside the runner process: one check, one cell, one network.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use cell::{Cell, Excess};
use serde::{Deserialize, Serialize};
use wire::Flows;

use crate::bench::Bench;
use crate::captures::CAPTURE_START;
use crate::fault::{Fault, Kind};
use crate::outcome::{FaultReport, Isolation, Outcome, Verdict, Way};
use crate::spec::{Check, Lab, Needs};
use crate::words;
use crate::{habit, starvation};

/// The first argument that makes this program a runner.
pub(crate) const RUNNER: &str = "__run-check";

/// How often what the student's processes use is added up.
const LOOK: Duration = Duration::from_millis(50);

/// What the supervisor asks of a runner, as JSON on its stdin.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) lab: String,
    pub(crate) check: String,
    pub(crate) programs: BTreeMap<String, PathBuf>,
    pub(crate) seed: u64,
    pub(crate) required: Vec<String>,
}

/// Must be the first call in `main` of every program that runs checks: if this process was started as a runner, or as
/// the launcher of a student's program, it does that and never returns.
///
/// `registries` are all labs whose checks may be asked for: public ones, and hidden ones where there are.
pub fn take_over_if_asked(registries: &[&[&'static Lab]]) {
    cell::take_over_if_launched();
    if std::env::args().nth(1).as_deref() != Some(RUNNER) {
        return;
    }
    match run(registries) {
        Ok(()) => std::process::exit(0),
        Err(trouble) => {
            eprintln!("{trouble}");
            std::process::exit(1);
        }
    }
}

fn run(registries: &[&[&'static Lab]]) -> Result<(), String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|e| format!("Failed to read the order: {e}"))?;
    let order: Order =
        serde_json::from_str(&text).map_err(|e| format!("Failed to understand the order: {e}"))?;
    let check = registries
        .iter()
        .flat_map(|labs| labs.iter())
        .filter(|lab| lab.name == order.lab)
        .find_map(|lab| lab.check(&order.check))
        .ok_or_else(|| format!("no check {} in lab {}", order.check, order.lab))?;
    let spec = cell::Spec {
        programs: order.programs.values().cloned().collect(),
        wire: check.needs == Needs::Wire,
        root: cell::Root::Minimal,
        required: order.required.clone(),
        ..cell::Spec::default()
    };
    let cell = cell::enter(&spec).map_err(|error| error.to_string())?;
    let (outcome, capture) = judge(check, Arc::new(cell), order);
    let mut stdout = std::io::stdout().lock();
    let written = serde_json::to_writer(&mut stdout, &outcome).map_err(std::io::Error::from);
    written
        .and_then(|()| stdout.write_all(b"\n"))
        .and_then(|()| stdout.write_all(&capture))
        .and_then(|()| stdout.flush())
        .map_err(|e| format!("Failed to hand over the outcome: {e}"))
}

fn judge(check: &Check, cell: Arc<Cell>, order: Order) -> (Outcome, Vec<u8>) {
    let mut bench = Bench::new(Arc::clone(&cell), &order.lab, check.needs, order.programs, order.seed);
    starvation::measure(&cell);
    let watch = LimitsWatch::start(&cell);
    let result = catch_unwind(AssertUnwindSafe(|| {
        if check.needs == Needs::RawSockets {
            cell.raw_sockets().map_err(Fault::skip)?;
        }
        (check.body)(&mut bench)
    }))
    .unwrap_or_else(|_| Err(Fault::infra("the check itself panicked")))
    .map_err(|fault| with_a_cause(fault, &cell));
    let excess = watch.stop();
    cell.kill_all();
    let capture = close_link(&mut bench);
    let layers = cell.layers();
    let result = match cell.launch_failures().lines().next() {
        Some(failure) => Err(Fault::infra(failure)),
        None => result,
    };
    let mut outcome = conclude(&bench, result, excess, order.seed);
    outcome.isolation = Isolation { active: layers.active.clone(), missing: layers.missing.clone() };
    (outcome, capture)
}

/// A fault that is silence says so where the program was busy with something.
fn with_a_cause(fault: Fault, cell: &Cell) -> Fault {
    if fault.kind != Kind::Silent {
        return fault;
    }
    match habit::seen().as_ref().map(words::habit).or_else(|| words::busy(cell.cpu_time())) {
        Some(why) => Fault { got: format!("{} ({why})", fault.got), ..fault },
        None => fault,
    }
}

/// Ends the link, tells its frames in the story and returns them as a capture file.
fn close_link(bench: &mut Bench) -> Vec<u8> {
    let Some(link) = bench.link.take() else { return Vec::new() };
    let seen = link.seen();
    let mut flows = Flows::new();
    for frame in &seen {
        let way = match frame.direction {
            wire::Direction::FromStudent => Way::FromProgram,
            wire::Direction::ToStudent => Way::ToProgram,
        };
        let text = flows.summary(&wire::decode(&frame.frame));
        bench.recorder.push_at(frame.at.as_secs_f64() * 1000.0, way, text);
    }
    let mut capture = wire::capture::Capture::new(CAPTURE_START);
    capture.add_seen(&seen);
    let mut file = Vec::new();
    match capture.write_to(&mut file) {
        Ok(()) => file,
        Err(_) => Vec::new(),
    }
}

fn conclude(bench: &Bench, result: Result<(), Fault>, excess: Option<Excess>, seed: u64) -> Outcome {
    let mut story = bench.recorder.story();
    let step = story.steps.len();
    let not_done = bench.witnesses.not_done();
    let (verdict, fault) = verdict(bench, result, not_done.as_deref(), excess);
    let is_reason = matches!(verdict, Verdict::Skip | Verdict::Infra);
    let reason = fault.as_ref().filter(|_| is_reason).map(|fault| fault.got.clone());
    let fault = fault.filter(|_| !is_reason).map(|fault| FaultReport {
        step,
        difference: fault
            .bytes
            .and_then(|(expected, got)| wire::bytes::first_difference(&expected, &got))
            .map(|difference| difference.to_string()),
        expected: fault.expected,
        got: fault.got,
    });
    if fault.is_some()
        && let Some(last) = story.steps.last_mut()
    {
        last.wrong = true;
    }
    Outcome {
        verdict,
        seconds: 0.0,
        cpu_seconds: 0.0,
        seed,
        fault,
        reason,
        not_done: not_done.is_some(),
        story,
        stderr: bench.witnesses.last_words(),
        isolation: Isolation::default(),
        capture: None,
    }
}

/// What counts first: a stub is not done whatever else it did, and a program over its limits was ended for that,
/// which explains all that went wrong afterwards.
fn verdict(
    bench: &Bench,
    result: Result<(), Fault>,
    not_done: Option<&str>,
    excess: Option<Excess>,
) -> (Verdict, Option<Fault>) {
    let fault = match (result, not_done, excess) {
        (Err(fault), _, _) if fault.kind == Kind::Skip => return (Verdict::Skip, Some(fault)),
        (_, Some(what), _) => Fault::expected("the exercise to be done").got(format!("not done yet: {what}")),
        (_, None, Some(excess)) => {
            let verdict = match excess {
                Excess::Processes { .. } => Verdict::Fail,
                Excess::Memory { .. } => Verdict::Oom,
                Excess::CpuTime { .. } => Verdict::Timeout,
            };
            return (verdict, Some(words::excess(excess)));
        }
        _ if bench.flooded.load(Ordering::SeqCst) => {
            let fault = Fault::expected("at most 8 MiB of output").got("more: the program was ended");
            return (Verdict::OutputLimit, Some(fault));
        }
        (Err(fault), None, None) if fault.kind == Kind::Infra => return (Verdict::Infra, Some(fault)),
        (Err(mut fault), None, None) => {
            if let Some(crash) = bench.witnesses.crash() {
                fault.got = format!("{} ({crash})", fault.got);
                fault.kind = Kind::Wrong;
            }
            fault
        }
        (Ok(()), None, None) => match bench.witnesses.panic() {
            Some(panic) => Fault::expected("no panic").got(panic),
            None => return (Verdict::Pass, None),
        },
    };
    (if fault.kind == Kind::Silent { Verdict::Timeout } else { Verdict::Fail }, Some(fault))
}

/// Looks at what the student's processes use together, and ends them all when it is too much.
struct LimitsWatch {
    stop: mpsc::Sender<()>,
    thread: std::thread::JoinHandle<Option<Excess>>,
}

impl LimitsWatch {
    fn start(cell: &Arc<Cell>) -> LimitsWatch {
        let (stop, stopped) = mpsc::channel();
        let cell = Arc::clone(cell);
        let thread = std::thread::spawn(move || {
            let mut first = None;
            let mut habits = habit::Watch::new();
            while stopped.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
                match cell.usage() {
                    Ok(usage) => habits.look(&cell, usage.cpu_time),
                    Err(excess) => {
                        first = first.or(Some(excess));
                        cell.kill_all();
                    }
                }
                starvation::starved();
            }
            first
        });
        LimitsWatch { stop, thread }
    }

    /// Ends the watch; what was too much, if anything was.
    fn stop(self) -> Option<Excess> {
        // The watch may have ended by itself: then nobody listens.
        let _ = self.stop.send(());
        self.thread.join().ok().flatten()
    }
}
