//! `icmp-ping`: the command line of [`packet_craft::ping`] (given).

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, exit, failure};
use packet_craft::ping::{Ping, ping};

/// Asks a host whether it is there, with echo requests of its own making.
#[derive(Parser)]
struct Cli {
    /// Name or IPv4 address
    host: String,
    /// How many requests
    #[arg(short, long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,
    /// Seconds from one request to the next
    #[arg(short, long, value_name = "SECONDS", default_value = "1")]
    interval: Seconds,
    /// Seconds to wait for an answer
    #[arg(short = 'W', long, value_name = "SECONDS", default_value = "1")]
    wait: Seconds,
    // 65,535 bytes of IPv4 packet, less the headers of IPv4 and ICMP.
    /// Bytes of payload
    #[arg(short, long, value_name = "BYTES", default_value_t = 56, value_parser = clap::value_parser!(u16).range(..=65_507))]
    size: u16,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure::report(Err(failure)),
    }
}

fn run(cli: Cli) -> Result<u8, Failure> {
    let ask = Ping {
        target: address_of(&cli.host)?,
        // Other processes ping too, and in other containers they may have our process id.
        id: RandomState::new().hash_one(()) as u16,
        count: cli.count,
        interval: cli.interval.0,
        wait: cli.wait.0,
        size: cli.size,
    };
    let tally = ping(&ask, &mut io::stdout().lock())?;
    Ok(if tally.received > 0 { exit::OK } else { exit::TIMEOUT })
}

/// The first IPv4 address of a host.
fn address_of(host: &str) -> Result<Ipv4Addr, Failure> {
    let ipv4 = failure::resolve(host, 0)?.into_iter().find_map(|address| match address {
        SocketAddr::V4(address) => Some(*address.ip()),
        SocketAddr::V6(_) => None,
    });
    ipv4.ok_or_else(|| Failure::new(exit::NAME, format_args!("{host} has no IPv4 address")))
}
