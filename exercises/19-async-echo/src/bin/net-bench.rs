//! `net-bench`: the command line of [`async_echo::bench`].

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use async_echo::bench::compare::{Side, compare};
use async_echo::bench::{Options, Protocol, Report, Target, http, open_loop, plot, progress};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use labkit::cli::{HostPort, Seconds};
use labkit::{Failure, exit, failure};

/// Measures a server: connections, replies, latency.
///
/// CONNS connections are open at once, and each sends REQS requests, one after another. Every reply is checked. The exit
/// code is 1 if a request failed.
#[derive(Parser)]
#[command(override_usage = "net-bench [OPTIONS] <HOST:PORT> <CONNS> <REQS>\n       \
                      net-bench [OPTIONS] --compare <A> <B> <CONNS> <REQS>")]
struct Cli {
    /// HOST:PORT CONNS REQS: the server (two with --compare), how many connections, how many requests on each
    #[arg(required = true)]
    what: Vec<String>,
    /// How many bytes a line has, without its newline
    #[arg(long, value_name = "BYTES", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    payload: u32,
    /// How long a connection may take to be made, and each reply to come
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    timeout: Seconds,
    /// Ask a web server for this path instead of an echo server for a line
    #[arg(long, value_name = "PATH", value_parser = http::parse_path, conflicts_with = "payload")]
    http: Option<String>,
    /// Send so many requests a second in all, by the clock, whether or not replies have come (an open loop)
    #[arg(long, value_name = "PER_SECOND", value_parser = parse_rate)]
    rate: Option<f64>,
    /// Measure two servers in turns, and print the ratios A/B
    #[arg(long)]
    compare: bool,
    /// How many pairs --compare measures
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Draw latency by percentile and throughput over time
    #[arg(long, value_name = "FILE.svg", conflicts_with = "compare")]
    plot: Option<PathBuf>,
}

/// What the command line asks for.
struct Job {
    servers: Vec<HostPort>,
    connections: u32,
    requests: u32,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let job = job(&cli).unwrap_or_else(|text| Cli::command().error(ErrorKind::ValueValidation, text).exit());
    // One thread: the tasks wait most of the time, and what they do in between is less than what it costs to share it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let code = runtime
        .map_err(Failure::to("start the runtime"))
        .and_then(|runtime| runtime.block_on(run(&cli, job)));
    match code {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure::report(Err(failure)),
    }
}

async fn run(cli: &Cli, job: Job) -> Result<u8, Failure> {
    make_room_for(job.connections);
    let targets: Vec<Target> = job
        .servers
        .iter()
        .cloned()
        .map(|name| Target::find(name, protocol(cli)))
        .collect::<Result<_, _>>()?;
    let options = Options::new(cli.timeout.0);
    let requests = u64::from(job.connections) * u64::from(job.requests);
    let measure = |target: Target| measure(target, &job, cli.rate, options.clone());

    if let [a, b] = &targets[..] {
        let sides = compare(cli.pairs, |side| measure(if side == Side::A { a.clone() } else { b.clone() }));
        let comparison = progress::watched(requests * 2 * u64::from(cli.pairs), &options, sides).await;
        print(&if cli.json { comparison.to_json() } else { comparison.to_string() })?;
        return Ok(if comparison.failed() == 0 { exit::OK } else { exit::FAILURE });
    }

    let [target] = &targets[..] else { return Err(Failure::new(exit::USAGE, "one server, or two")) };
    let report = progress::watched(requests, &options, measure(target.clone())).await;
    print(&if cli.json { report.to_json() } else { report.to_string() })?;
    if let Some(file) = &cli.plot {
        let title =
            format!("{}: {} connections, {} requests each", target.name, job.connections, job.requests);
        let svg = plot::svg(&report, &title)
            .map_err(|error| Failure::new(exit::FAILURE, format_args!("cannot draw the plot: {error}")))?;
        std::fs::write(file, svg).map_err(Failure::to(format!("write {}", file.display())))?;
    }
    Ok(report.exit_code())
}

async fn measure(target: Target, job: &Job, rate: Option<f64>, options: Options) -> Report {
    match rate {
        Some(rate) => open_loop::run_at_rate(target, job.connections, job.requests, rate, options).await,
        None => async_echo::bench::run(target, job.connections, job.requests, options).await,
    }
}

/// A connection is an open file. If there may not be so many, the connections that can't be made say so.
fn make_room_for(connections: u32) {
    /// For what a program has open besides: standard streams, the runtime's own.
    const OTHERS: u64 = 64;
    let _ = labkit::sys::raise_nofile(u64::from(connections) + OTHERS);
}

fn print(text: &str) -> Result<(), Failure> {
    labkit::say(&mut io::stdout(), text).map_err(Failure::to("print the report"))
}

fn protocol(cli: &Cli) -> Protocol {
    match &cli.http {
        Some(path) => Protocol::Http { path: path.clone() },
        None => Protocol::Echo { payload: cli.payload as usize },
    }
}

fn job(cli: &Cli) -> Result<Job, String> {
    let servers = if cli.compare { 2 } else { 1 };
    let Some((names, [connections, requests])) = cli.what.split_at_checked(servers) else {
        return Err(format!("{servers} × HOST:PORT, then CONNS and REQS are expected"));
    };
    let server = |name: &String| name.parse::<HostPort>().map_err(|error| format!("{name}: {error}"));
    let count = |text: &String| match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("{text}: not a number from 1 to {}", u32::MAX)),
    };
    Ok(Job {
        servers: names.iter().map(server).collect::<Result<_, _>>()?,
        connections: count(connections)?,
        requests: count(requests)?,
    })
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 0.001 => Ok(rate),
        _ => Err("not a number of requests a second".to_owned()),
    }
}
