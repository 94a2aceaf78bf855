//! What builders and runners of a class take from and put on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use checks::Outcome;
use tempfile::TempDir;

use super::work::Batch;
use crate::catalog::Entry;
use crate::workspace::Programs;

/// Built labs that wait for a runner; their programs are on the disk.
const MAX_WAITING: usize = 16;

/// A lab that is built, while its checks run.
pub(super) struct Built {
    pub(super) task: usize,
    pub(super) entries: Vec<Entry>,
    pub(super) programs: Programs,
    pub(super) seed_of: String,
    /// The next check that nobody has taken.
    pub(super) next: usize,
    pub(super) running: usize,
    pub(super) outcomes: BTreeMap<usize, Outcome>,
    pub(super) _folder: Arc<TempDir>,
}

/// One check to run.
pub(super) struct Run {
    pub(super) task: usize,
    pub(super) place: usize,
    pub(super) job: checks::Job,
}

/// Batches on one side, built labs on the other.
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Batch>,
    built: Vec<Built>,
    /// Builders that may still bring something.
    builders: usize,
    is_stopped: bool,
}

impl Desk {
    pub(super) fn new(batches: VecDeque<Batch>, builders: usize) -> Desk {
        let state = State { batches, builders, ..State::default() };
        Desk { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `take` finds something or says that nothing will come any more.
    fn wait_for<T>(&self, mut take: impl FnMut(&mut State) -> Next<T>) -> Option<T> {
        let mut state = self.lock();
        loop {
            if state.is_stopped {
                return None;
            }
            match take(&mut state) {
                Next::Is(value) => return Some(value),
                Next::Nothing => return None,
                Next::Wait => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    pub(super) fn next_batch(&self) -> Option<Batch> {
        self.wait_for(|state| {
            let waiting = state.built.iter().filter(|lab| lab.next < lab.entries.len()).count();
            match state.batches.is_empty() {
                true => Next::Nothing,
                false if waiting >= MAX_WAITING => Next::Wait,
                false => state.batches.pop_front().map_or(Next::Nothing, Next::Is),
            }
        })
    }

    pub(super) fn builder_leaves(&self) {
        self.lock().builders -= 1;
        self.changed.notify_all();
    }

    pub(super) fn add(&self, built: Built) {
        self.lock().built.push(built);
        self.changed.notify_all();
    }

    pub(super) fn stop(&self) {
        self.lock().is_stopped = true;
        self.changed.notify_all();
    }

    /// A check of the lab that has the fewest running, of those that have fewer than `most`.
    pub(super) fn next_run(&self, most: usize) -> Option<Run> {
        self.wait_for(|state| {
            let open = state.built.iter_mut().filter(|lab| lab.next < lab.entries.len());
            match open.min_by_key(|lab| lab.running) {
                None if state.builders == 0 => Next::Nothing,
                Some(lab) if lab.running < most => {
                    let place = lab.next;
                    lab.next += 1;
                    lab.running += 1;
                    let Entry { lab: half, check, .. } = lab.entries[place];
                    let seed = checks::seed(lab.seed_of.as_bytes(), half.name, check.name);
                    let job = checks::Job::new(half, check, lab.programs.clone(), seed);
                    Next::Is(Run { task: lab.task, place, job })
                }
                _ => Next::Wait,
            }
        })
    }

    /// Takes an outcome; returns the lab if it was the last.
    pub(super) fn end_run(&self, run: &Run, outcome: Outcome) -> Option<Built> {
        let mut state = self.lock();
        let at = state.built.iter().position(|lab| lab.task == run.task)?;
        let lab = &mut state.built[at];
        lab.outcomes.insert(run.place, outcome);
        lab.running -= 1;
        let is_last = lab.outcomes.len() == lab.entries.len();
        let finished = is_last.then(|| state.built.swap_remove(at));
        drop(state);
        self.changed.notify_all();
        finished
    }
}

enum Next<T> {
    Is(T),
    Wait,
    Nothing,
}
