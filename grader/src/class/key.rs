//! What a verdict is a function of. The same key is the same verdict, and is never worked out twice.

use std::fs;

use anyhow::{Context, Result};

use crate::cargo::Toolchain;
use crate::catalog::Contract;
use crate::course::Course;
use crate::inputs;
use crate::submission::SubmittedLab;
use crate::tree::{self, Tree};

/// How seeds come from sources. A new way of it is a new word here.
const SEED_POLICY: &str = "from the sources of the lab, the lab and the check";

/// What a lab's sources are, or why there are none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work<'a> {
    /// To be built.
    Sources(&'a SubmittedLab),
    /// No such folder.
    Missing,
    /// The whole submission was rejected.
    Rejected,
}

/// What decides a verdict beside the sources.
#[derive(Debug)]
pub(super) struct Keys {
    common: Tree,
    course: Course,
    /// What will hold the programs.
    pub(super) cell: String,
}

impl Keys {
    pub(super) fn new(course: &Course, toolchain: &Toolchain, public_only: bool) -> Result<Keys> {
        let cell = cell_profile()?;
        let common = [
            ("grader", env!("CARGO_PKG_VERSION").to_owned()),
            ("lock file", inputs::lockfile_sha256(course)?),
            ("toolchain", toolchain.version.clone()),
            ("cell", cell.clone()),
            ("seeds", SEED_POLICY.to_owned()),
            ("checks", if public_only { "public" } else { "all" }.to_owned()),
        ];
        let common = common.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
        Ok(Keys { common, course: course.clone(), cell })
    }

    /// The part of a lab's keys that is the same for every student.
    pub(super) fn of_lab(&self, contract: &Contract) -> Result<LabKeys> {
        let mut inputs = self.common.clone();
        inputs.insert("lab".to_owned(), contract.name().into());
        let checks = inputs::lab_checks_sha256(&self.course, contract.name())?;
        inputs.insert("contract".to_owned(), checks.into_bytes());
        Ok(LabKeys { inputs })
    }
}

/// See [`Keys::of_lab`].
#[derive(Debug)]
pub(super) struct LabKeys {
    inputs: Tree,
}

impl LabKeys {
    pub(super) fn of(&self, work: Work) -> String {
        let work = match work {
            Work::Sources(lab) => format!("{} {}", lab.sha256, tree::sha256(&lab.files)),
            Work::Missing => "missing".to_owned(),
            Work::Rejected => "rejected".to_owned(),
        };
        let mut inputs = self.inputs.clone();
        inputs.insert("work".to_owned(), work.into_bytes());
        tree::sha256(&inputs)
    }
}

/// What this machine gives the programs: whatever it lacks can turn a verdict into SKIP.
fn cell_profile() -> Result<String> {
    let machine = cell::probe();
    let wire = if machine.has_wire() { "wire" } else { "no wire" };
    let limits = fs::read_to_string("/proc/self/limits").context("reading /proc/self/limits")?;
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    let files = files.split_whitespace().nth(4).unwrap_or("?");
    Ok(format!("rung {}, {wire}, {files} open files", machine.best()))
}
