//! The scanner beside nmap: all 65,535 ports of another machine, 20 of them open, at the other end of a cable.
//!
//! The other machine is a kernel in a network of its own; it answers for the closed ports. Rounds alternate, so that the
//! machine's moods hit all alike. Each of our scans must find the 20 open ports and no other.
//!
//! `cargo bench -p syn-scan --bench beside_nmap`; `ROUNDS=3` before it changes that number. It needs nmap and nc, and a machine that
//! offers namespaces.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use checks::TwoMachines;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Scans by each, unless `ROUNDS` says otherwise.
const ROUNDS: usize = 10;
/// Scattered over all of them; a listener is a process of its own.
const OPEN: [u16; 20] = [
    7, 22, 80, 111, 443, 1024, 3306, 5432, 8080, 9999, 12345, 17017, 23456, 31337, 32768, 40000, 49152,
    54321, 60999, 65535,
];
/// The slowest way of nmap's, and the fastest that still finds all.
const THEIRS: [&[&str]; 2] = [&["-T5"], &["-T4", "--min-rate", "50000"]];

fn main() -> Result<()> {
    let rounds = std::env::var("ROUNDS").ok().and_then(|number| number.parse().ok()).unwrap_or(ROUNDS);
    let machines = TwoMachines::join()?;
    let _listeners = OPEN.iter().map(|&port| Listener::start(&machines, port)).collect::<Result<Vec<_>>>()?;
    let open = BTreeSet::from(OPEN);
    println!("syn-scan       nmap -sS -T5             nmap -sS -T4 --min-rate 50000");
    let mut ratios = [const { Vec::new() }; 2];
    for _ in 0..rounds {
        let mut ours = machines.near(env!("CARGO_BIN_EXE_syn-scan"));
        ours.args(["10.77.0.2", "--ports", "1-65535"]);
        let (mine, found) = timed(&mut ours, found_by_us)?;
        if found != open {
            return Err(format!("expected {open:?} to be open, found {found:?}").into());
        }
        let mut line = format!("{mine:>6.2} s, 20/20");
        for (way, ratios) in THEIRS.iter().zip(&mut ratios) {
            let mut nmap = machines.near("nmap");
            nmap.args(["-n", "-Pn", "-sS", "-p1-65535", "-oG", "-", "10.77.0.2"]).args(*way);
            let (nmaps, found) = timed(&mut nmap, found_by_nmap)?;
            let right = found.intersection(&open).count();
            line += &format!("   {nmaps:>6.2} s, {right:>2}/20, ratio {:.3}", mine / nmaps);
            ratios.push(mine / nmaps);
        }
        println!("{line}");
    }
    for (way, mut ratios) in THEIRS.iter().zip(ratios) {
        ratios.sort_unstable_by(f64::total_cmp);
        let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
        let median = ratios[ratios.len() / 2];
        println!("syn-scan / nmap -sS {}: median {median:.3}, {least:.3} to {most:.3}", way.join(" "));
    }
    Ok(())
}

/// A program that listens at a port of the far machine, until this is dropped.
struct Listener(Child);

impl Listener {
    fn start(machines: &TwoMachines, port: u16) -> Result<Listener> {
        let mut nc = machines.far("nc");
        nc.args(["-n", "-v", "-l", "-k", &port.to_string()]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut listener = Listener(nc.spawn()?);
        let mut line = String::new();
        let stderr = listener.0.stderr.as_mut().ok_or("nc has no stderr")?;
        BufReader::new(stderr).read_line(&mut line)?;
        if line.starts_with("Listening on") { Ok(listener) } else { Err(format!("nc says: {line}").into()) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many seconds a scan takes, and which ports it calls open.
fn timed(scanner: &mut Command, found: fn(&str) -> Vec<&str>) -> Result<(f64, BTreeSet<u16>)> {
    let began = Instant::now();
    let output = scanner.output()?;
    let took = began.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("{scanner:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok((took, found(&printed).into_iter().filter_map(|port| port.parse().ok()).collect()))
}

/// `22/tcp OPEN`
fn found_by_us(printed: &str) -> Vec<&str> {
    printed.lines().filter_map(|line| line.strip_suffix("/tcp OPEN")).collect()
}

/// `Ports: 22/open/tcp//ssh///, 80/open/tcp//http///`
fn found_by_nmap(printed: &str) -> Vec<&str> {
    let ports = printed.split_whitespace().filter_map(|word| word.split_once("/open/tcp/"));
    ports.map(|(port, _)| port).collect()
}
