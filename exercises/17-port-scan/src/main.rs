//! `port-scan`: the command line of [`port_scan`].

use std::io::{self, BufWriter};
use std::process::ExitCode;

use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, failure};
use port_scan::ports::{Ports, parse_ports};
use port_scan::{prompt, report, scan, target};

/// Finds out by connecting which TCP ports of a host are open. Scan only what is yours.
#[derive(Parser)]
struct Cli {
    /// Name or address of the target; if it is missing, a person at a terminal is asked
    #[arg(long)]
    host: Option<String>,
    /// Ports and ranges, as in 22,80,8000-8010 [default: 20-100]
    #[arg(long, value_parser = parse_ports)]
    ports: Option<Ports>,
    /// How long to wait for each port
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    timeout: Seconds,
    /// How many ports to ask at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let (host, ports) = prompt::complete(cli.host, cli.ports)?;
    let target = target::resolve(&host)?;
    let timeout = cli.timeout.0;
    let states = match cli.threads {
        1 => scan::scan_sequential(&target, &ports, timeout),
        workers => scan::scan_parallel(&target, &ports, timeout, workers.into()),
    };
    let states = states.map_err(|error| Failure::new(error.exit_code(), error))?;

    let out = BufWriter::new(io::stdout().lock());
    let written =
        if cli.json { report::write_json(out, &host, &states) } else { report::write_text(out, &states) };
    written.map_err(Failure::to("write the result"))
}
