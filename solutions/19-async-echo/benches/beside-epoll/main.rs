//! What tasks, deadlines and metrics cost: async-echo with one worker beside a plain epoll echo in C, redis-server and the
//! threads of lab 18, in turns, on one core, with the loader on the other.
//!
//! `cargo build --release -p async-echo -p threaded-echo && cargo bench -p async-echo --bench beside-epoll`
//!
//! `ROUNDS` (12 unless told) are rounds of one second for each server and number of connections. A ratio is that of two
//! neighbours in one round; printed are the median of all rounds, and the least and the greatest. Then the memory of
//! 10,000 connections that have asked once and say nothing more.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// What async-echo reaches at least, and its p99 at most, beside the C program.
const GOALS: [(usize, f64); 2] = [(100, 0.95), (1000, 0.90)];
const MOST_P99: f64 = 1.2;
const MOST_KIB: f64 = 4.0;

const CONNECTIONS: [usize; 3] = [1, 100, 1000];
const IDLE: usize = 10_000;

const LINE: &str = r"abcdefghijklmnopqrstuvwxyz01234\n";

/// Everything that the loader and a server hold open at once, and more.
const DESCRIPTORS: &str = "--nofile=12000:12000";

/// A server to measure, and what it is asked.
struct Server {
    name: &'static str,
    process: Child,
    port: u16,
    request: String,
    reply: String,
}

/// One second of load.
#[derive(Clone, Copy)]
struct Sample {
    rate: f64,
    p50: f64,
    p99: f64,
    /// Of the server, in microseconds a request.
    cpu: f64,
}

fn main() -> Result<()> {
    let rounds: usize = env::var("ROUNDS").map_or(12, |rounds| rounds.parse().expect("ROUNDS is a number"));
    let folder = tempfile::tempdir()?;
    let [echo, load] = ["echo", "load"].map(|name| compiled(name, folder.path()));
    let (echo, load) = (echo?, load?);

    let mut servers =
        vec![listening("C epoll", Command::new(&echo))?, listening("async-echo", async_echo())?];
    servers.extend(redis(folder.path())?);
    servers.extend(threads()?);

    for connections in CONNECTIONS {
        let mut samples = vec![Vec::new(); servers.len()];
        for round in 0..rounds {
            // Who goes first changes: the second may find the machine warm, or tired.
            for turn in 0..servers.len() {
                let which = (turn + round) % servers.len();
                samples[which].push(measured(&load, &servers[which], connections)?);
            }
        }
        tell(connections, &servers, &samples);
    }
    drop(servers);

    println!("\n{IDLE} connections, each after one line: user memory of a connection");
    for (name, command) in [("C epoll", Command::new(&echo)), ("async-echo", async_echo())] {
        let server = listening(name, command)?;
        let kib = idle_memory(&load, &server)?;
        println!(
            "{name:>14} {kib:6.2} KiB{}",
            if name == "C epoll" { String::new() } else { at_most(kib, MOST_KIB) }
        );
    }
    Ok(())
}

/// Compiles one of the C programs beside this file.
fn compiled(name: &str, folder: &Path) -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/beside-epoll/{name}.c"));
    let program = folder.join(name);
    let status = Command::new("cc").args(["-O2", "-Wall", "-o"]).args([&program, &source]).status()?;
    if status.success() {
        Ok(program)
    } else {
        Err(Error::other(format!("cc can't compile {}", source.display())))
    }
}

fn async_echo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_async-echo"));
    command.args(["--port", "0", "--worker-threads", "1"]);
    command
}

/// Lab 18's server, if it was built.
fn threads() -> Result<Option<Server>> {
    let program = Path::new(env!("CARGO_BIN_EXE_async-echo")).with_file_name("threaded-echo");
    if !program.exists() {
        println!("without threaded-echo: there is no {}", program.display());
        return Ok(None);
    }
    let mut command = Command::new(program);
    command.args(["--port", "0", "--max-clients", "2000"]);
    listening("threaded-echo", command).map(Some)
}

/// redis-server on a port that was free a moment ago, if it is installed. It says itself nothing that could be waited for.
fn redis(folder: &Path) -> Result<Option<Server>> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = pinned(Command::new("redis-server"), 0);
    command.args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--maxclients",
        "2000",
        "--dir",
    ]);
    command.arg(folder).stdout(Stdio::null());
    let process = command.spawn()?;
    let mut server =
        Server { name: "redis PING", process, port, request: r"PING\r\n".into(), reply: r"+PONG\r\n".into() };
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if server.process.try_wait()?.is_some() || Instant::now() > deadline {
            println!("without redis-server: it is not installed, or does not start");
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(Some(server))
}

/// Starts a server that says where it listens.
fn listening(name: &'static str, command: Command) -> Result<Server> {
    let mut command = pinned(command, 0);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line)?;
    let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.ok_or_else(|| Error::other(format!("{name} doesn't listen: {line:?}")))?;
    Ok(Server { name, process, port, request: LINE.into(), reply: format!("ECHO: {LINE}") })
}

/// That command on one core, with descriptors enough.
fn pinned(command: Command, core: usize) -> Command {
    let mut pinned = Command::new("prlimit");
    pinned.args([DESCRIPTORS, "taskset", "--cpu-list", &core.to_string()]);
    pinned.arg(command.get_program()).args(command.get_args());
    pinned
}

fn loader(program: &Path, server: &Server, connections: usize, seconds: u32) -> Command {
    let mut command = Command::new(program);
    command.args([server.port.to_string(), connections.to_string(), seconds.to_string()]);
    command.args([&server.request, &server.reply]);
    pinned(command, 1)
}

fn measured(load: &Path, server: &Server, connections: usize) -> Result<Sample> {
    let before = cpu_time(server.process.id())?;
    let output = loader(load, server, connections, 1).stderr(Stdio::inherit()).output()?;
    let used = cpu_time(server.process.id())? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [requests, seconds, p50, p99] = numbers[..] else {
        return Err(Error::other(format!("no measurement of {}: {text:?}", server.name)));
    };
    // The loader's warm-up cost the server as well: 0.2 seconds more than were counted.
    let all = requests * (seconds + 0.2) / seconds;
    Ok(Sample { rate: requests / seconds, p50, p99, cpu: used.as_secs_f64() * 1e6 / all })
}

/// What all threads of a process have used.
fn cpu_time(pid: u32) -> Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread that has just ended has no file any more.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanoseconds += text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn tell(connections: usize, servers: &[Server], samples: &[Vec<Sample>]) {
    println!(
        "\n{connections} connections: requests/s, p50 and p99 in µs, µs of CPU a request; ratios to {}",
        servers[0].name
    );
    for (server, own) in servers.iter().zip(samples) {
        let of = |value: fn(&Sample) -> f64| median(own.iter().map(value).collect());
        let ratios = |value: fn(&Sample) -> f64| -> Vec<f64> {
            own.iter().zip(&samples[0]).map(|(own, other)| value(own) / value(other)).collect()
        };
        let (rates, p99s) = (ratios(|s| s.rate), ratios(|s| s.p99));
        let (least, most) =
            (rates.iter().copied().fold(f64::MAX, f64::min), rates.iter().copied().fold(0.0, f64::max));
        let (rate, p99) = (median(rates), median(p99s));
        print!(
            "{:>14} {:>9.0} {:>8.0} {:>8.0} {:>6.1}   rate {rate:.2} ({least:.2}–{most:.2}), p99 {p99:.2}",
            server.name,
            of(|s| s.rate),
            of(|s| s.p50),
            of(|s| s.p99),
            of(|s| s.cpu),
        );
        if server.name == "async-echo"
            && let Some((_, goal)) = GOALS.iter().find(|(at, _)| *at == connections)
        {
            print!(
                "   goals: {goal} {}, p99{}",
                if rate >= *goal { "reached" } else { "MISSED" },
                at_most(p99, MOST_P99)
            );
        }
        println!();
    }
}

fn at_most(value: f64, most: f64) -> String {
    format!(" at most {most} {}", if value <= most { "reached" } else { "MISSED" })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// By how much the server's own memory grows for an idle connection, in KiB.
fn idle_memory(load: &Path, server: &Server) -> Result<f64> {
    let before = resident_kib(server.process.id())?;
    let mut loader = loader(load, server, IDLE, 0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(loader.stdout.take().expect("it is piped")).read_line(&mut line)?;
    if line.trim() != "idle" {
        return Err(Error::new(
            ErrorKind::UnexpectedEof,
            format!("{} does not hold {IDLE} connections", server.name),
        ));
    }
    let grown = resident_kib(server.process.id())? - before;
    drop(loader.stdin.take());
    loader.wait()?;
    Ok(grown / IDLE as f64)
}

/// Anonymous memory: what a process has allocated, without the pages of its program.
fn resident_kib(pid: u32) -> Result<f64> {
    let mut text = String::new();
    fs::File::open(format!("/proc/{pid}/status"))?.read_to_string(&mut text)?;
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().map_err(|_| Error::other("no RssAnon"))
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process is prlimit, which became taskset, which became the server.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
