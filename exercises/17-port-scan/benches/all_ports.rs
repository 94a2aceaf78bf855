//! The scanner beside nmap: all 65,535 ports of loopback, 20 of them open, in a network of the bench's own.
//!
//! Rounds alternate, so that the machine's moods hit both alike. Each of our scans must find the 20 open ports and no
//! other: among so many there are some that answer themselves, and a scanner that believes every connection reports a few.
//!
//! `cargo bench -p port-scan --bench all_ports`; `ROUNDS=3 THREADS=50` before it changes those numbers. It needs nmap, and a
//! machine that offers namespaces.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use checks::{Bench, Fault, Job, Lab, Verdict, Way, check, ensure};

/// Scans of each, unless `ROUNDS` says otherwise. At most 60: nobody accepts, and 128 connections may wait at a port.
const ROUNDS: usize = 10;
/// Of ours, unless `THREADS` says otherwise.
const THREADS: usize = 100;
const OPEN: usize = 20;
/// More than any of these scans takes.
const LIMIT: Duration = Duration::from_secs(60);
/// What distinguishes the results from the other remarks of the story.
const RESULT: &str = "result: ";

/// A lab whose only check is the race: so it runs in a cell, with a network of its own, like any other.
static RACE: Lab = checks::labs::port_scan::LAB.with("", &[check("races-nmap", 0, race).wall_seconds(1200)]);

fn main() -> Result<(), Box<dyn Error>> {
    checks::take_over_if_asked(&[&[&RACE]]);
    let programs = BTreeMap::from([
        ("port-scan".to_owned(), PathBuf::from(env!("CARGO_BIN_EXE_port-scan"))),
        ("nmap".to_owned(), nmap()?),
    ]);
    let outcome = checks::run(&Job::new(&RACE, &RACE.checks[0], programs, 17));
    let remarks = outcome.story.steps.iter().filter(|step| step.way == Way::Remark);
    for line in remarks.filter_map(|step| step.text.strip_prefix(RESULT)) {
        println!("{line}");
    }
    match (outcome.verdict, outcome.fault, outcome.reason) {
        (Verdict::Pass, ..) => Ok(()),
        (verdict, Some(fault), _) => {
            Err(format!("{verdict:?}: expected {}, got {}", fault.expected, fault.got).into())
        }
        (verdict, None, reason) => Err(format!("{verdict:?}: {}", reason.unwrap_or_default()).into()),
    }
}

fn nmap() -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places =
        std::env::split_paths(&path).filter_map(|folder| folder.join("nmap").canonicalize().ok());
    places
        .find(|place| place.is_file())
        .ok_or_else(|| "nmap is not installed: nothing to compare with".into())
}

fn race(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_default_ports()?;
    bench.plays("scanner");
    let (rounds, threads) = (setting("ROUNDS", ROUNDS).clamp(1, 60), setting("THREADS", THREADS));
    let mut listeners = Vec::new();
    let mut open = BTreeSet::new();
    while open.len() < OPEN {
        let port = bench.random().u16(1..);
        if open.insert(port) {
            listeners.push(bench.listen_on(&format!("127.0.0.1:{port}"))?);
        }
    }

    let threads = threads.to_string();
    let ours = ["--host", "127.0.0.1", "--ports", "1-65535", "--threads", &threads];
    // Without name service and host discovery: the same question as ours.
    let theirs = ["-n", "-Pn", "-sT", "-T5", "--min-rate", "50000", "-p1-65535", "-oG", "-", "127.0.0.1"];
    bench.remark(format!("{RESULT}port-scan --threads {threads}   nmap -sT -T5 --min-rate 50000   ratio"));
    let mut times = Vec::new();
    for _ in 0..rounds {
        let (mine, found) = timed(bench, "port-scan", &ours, found_by_us)?;
        ensure(found == open, || Fault::expected(format!("{open:?} to be open")).got(format!("{found:?}")))?;
        let (nmaps, found) = timed(bench, "nmap", &theirs, found_by_nmap)?;
        let (right, wrong) = (found.intersection(&open).count(), found.difference(&open).count());
        bench.remark(format!(
            "{RESULT}{mine:>8.2} s, {OPEN} of {OPEN}   {nmaps:>8.2} s, {right} of {OPEN}, {wrong} false   {:>8.2}",
            mine / nmaps
        ));
        times.push((mine, nmaps));
    }
    let [mine, nmaps, ratio] = [
        median(times.iter().map(|(mine, _)| *mine)),
        median(times.iter().map(|(_, nmaps)| *nmaps)),
        median(times.iter().map(|(mine, nmaps)| mine / nmaps)),
    ];
    bench.remark(format!("{RESULT}medians of {rounds}: {mine:.2} s and {nmaps:.2} s, ratio {ratio:.2}"));
    Ok(())
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(default)
}

/// How many seconds a scan takes, and which ports it calls open.
fn timed(
    bench: &mut Bench,
    program: &str,
    args: &[&str],
    found: fn(&str) -> Vec<&str>,
) -> Result<(f64, BTreeSet<u16>), Fault> {
    let began = Instant::now();
    let scanner = bench.start(program, args)?;
    let ended = bench.end_of(scanner, LIMIT)?;
    let took = began.elapsed().as_secs_f64();
    let printed = ended.code(0)?.stdout_text();
    Ok((took, found(&printed).into_iter().filter_map(|port| port.parse().ok()).collect()))
}

/// `Open ports: 22, 80`
fn found_by_us(printed: &str) -> Vec<&str> {
    let last = printed.lines().next_back().and_then(|line| line.strip_prefix("Open ports: "));
    last.map_or_else(Vec::new, |ports| ports.split(", ").collect())
}

/// `Ports: 22/open/tcp//ssh///, 80/open/tcp//http///`
fn found_by_nmap(printed: &str) -> Vec<&str> {
    printed
        .split_whitespace()
        .filter_map(|word| word.split_once("/open/tcp/"))
        .map(|(port, _)| port)
        .collect()
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}
