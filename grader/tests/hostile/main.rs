//! What a grader must survive: every submission in `fixtures/submissions/hostile/` gets the verdict that stands beside
//! it, and leaves the machine as it was.
#![expect(clippy::unwrap_used, reason = "a test")]

mod host;
mod reports;
mod row;
mod setup;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use host::Host;
use row::Row;

/// Rows at a time: their builds wait for one another, their checks don't.
const AT_ONCE: usize = 3;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_ONCE));
    // Whatever outlives a grader becomes a child of this process, and is found in the end.
    let host = Host::watch();
    // A row that takes all of the machine's time or memory runs alone.
    let turn = Arc::new(RwLock::new(()));
    let mut folders: Vec<PathBuf> =
        fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let trials = folders.into_iter().map(|folder| {
        let row = Row::read(&folder);
        let turn = Arc::clone(&turn);
        Trial::ignorable_test(row.name.clone(), move || trial(&row, &turn))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let strays = host.strays();
    if !strays.is_empty() {
        eprintln!("processes that outlived the grader that started them: {strays:#?}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

fn trial(row: &Row, turn: &RwLock<()>) -> Result<Completion, Failed> {
    if let Some(reason) = row.skipped() {
        return Ok(Completion::ignored_with(reason));
    }
    let judged = if row.expected.alone {
        let _turn = turn.write().unwrap_or_else(PoisonError::into_inner);
        row.judge()
    } else {
        let _turn = turn.read().unwrap_or_else(PoisonError::into_inner);
        row.judge()
    };
    let result = match judged {
        Err(setup::Trouble::Denied(reason)) => Ok(Completion::ignored_with(reason)),
        Err(setup::Trouble::Wrong(what)) => Err(Failed::from(what)),
        Ok(()) => Ok(Completion::Completed),
    };
    let traces = host::traces(&row.mark());
    if traces.is_empty() { result } else { Err(Failed::from(format!("left behind: {traces:#?}"))) }
}

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn corpus() -> PathBuf {
    course().join("fixtures/submissions/hostile")
}
