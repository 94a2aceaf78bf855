//! A lab's checks as tests under `cargo test` and nextest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::outcome::Verdict;
use crate::report;
use crate::run::{Job, run};
use crate::seed::{digest_of, seed};
use crate::signatures::Signatures;
use crate::spec::{Lab, Needs};
use crate::surroundings::surroundings;
use crate::take_over_if_asked;

/// `main` of a lab's `tests/checks.rs`: lists the lab's checks as tests by name and runs each in a cell of its own.
///
/// `WIRELAB_SEED` sets the seed of every check; otherwise it comes from the lab's sources.
pub fn cargo_test(lab: &'static Lab) -> ExitCode {
    cargo_test_beside(lab, &[])
}

/// As [`cargo_test`], where checks also start programs of this machine: those of `tools` that are installed have their
/// names on the bench, and a check begins with [`Bench::needs_tool`](crate::Bench::needs_tool).
///
/// So a solution is tried with what people really use (`tests/peers.rs`): such checks are a lab of their own there,
/// worth nothing, and no part of anybody's grade.
pub fn cargo_test_beside(lab: &'static Lab, tools: &[&str]) -> ExitCode {
    take_over_if_asked(&[&[lab]]);
    let arguments = Arguments::from_args();
    let mut programs = programs();
    programs.extend(tools.iter().filter_map(|tool| Some((tool.to_string(), installed(tool)?))));
    let programs = Arc::new(programs);
    let sources = sources_digest();
    let failed = Arc::new(Mutex::new(BTreeSet::new()));
    let denied = denied_for_nextest(lab);
    let trials = lab
        .checks
        .iter()
        .map(|check| {
            let (programs, failed) = (Arc::clone(&programs), Arc::clone(&failed));
            let seed = fixed_seed().unwrap_or_else(|| seed(&sources, lab.name, check.name));
            let job = Job::new(lab, check, programs.as_ref().clone(), seed);
            let ignored = denied && check.needs != Needs::Loopback;
            Trial::ignorable_test(check.name, move || trial(&job, &failed)).with_ignored_flag(ignored)
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    tell_the_nearest_bug(lab, &failed.lock().unwrap_or_else(PoisonError::into_inner));
    conclusion.exit_code()
}

fn trial(job: &Job, failed: &Mutex<BTreeSet<String>>) -> Result<Completion, Failed> {
    let outcome = run(job);
    let reason = outcome.reason.clone().unwrap_or_default();
    match outcome.verdict {
        Verdict::Pass => return Ok(Completion::Completed),
        Verdict::Skip => return Ok(Completion::ignored_with(reason)),
        Verdict::Infra => return Err(Failed::from(format!("the grader's own trouble, not yours: {reason}"))),
        _ => {}
    }
    if !outcome.not_done {
        failed.lock().unwrap_or_else(PoisonError::into_inner).insert(job.check.name.to_owned());
    }
    let context = surroundings(job, &outcome);
    Err(Failed::from(report::failure(job.lab, job.check, &outcome, &context)))
}

/// Once all checks have run, the set of those that failed points to a known bug.
fn tell_the_nearest_bug(lab: &Lab, failed: &BTreeSet<String>) {
    let signatures = Signatures::of(lab);
    let nearest: BTreeMap<&str, &str> = failed
        .iter()
        .filter_map(|check| signatures.nearest(failed, check))
        .map(|bug| (bug.name.as_str(), bug.says.as_str()))
        .collect();
    for (name, says) in nearest {
        println!("like the bug   {name}: {says}");
    }
}

/// The lab's binaries, which cargo names in `CARGO_BIN_EXE_<name>`.
fn programs() -> BTreeMap<String, PathBuf> {
    std::env::vars_os()
        .filter_map(|(key, path)| {
            let name = key.to_str()?.strip_prefix("CARGO_BIN_EXE_")?.to_owned();
            Some((name, PathBuf::from(path)))
        })
        .collect()
}

/// Where a program of the machine lies, if it is installed: the file itself, since a cell has none of the links to it, and
/// no script that would look for the program, since a cell has no shell.
pub(crate) fn installed(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    places
        .map(|place| place.join(tool))
        .find_map(|place| place.canonicalize().ok().filter(|file| file.is_file() && !is_script(file)))
}

fn is_script(file: &Path) -> bool {
    let mut beginning = [0; 2];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut beginning));
    read.is_ok() && &beginning == b"#!"
}

/// The hash of the lab's sources; without them (a test binary run by hand) the seed is the same for all.
fn sources_digest() -> Vec<u8> {
    let sources = std::env::var_os("CARGO_MANIFEST_DIR").map(|folder| Path::new(&folder).join("src"));
    sources.and_then(|folder| digest_of(&folder).ok()).unwrap_or_default()
}

fn fixed_seed() -> Option<u64> {
    std::env::var("WIRELAB_SEED").ok()?.parse().ok()
}

/// nextest runs every test in a process of its own and understands "ignored" only in the list: so the machine is
/// probed before, and only there.
fn denied_for_nextest(lab: &Lab) -> bool {
    let needed = lab.checks.iter().any(|check| check.needs != Needs::Loopback);
    needed && std::env::var_os("NEXTEST").is_some() && cell::probe().best() > cell::Rung::C
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_told_from_a_program() {
        let script = std::env::temp_dir().join(format!("script-{}", std::process::id()));
        std::fs::write(&script, "#!/bin/sh\n").unwrap();
        assert!(is_script(&script));
        std::fs::remove_file(&script).unwrap();
        assert!(!is_script(&std::env::current_exe().unwrap()));
        assert!(!is_script(Path::new("/dev/null")));
    }
}
