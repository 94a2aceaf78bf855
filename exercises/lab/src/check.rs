//! `lab check`: what `cargo test` does, with every story told, the nearest known bug, and the next thing.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use checks::signatures::Signatures;
use checks::{Check, Job, Lab, Outcome, Verdict, report};

use crate::memory::Memory;
use crate::place::Place;
use crate::release::Release;
use crate::standing;
use crate::{build, course, judge, next, sources};
use checks::screen::{self, Paint, Tone, wrapped};

/// The grader's own trouble.
const INFRA: u8 = 3;

/// Checks one lab (without a name, the current one), or one check of it; returns 1 if something failed.
pub(crate) fn one(place: &Place, lab: Option<&str>, check: Option<&str>) -> Result<ExitCode> {
    let (width, paint) = (screen::width(), Paint::of_stdout());
    let lab = course::lab_or_current(place, lab)?;
    let Some(lab) = lab else {
        println!("every lab of this edition is done; `cargo lab check LAB` checks one again");
        return Ok(ExitCode::SUCCESS);
    };
    let selected: Vec<&'static Check> = match check {
        Some(name) => vec![course::check(lab, name)?],
        None => lab.checks.iter().collect(),
    };
    let verdicts = run(place, lab, &selected, width, paint)?;
    print!("{}", next::thing(place, &Memory::load(place), lab, width, paint));
    Ok(code(&verdicts))
}

/// Checks every lab in which somebody has written; one that does not build is a failure like others.
pub(crate) fn all(place: &Place) -> Result<ExitCode> {
    let (width, paint) = (screen::width(), Paint::of_stdout());
    let release = Release::of(&place.root)?;
    let mut verdicts = Vec::new();
    for lab in checks::labs::ALL.iter().filter(|lab| sources::is_begun(place, lab, release.as_ref())) {
        match run(place, lab, &lab.checks.iter().collect::<Vec<_>>(), width, paint) {
            Ok(more) => verdicts.extend(more),
            Err(error) => {
                eprintln!("{}: {error:#}\n", lab.name);
                verdicts.push(Verdict::Fail);
            }
        }
    }
    if verdicts.is_empty() {
        println!("no lab is begun yet");
    }
    Ok(code(&verdicts))
}

fn code(verdicts: &[Verdict]) -> ExitCode {
    if verdicts.iter().any(|verdict| verdict.is_failure()) {
        ExitCode::FAILURE
    } else if verdicts.contains(&Verdict::Infra) {
        ExitCode::from(INFRA)
    } else {
        ExitCode::SUCCESS
    }
}

/// Builds the lab, runs the checks and prints them: a line for each in their order, then the stories of those that failed.
fn run(
    place: &Place,
    lab: &'static Lab,
    selected: &[&'static Check],
    width: usize,
    paint: Paint,
) -> Result<Vec<Verdict>> {
    let digest = sources::digest_hex(place, lab);
    let programs = build::binaries(place, &["--package", lab.name, "--bins"])?;
    let title = format!("{:02} {}: {}", lab.number, lab.name, lab.title);
    println!("{}\n", paint.text(Tone::Strong, &wrapped(&title, width, 0)));
    let jobs = judge::jobs(place, lab, selected, &programs);
    let mut outcomes: Vec<Option<Outcome>> = vec![None; jobs.len()];
    let mut shown = 0;
    let names = selected.iter().map(|check| check.name.len()).max().unwrap_or(0);
    judge::run(&jobs, &AtomicBool::new(false), |at, outcome| {
        outcomes[at] = Some(outcome);
        while let Some(Some(outcome)) = outcomes.get(shown) {
            println!("  {}", line(selected[shown], outcome, names, width, paint));
            shown += 1;
        }
        // Each line as soon as it is known, also into a pipe.
        let _ = std::io::stdout().flush();
    });
    let outcomes: Vec<(&'static Check, Outcome)> = selected
        .iter()
        .copied()
        .zip(outcomes)
        .filter_map(|(check, outcome)| Some((check, outcome?)))
        .collect();
    judge::note(place, lab, &digest, &outcomes)?;
    for story in stories(&jobs, &outcomes) {
        print!("\n{story}");
    }
    println!("\n{}\n", wrapped(&sum(lab, &outcomes), width, 0));
    Ok(outcomes.iter().map(|(_, outcome)| outcome.verdict).collect())
}

/// A check's verdict in a line, with the names in a column of that width.
fn line(check: &Check, outcome: &Outcome, names: usize, width: usize, paint: Paint) -> String {
    let (word, tone) = match outcome.verdict {
        Verdict::Pass => ("pass", Tone::Good),
        Verdict::Skip => ("SKIP", Tone::Open),
        Verdict::Infra => ("INFRA", Tone::Bad),
        _ if outcome.not_done => ("to do", Tone::Open),
        verdict => (verdict.word(), Tone::Bad),
    };
    // Of what is to do only where: what it says is shown for the next thing.
    let remark = match (&outcome.reason, &outcome.fault) {
        (Some(reason), _) => reason.lines().next().unwrap_or_default(),
        (None, Some(fault)) if outcome.not_done => {
            let got = fault.got.strip_prefix("not done yet: ").unwrap_or(&fault.got);
            got.split(" (").next().unwrap_or_default()
        }
        _ => "",
    };
    let column = names.max(check.name.len());
    // As wide as TIMEOUT.
    let text = format!("{word:<7}  {:>2}  {:<column$}   {remark}", check.points, check.name);
    // The colour takes no columns.
    let text = wrapped(text.trim_end(), width.saturating_sub(2), 16);
    format!("{}{}", paint.text(tone, &text[..word.len()]), &text[word.len()..])
}

/// The story of each check that failed, with the known bug that it is like, once all checks are known.
fn stories(jobs: &[Job], outcomes: &[(&'static Check, Outcome)]) -> Vec<String> {
    let is_told = |outcome: &Outcome| outcome.verdict.is_failure() && !outcome.not_done;
    let failed: BTreeSet<String> = outcomes
        .iter()
        .filter(|(_, outcome)| is_told(outcome))
        .map(|(check, _)| check.name.to_owned())
        .collect();
    outcomes
        .iter()
        .filter(|(_, outcome)| is_told(outcome))
        .filter_map(|(check, outcome)| {
            let job = jobs.iter().find(|job| job.check.name == check.name)?;
            Some(story(job, outcome, &failed))
        })
        .collect()
}

/// The story of one check, among those that failed with it.
pub(crate) fn story(job: &Job, outcome: &Outcome, failed: &BTreeSet<String>) -> String {
    let mut context = checks::surroundings(job, outcome);
    // One check alone tells too little.
    if failed.len() > 1 || job.lab.checks.len() == 1 {
        context.like = Signatures::of(job.lab).nearest(failed, job.check.name).cloned();
    }
    report::failure(job.lab, job.check, outcome, &context)
}

fn sum(lab: &Lab, outcomes: &[(&'static Check, Outcome)]) -> String {
    let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|(_, outcome)| wanted(outcome)).count();
    let passed = count(|outcome| outcome.verdict == Verdict::Pass);
    let skipped = count(|outcome| outcome.verdict == Verdict::Skip);
    let points = |is: fn(&Outcome) -> bool| -> u32 {
        outcomes.iter().filter(|(_, outcome)| is(outcome)).map(|(check, _)| check.points).sum()
    };
    let earned = points(|outcome| outcome.verdict == Verdict::Pass);
    let max = points(|outcome| outcome.verdict != Verdict::Skip);
    let mut text = format!("{passed} of {} checks pass, {earned} of {max} points", outcomes.len());
    if skipped > 0 {
        text.push_str(&format!("; {skipped} skipped, which is not passed: cargo lab doctor"));
    }
    if outcomes.len() == lab.checks.len() {
        let public: u32 = lab.checks.iter().map(|check| check.points).sum();
        if public < 100 {
            text.push_str(&format!("; hidden checks are worth {} more", 100 - public));
        }
    }
    text
}

/// The next lab, for who has done this one.
pub(crate) fn following(place: &Place, lab: &Lab) -> Option<&'static Lab> {
    standing::after(place, &Memory::load(place), lab)
}
