//! What 10,000 connections cost: c10k-server beside async-echo and a plain epoll echo in C, in turns.
//!
//! `cargo build --release -p async-echo -p c10k && cargo bench -p c10k --bench ten-thousand`
//!
//! In each of `ROUNDS` (7 unless told) every server is started afresh, on one core with the loader on the other. Measured are
//! the time until 10,000 connections are made and each has had one answer, and the memory of a connection that says nothing
//! more. Printed are the median of all rounds, the least and the greatest. The C programs are those of lab 19's bench.

use std::io::{BufRead, BufReader, Error, Read, Result};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use std::{env, fs};

const CONNECTIONS: usize = 10_000;

/// What c10k-server reaches: KiB of a connection, and its time beside async-echo's.
const MOST_KIB: f64 = 4.0;
const MOST_TIME: f64 = 1.2;

const LINE: &str = r"abcdefghijklmnopqrstuvwxyz01234\n";

/// Everything that the loader and a server hold open at once, and more.
const DESCRIPTORS: &str = "--nofile=12000:12000";

const NAMES: [&str; 3] = ["C epoll", "async-echo", "c10k-server"];

/// One round of one server.
#[derive(Clone, Copy)]
struct Sample {
    milliseconds: f64,
    kib: f64,
}

fn main() -> Result<()> {
    let rounds: usize = env::var("ROUNDS").map_or(7, |rounds| rounds.parse().expect("ROUNDS is a number"));
    let folder = tempfile::tempdir()?;
    let [echo, load] = ["echo", "load"].map(|name| compiled(name, folder.path()));
    let (echo, load) = (echo?, load?);
    let own = Path::new(env!("CARGO_BIN_EXE_c10k-server"));
    let programs = [echo, own.with_file_name("async-echo"), own.to_owned()];

    let mut samples = [const { Vec::new() }; NAMES.len()];
    for round in 0..rounds {
        // Who goes first changes: the second may find the machine warm, or tired.
        for turn in 0..NAMES.len() {
            let which = (turn + round) % NAMES.len();
            samples[which].push(measured(&load, &programs[which])?);
        }
    }
    tell(&samples);
    Ok(())
}

/// Compiles one of the C programs of lab 19's bench.
fn compiled(name: &str, folder: &Path) -> Result<PathBuf> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("../19-async-echo/benches/beside-epoll");
    let program = folder.join(name);
    let source = benches.join(format!("{name}.c"));
    let status = Command::new("cc").args(["-O2", "-Wall", "-o"]).args([&program, &source]).status()?;
    if status.success() {
        Ok(program)
    } else {
        Err(Error::other(format!("cc can't compile {}", source.display())))
    }
}

/// A server with 10,000 clients, each of which asks once.
fn measured(load: &Path, program: &Path) -> Result<Sample> {
    let mut command = pinned(program, 0);
    if program.file_name().is_some_and(|name| name != "echo") {
        command.args(["--port", "0", "--worker-threads", "1"]);
    }
    let mut server = Killed(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let line = first_line(&mut server.0)?;
    let port = line.trim().rsplit(':').next().unwrap_or_default().to_owned();

    let before = resident_kib(server.0.id())?;
    let began = Instant::now();
    let mut loader = pinned(load, 1);
    loader.args([&port, &CONNECTIONS.to_string(), "0", LINE, &format!("ECHO: {LINE}")]);
    let mut loader = Killed(loader.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    if first_line(&mut loader.0)?.trim() != "idle" {
        return Err(Error::other(format!("{} does not hold {CONNECTIONS} connections", program.display())));
    }
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    let kib = (resident_kib(server.0.id())? - before) / CONNECTIONS as f64;
    Ok(Sample { milliseconds, kib })
}

/// That program on one core, with descriptors enough.
fn pinned(program: &Path, core: usize) -> Command {
    let mut command = Command::new("prlimit");
    command.args([DESCRIPTORS, "taskset", "--cpu-list", &core.to_string()]).arg(program);
    command
}

fn first_line(process: &mut Child) -> Result<String> {
    let mut line = String::new();
    let output = process.stdout.as_mut().expect("it is piped");
    BufReader::new(output).read_line(&mut line)?;
    Ok(line)
}

/// Anonymous memory: what a process has allocated, without the pages of its program.
fn resident_kib(pid: u32) -> Result<f64> {
    let mut text = String::new();
    fs::File::open(format!("/proc/{pid}/status"))?.read_to_string(&mut text)?;
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().map_err(|_| Error::other("no RssAnon"))
}

fn tell(samples: &[Vec<Sample>; NAMES.len()]) {
    println!("{CONNECTIONS} connections: ms until each has had an answer, KiB of memory a connection");
    for (name, own) in NAMES.iter().zip(samples) {
        let times = spread(own.iter().map(|sample| sample.milliseconds).collect());
        let kib = spread(own.iter().map(|sample| sample.kib).collect());
        println!(
            "{name:>12} {:6.0} ms ({:.0}–{:.0}) {:6.2} KiB ({:.2}–{:.2})",
            times[1], times[0], times[2], kib[1], kib[0], kib[2]
        );
    }
    let ratio = samples[2].iter().zip(&samples[1]).map(|(own, other)| own.milliseconds / other.milliseconds);
    let [least, ratio, most] = spread(ratio.collect());
    let [_, kib, _] = spread(samples[2].iter().map(|sample| sample.kib).collect());
    println!(
        "c10k-server beside async-echo: {ratio:.2} of its time ({least:.2}–{most:.2}), at most {MOST_TIME} {}",
        verdict(ratio <= MOST_TIME)
    );
    println!("a connection: {kib:.2} KiB, at most {MOST_KIB} {}", verdict(kib <= MOST_KIB));
}

fn verdict(holds: bool) -> &'static str {
    if holds { "reached" } else { "MISSED" }
}

/// The least, the median, the greatest.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}

/// A process that ends with this value.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // The process is prlimit, which became taskset, which became the program.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
