//! The reference SYN scanner beside nmap: 1,000 ports of a scripted host, half of them silent, on the same wire.
//!
//! Rounds alternate, so that the machine's moods hit both alike; each scan must find every port's state.
//! `cargo bench -p grader --bench syn_scan`. It needs nmap and a machine that offers wires.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use checks::labs::syn_scan::packets::TARGET;
use checks::labs::syn_scan::{SILENT, Table, expect_table, scan, target};
use checks::{Bench, Fault, Job, Lab, Needs, Verdict, Way, check, ensure};
use grader::cargo::Toolchain;
use grader::course::Course;
use grader::release;
use grader::workspace::{BuiltLabs, Workspace};
use wire::PortScript;

const ROUNDS: usize = 7;
const PORTS: u16 = 1000;
/// Of the half that answers.
const OPEN: usize = 20;
/// What distinguishes the results from the other remarks of the story.
const RESULT: &str = "result: ";

/// A lab whose only check is the race: so it runs in a cell, with a wire, like any other.
static RACE: Lab = Lab {
    name: "syn-scan",
    number: 21,
    title: "A half-open port scanner",
    signatures: "",
    checks: &[check("races-nmap", 0, race).needs(Needs::Wire).wall_seconds(600)],
};

fn main() -> Result<()> {
    checks::take_over_if_asked(&[&[&RACE]]);
    let course =
        Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("grader/ lies in the course")?)?;
    let toolchain = Toolchain::find(&course.root)?;
    let workspace = Workspace::open(&course, &toolchain)?;
    let mut built = reference(&course, &workspace)?;
    let programs = built.labs.remove(RACE.name).context("cargo said nothing about syn-scan")?;
    let mut programs =
        programs.map_err(|complaint| anyhow::anyhow!("the reference doesn't build:\n{complaint}"))?;
    programs.insert("nmap".to_owned(), nmap()?);

    let outcome = checks::run(&Job::new(&RACE, &RACE.checks[0], programs, 21));
    let remarks = outcome.story.steps.iter().filter(|step| step.way == Way::Remark);
    for line in remarks.filter_map(|step| step.text.strip_prefix(RESULT)) {
        println!("{line}");
    }
    match (outcome.verdict, outcome.fault, outcome.reason) {
        (Verdict::Pass, ..) => Ok(()),
        (verdict, Some(fault), _) => bail!("{verdict:?}: expected {}, got {}", fault.expected, fault.got),
        (verdict, None, reason) => bail!("{verdict:?}: {}", reason.unwrap_or_default()),
    }
}

fn reference(course: &Course, workspace: &Workspace<'_>) -> Result<BuiltLabs> {
    let lab = course.lab(RACE.name)?;
    workspace.place(lab, &release::solution(course, lab)?)?;
    workspace.build(&[lab])
}

fn nmap() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("nmap"));
    places.find(|place| place.is_file()).context("nmap is not installed: nothing to compare with")
}

fn race(bench: &mut Bench) -> Result<(), Fault> {
    let (scripts, table) = script(bench);
    let [mut ours, mut theirs] = [const { Vec::new() }; 2];
    bench.remark(format!("{RESULT}syn-scan   nmap -sS -T4"));
    for _ in 0..ROUNDS {
        let (ended, took) = scan(bench, target(scripts.clone()), 1..=PORTS, &[], Duration::from_secs(60))?;
        expect_table(ended, &table)?;
        ours.push(took);

        bench.link(target(scripts.clone()))?;
        theirs.push(scan_with_nmap(bench, &table)?);
        let [ours, theirs] = [&ours, &theirs].map(|times| times[times.len() - 1].as_secs_f64());
        bench.remark(format!("{RESULT}{ours:>6.2} s   {theirs:>10.2} s"));
    }
    let [ours, theirs] = [ours, theirs].map(median);
    let ratio = ours / theirs;
    bench.remark(format!(
        "{RESULT}median {ours:.2} s and {theirs:.2} s, ratio {ratio:.2}; every state right in each of {ROUNDS} scans"
    ));
    Ok(())
}

/// Every second port is silent; of the others, in random places, `OPEN` are open and the rest closed.
fn script(bench: &mut Bench) -> (Vec<(u16, PortScript)>, Table) {
    let mut answering: Vec<u16> = (1..=PORTS).filter(|port| port % 2 == 0).collect();
    bench.random().shuffle(&mut answering);
    let open: BTreeSet<u16> = answering.into_iter().take(OPEN).collect();
    (1..=PORTS)
        .map(|port| match port % 2 {
            1 => ((port, PortScript::Silent), (port, SILENT.to_owned())),
            _ if open.contains(&port) => ((port, PortScript::Open), (port, "OPEN".to_owned())),
            _ => ((port, PortScript::Closed), (port, "CLOSED".to_owned())),
        })
        .unzip()
}

/// How long nmap takes for the same ports; it must find the same open ones.
fn scan_with_nmap(bench: &mut Bench, table: &Table) -> Result<Duration, Fault> {
    let (host, ports) = (TARGET.to_string(), format!("-p1-{PORTS}"));
    let before = bench.wire()?.now();
    // Without name service and host discovery: the same question as ours.
    let args = ["--privileged", "-n", "-Pn", "-sS", "-T4", &ports, "-oG", "-", &host];
    let nmap = bench.start("nmap", args)?;
    let ended = bench.end_of(nmap, Duration::from_secs(60))?.code(0)?;
    let took = bench.wire()?.now() - before;
    let open = table.values().filter(|state| *state == "OPEN").count();
    let found = ended.stdout_text().matches("/open/tcp/").count();
    ensure(found == open, || {
        Fault::expected(format!("nmap to find {open} open ports")).got(format!("{found}"))
    })?;
    Ok(took)
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}
