//! One row of the corpus: a submission and what `expected.toml` says of it.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use clap::ValueEnum;
use grader::report::command::GradeFormat;
use serde::Deserialize;
use serde_json::Value;

use crate::setup::{EvilArchive, Setup, Trouble};
use crate::{corpus, course, reports};

/// For one grade, with waiting for the builds of others: beyond it, the grader hangs.
const MAX_TIME: Duration = Duration::from_secs(900);
/// Checks at a time: a few rows run side by side.
const JOBS: &str = "4";
/// The same for a row that runs alone and takes all that it can get.
const JOBS_ALONE: &str = "2";

/// `expected.toml`. The first three keys are those of every submission in the fixtures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    #[serde(default)]
    labs: BTreeMap<String, ExpectedLab>,
    /// Of the whole submission; GRADED unless told.
    verdict: Option<String>,
    /// What the reason of a rejection, or a lab's message, says among other things.
    message: Option<String>,
    /// How many lines a lab's message has at most.
    message_lines: Option<usize>,
    /// Files that are reported as not the student's.
    ignored_files: Option<Vec<String>>,
    /// Leaves hidden checks out, where they would only take time.
    #[serde(default)]
    public_only: bool,
    /// Takes so much of the machine that nothing else should run meanwhile.
    #[serde(default)]
    pub(crate) alone: bool,
    /// No report may hold anything that a terminal, a browser or a CI service obeys.
    #[serde(default)]
    is_inert_in_reports: bool,
    /// A port of the machine itself is open meanwhile, and nobody calls.
    #[serde(default)]
    listens_on_the_host: bool,
    /// A program of the machine without which the row says nothing.
    needs: Option<PathBuf>,
    /// Why this is not a row of `grade`.
    skip: Option<String>,
    #[serde(default)]
    setup: Vec<Setup>,
    archive: Option<EvilArchive>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedLab {
    verdict: String,
    #[serde(default)]
    checks: BTreeMap<String, String>,
}

pub(crate) struct Row {
    pub(crate) name: String,
    folder: PathBuf,
    pub(crate) expected: Expected,
}

impl Row {
    pub(crate) fn read(folder: &Path) -> Row {
        let path = folder.join("expected.toml");
        let text = fs::read_to_string(&path).unwrap();
        let expected = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Row {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            folder: folder.to_owned(),
            expected,
        }
    }

    /// What its attack writes wherever it leaves something.
    pub(crate) fn mark(&self) -> String {
        format!("wirelab-hostile-{}", &self.name[..2])
    }

    pub(crate) fn skipped(&self) -> Option<String> {
        let needed = self.expected.needs.as_ref().filter(|program| !program.exists());
        self.expected.skip.clone().or_else(|| needed.map(|program| format!("needs {}", program.display())))
    }

    pub(crate) fn judge(&self) -> Result<(), Trouble> {
        let place = tempfile::Builder::new().prefix("row-").tempdir().unwrap();
        if let Some(archive) = &self.expected.archive {
            return self.unpack(archive, place.path());
        }
        let submission = place.path().join("submission");
        copy(&self.folder, &submission);
        for setup in &self.expected.setup {
            setup.carry_out(&submission)?;
        }
        self.check_base(&submission)?;
        let host = self.expected.listens_on_the_host.then(|| TcpListener::bind("127.0.0.1:0").unwrap());
        let report = self.grade(&submission, "json");
        let report: Value = serde_json::from_slice(&report).map_err(|error| {
            Trouble::Wrong(format!("not a report: {error}: {}", String::from_utf8_lossy(&report)))
        })?;
        self.compare(&report).map_err(Trouble::Wrong)?;
        if let Some(host) = host {
            host.set_nonblocking(true).unwrap();
            ensure(host.accept().is_err(), || "a port of the machine was called".to_owned())?;
        }
        if self.expected.is_inert_in_reports {
            self.check_reports(&submission)?;
        }
        Ok(())
    }

    /// Where a submission is the honest one and an attack, the rest is the honest one's.
    fn check_base(&self, submission: &Path) -> Result<(), Trouble> {
        let sources = "03-tcp-echo/src";
        let has_attack = submission.join(sources).join("server/attack.rs").exists();
        for file in ["server.rs", "client.rs", "lines.rs"].iter().filter(|_| has_attack) {
            let read = |folder: &Path| fs::read(folder.join(sources).join(file)).ok();
            ensure(read(submission) == read(&corpus().join("00-honest")), || {
                format!("{file} is not that of 00-honest")
            })?;
        }
        Ok(())
    }

    fn unpack(&self, archive: &EvilArchive, place: &Path) -> Result<(), Trouble> {
        let into = place.join("into");
        let error = grader::unpack::unpack(&archive.write(place), &into).err();
        let told = error.map_or_else(String::new, |error| error.to_string());
        ensure(!into.exists(), || "something was unpacked".to_owned())?;
        let wanted = self.expected.message.clone().unwrap_or_default();
        ensure(told.contains(&wanted) && !told.is_empty(), || format!("expected {wanted:?}, got {told:?}"))
    }

    fn grade(&self, submission: &Path, format: &str) -> Vec<u8> {
        let jobs = if self.expected.alone { JOBS_ALONE } else { JOBS };
        let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
        command.current_dir(course()).timeout(MAX_TIME);
        command.arg("grade").arg(submission).args(["--lab", "tcp-echo", "--jobs", jobs, "--format", format]);
        if self.expected.public_only {
            command.arg("--public-only");
        }
        // What the runners of GitHub and of Classroom 50 say.
        command.env("GITHUB_STEP_SUMMARY", self.step_summary(submission));
        for name in ["CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"] {
            command.env(name, "a-name");
        }
        let output = command.output().unwrap();
        // 0: graded, 2: rejected. Anything else is no report, and its reason stands on stderr.
        if matches!(output.status.code(), Some(0 | 2)) { output.stdout } else { output.stderr }
    }

    fn compare(&self, report: &Value) -> Result<(), String> {
        let expected = &self.expected;
        let verdict = expected.verdict.as_deref().unwrap_or("GRADED");
        same("the submission", &report["verdict"], verdict, report)?;
        let mut messages = vec![report["message"].as_str().unwrap_or_default()];
        for (name, wanted) in &expected.labs {
            let lab = named(&report["labs"], "lab", name)?;
            messages.push(lab["message"].as_str().unwrap_or_default());
            for (check, verdict) in &wanted.checks {
                let check = named(&lab["checks"], "check", check)?;
                same("the check", &check["verdict"], verdict, check)?;
            }
            same("the lab", &lab["verdict"], &wanted.verdict, lab)?;
        }
        if let Some(wanted) = &expected.message
            && !messages.iter().any(|message| message.contains(wanted))
        {
            return Err(format!("no {wanted:?} in {messages:?}"));
        }
        let longest = messages.iter().map(|message| message.lines().count()).max().unwrap_or(0);
        if expected.message_lines.is_some_and(|most| longest > most) {
            return Err(format!("a message of {longest} lines"));
        }
        let ignored: Vec<&str> =
            report["ignored_files"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        match &expected.ignored_files {
            Some(wanted) if ignored != *wanted => Err(format!("ignored were {ignored:?}, not {wanted:?}")),
            _ => Ok(()),
        }
    }

    /// In every format that `grade` offers.
    fn check_reports(&self, submission: &Path) -> Result<(), Trouble> {
        for format in GradeFormat::value_variants() {
            let name = format.to_possible_value().unwrap().get_name().to_owned();
            let report = self.grade(submission, &name);
            reports::check(&name, &report).map_err(|what| Trouble::Wrong(format!("{name}: {what}")))?;
        }
        let summary = fs::read_to_string(self.step_summary(submission)).unwrap();
        reports::check_markdown(&summary).map_err(|what| Trouble::Wrong(format!("the summary: {what}")))
    }

    /// Where GitHub's runner would want the summary of the step.
    fn step_summary(&self, submission: &Path) -> PathBuf {
        submission.with_file_name("step-summary")
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Trouble> {
    if holds { Ok(()) } else { Err(Trouble::Wrong(otherwise())) }
}

fn same(what: &str, got: &Value, expected: &str, context: &Value) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what} is {got}, not {expected}:\n{}", told(context))) }
}

/// Of a report, a lab or a check what explains its verdict.
fn told(context: &Value) -> String {
    let parts = ["labs", "checks"].iter().filter_map(|key| context[key].as_array()).flatten();
    let below: String = parts.map(told).collect();
    let name = ["lab", "check"].iter().find_map(|key| context[key].as_str()).unwrap_or_default();
    let why = [&context["message"], &context["fault"]["got"], &context["skip"]];
    let why: Vec<&str> = why.into_iter().filter_map(Value::as_str).collect();
    format!("{name} {}: {}\n{below}", context["verdict"], why.join("; "))
}

fn named<'a>(list: &'a Value, key: &str, name: &str) -> Result<&'a Value, String> {
    let found = list.as_array().into_iter().flatten().find(|item| item[key] == name);
    found.ok_or_else(|| format!("no {key} {name} in {list:#}"))
}

/// What the student would hand in: all but the expectations.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in
        fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.file_name() != "expected.toml")
    {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            assert!(fs::copy(entry.path(), to).is_ok());
        }
    }
}
