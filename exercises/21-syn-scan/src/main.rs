//! `syn-scan`: which ports of a host are open, closed or filtered.

use std::hash::RandomState;
use std::io::{self, BufWriter};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use syn_scan::channel::Channel;
use syn_scan::classify::PortState;
use syn_scan::error::ScanError;
use syn_scan::ports::{Ports, parse_ports};
use syn_scan::probe::Probe;
use syn_scan::prompt::{self, DEFAULT_PORTS};
use syn_scan::schedule::Patience;
use syn_scan::{engine, replay, report, source};

/// Finds out by half-open connections which TCP ports of a host are open. Scan only what is yours.
#[derive(Parser)]
struct Args {
    /// Name or IPv4 address of the target; if it is missing, a person at a terminal is asked
    host: Option<String>,
    /// Ports and ranges, as in 22,80,8000-8010 [default: 20-100; with --replay: all that were probed]
    #[arg(long, value_parser = parse_ports)]
    ports: Option<Ports>,
    /// Seconds to wait for an answer to a probe
    #[arg(long, default_value = "1", value_parser = parse_timeout)]
    timeout: Duration,
    /// How often to repeat a probe that is not answered
    #[arg(long, default_value_t = 1)]
    retries: u32,
    /// Print one JSON object instead of a line for each port
    #[arg(long)]
    json: bool,
    /// Read a capture file instead of scanning: each SYN to HOST in it is a probe
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            labkit::log!(error, "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(args: Args) -> Result<(), ScanError> {
    let (host, ports) = prompt::complete(args.host, args.ports)?;
    let target = resolve(&host)?;

    let states = match args.replay {
        Some(capture) => {
            let mut states = replay::replay(&capture, target)?;
            states.retain(|(port, _)| ports.as_ref().is_none_or(|ports| ports.contains(port)));
            states
        }
        None => {
            let ports = ports.unwrap_or_else(|| DEFAULT_PORTS.collect());
            scan(target, &ports, Patience { timeout: args.timeout, retries: args.retries })?
        }
    };

    let out = BufWriter::new(io::stdout().lock());
    let written =
        if args.json { report::write_json(out, &host, &states) } else { report::write_text(out, &states) };
    written.map_err(|source| ScanError::Io { doing: "write the result", source })
}

fn scan(target: Ipv4Addr, ports: &[u16], patience: Patience) -> Result<Vec<(u16, PortState)>, ScanError> {
    let src = source::source_ip_for(target).map_err(|source| ScanError::Unreachable { target, source })?;
    let secret = RandomState::new();
    let probes = ports.iter().map(|&port| Probe::new(src, target, port, &secret)).collect();
    engine::run(Channel::open()?, probes, patience)
}

/// The first IPv4 address of a host.
fn resolve(host: &str) -> Result<Ipv4Addr, ScanError> {
    let addresses = (host, 0).to_socket_addrs().into_iter().flatten();
    let first = addresses.into_iter().find_map(|address| match address {
        SocketAddr::V4(address) => Some(*address.ip()),
        SocketAddr::V6(_) => None,
    });
    first.ok_or_else(|| ScanError::Unresolved(host.to_owned()))
}

/// Seconds, with fractions, up to an hour.
fn parse_timeout(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if seconds > 0.0 && seconds <= 3600.0 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be more than 0 and at most 3600 seconds".to_owned())
    }
}
