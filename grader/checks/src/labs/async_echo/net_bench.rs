//! Lab 19, its instrument: net-bench.

use serde_json::Value;

use crate::{Bench, EchoPeer, Ended, Fault, Manners, PATIENCE, Program, ensure};

/// What net-bench said.
#[derive(Debug)]
pub struct Figures {
    report: Value,
    ended: Ended,
}

/// Measures the peer with `--json` and these arguments behind its address.
pub fn measure(bench: &mut Bench, peer: &EchoPeer, args: &[&str]) -> Result<Figures, Fault> {
    let client = start(bench, peer, args)?;
    figures(bench, client)
}

fn start(bench: &mut Bench, peer: &EchoPeer, args: &[&str]) -> Result<Program, Fault> {
    bench.start("net-bench", [&[&*peer.address(), "--json"], args].concat())
}

fn figures(bench: &mut Bench, client: Program) -> Result<Figures, Fault> {
    let ended = bench.end_of(client, PATIENCE * 3)?;
    let report = serde_json::from_str(&ended.stdout_text()).map_err(|error| {
        Fault::expected("JSON on stdout").got(format!("{error} in {:?}", ended.stdout_text()))
    })?;
    Ok(Figures { report, ended })
}

impl Figures {
    /// One of the figures.
    pub fn number(&self, key: &str) -> Result<f64, Fault> {
        self.report.get(key).and_then(Value::as_f64).ok_or_else(|| {
            Fault::expected(format!("a number `{key}` in the report")).got(self.report.to_string())
        })
    }

    /// Expects these counts, and that the process ended with the code that belongs to them.
    pub fn expect_counts(self, counts: &[(&str, u64)]) -> Result<Figures, Fault> {
        for &(key, expected) in counts {
            let got = self.number(key)?;
            ensure(got == expected as f64, || {
                Fault::expected(format!("`{key}` to be {expected}")).got(format!("{key} = {got}"))
            })?;
        }
        let code = i32::from(self.number("failed")? > 0.0);
        let Figures { report, ended } = self;
        Ok(Figures { report, ended: ended.code(code)? })
    }

    /// Expects times and a throughput that can be: percentiles grow, and `ok` in `seconds` are `rps`.
    pub fn expect_sense(&self) -> Result<(), Fault> {
        let times = ["p50_ms", "p95_ms", "p99_ms", "max_ms"];
        let values: Vec<f64> = times.iter().map(|key| self.number(key)).collect::<Result<_, _>>()?;
        ensure(values[0] > 0.0 && values.is_sorted(), || {
            Fault::expected("0 < p50 ≤ p95 ≤ p99 ≤ max").got(format!("{values:?} ms"))
        })?;
        let (ok, seconds, rps) = (self.number("ok")?, self.number("seconds")?, self.number("rps")?);
        // `seconds` is told to the millisecond.
        ensure((rps * seconds - ok).abs() <= ok * 0.01 + rps * 0.001, || {
            Fault::expected(format!("{ok} replies in {seconds} s to be about {:.0} a second", ok / seconds))
                .got(format!("rps = {rps}"))
        })
    }
}

pub(super) fn net_bench_asks_on_every_connection(bench: &mut Bench) -> Result<(), Fault> {
    const CONNECTIONS: usize = 100;
    const REQUESTS: usize = 20;
    // The first reply comes when all of them are there: nobody may wait for it before they connect.
    let peer = bench.echo_peer(Manners::default().gathers(CONNECTIONS))?;
    let client = start(bench, &peer, &[&CONNECTIONS.to_string(), &REQUESTS.to_string()])?;
    peer.expect_at_once(CONNECTIONS)?;
    let figures = figures(bench, client)?;
    let visits = peer.visits()?;
    ensure(visits.connections == CONNECTIONS, || {
        Fault::expected(format!("{CONNECTIONS} connections")).got(visits.connections.to_string())
    })?;
    ensure(visits.lines.values().all(|&lines| lines == REQUESTS), || {
        Fault::expected(format!("{REQUESTS} lines on each connection"))
            .got(spread(visits.lines.values().copied()))
    })?;
    ensure(visits.early == 0, || {
        Fault::expected("each line to wait for the reply to the one before")
            .got(format!("{} lines that did not", visits.early))
    })?;
    let all = (CONNECTIONS * REQUESTS) as u64;
    let figures = figures.expect_counts(&[
        ("connections", CONNECTIONS as u64),
        ("requests", all),
        ("ok", all),
        ("failed", 0),
        ("rejected", 0),
    ])?;
    figures.expect_sense()
}

/// From the fewest to the most.
fn spread(counts: impl Iterator<Item = usize> + Clone) -> String {
    format!("{} to {}", counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0))
}

pub(super) fn net_bench_counts_the_rejected(bench: &mut Bench) -> Result<(), Fault> {
    let peer = bench.echo_peer(Manners::default().slots(10))?;
    let figures = measure(bench, &peer, &["100", "20"])?;
    let visits = peer.visits()?;
    ensure(visits.connections == 100, || {
        Fault::expected("100 connections, and no second try").got(visits.connections.to_string())
    })?;
    let figures = figures.expect_counts(&[
        ("connections", 100),
        ("requests", 2000),
        ("ok", 200),
        ("failed", 1800),
        ("rejected", 90),
    ])?;
    figures.expect_sense()
}
