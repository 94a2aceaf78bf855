//! What a check may use, and nothing more: programs, the peers that the grader plays for them, the machine that they find,
//! and inputs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cell::Cell;

use crate::link::Link;
use crate::recorder::Recorder;
use crate::spec::Needs;
use crate::witness::Witnesses;

mod inputs;
mod machine;
mod peers;
mod programs;

/// The check's hands: starts the lab's binaries inside the cell and records all that crosses.
#[derive(Debug)]
pub struct Bench {
    cell: Arc<Cell>,
    programs: BTreeMap<String, PathBuf>,
    probe_name: String,
    needs: Needs,
    random: fastrand::Rng,
    /// The soft and the hard limit.
    open_files: Option<(u64, u64)>,
    tasks: Option<u64>,
    pub(crate) recorder: Recorder,
    pub(crate) flooded: Arc<AtomicBool>,
    pub(crate) link: Option<Link>,
    pub(crate) witnesses: Witnesses,
}

impl Bench {
    pub(crate) fn new(
        cell: Arc<Cell>,
        lab: &str,
        needs: Needs,
        programs: BTreeMap<String, PathBuf>,
        seed: u64,
    ) -> Bench {
        Bench {
            cell,
            programs,
            probe_name: format!("{lab}-probe"),
            needs,
            random: fastrand::Rng::with_seed(seed),
            open_files: None,
            tasks: None,
            recorder: Recorder::new(),
            flooded: Arc::default(),
            link: None,
            witnesses: Witnesses::default(),
        }
    }

    /// Adds a remark to the story.
    pub fn remark(&self, text: impl Into<String>) {
        self.recorder.remark(text);
    }

    /// Tells the report what the program under test is: `client`, `scanner`. The first name stays.
    pub fn plays(&self, role: &str) {
        self.recorder.name_program(role);
    }
}
