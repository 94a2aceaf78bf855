//! `mtu-probe`: the command line of [`udp_lan::mtu`].

use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::process::ExitCode;

use clap::Parser;
use labkit::{Failure, exit, failure, say};
use udp_lan::mtu::{self, Probe};

/// Finds out how large a datagram to a host may be.
#[derive(Parser)]
struct Cli {
    /// Name or address of the host; nobody needs to listen there
    host: String,
    /// Port of the host
    #[arg(short, long, default_value_t = udp_lan::default_port())]
    port: u16,
    /// Send 65,507 bytes, and let them be cut into fragments
    #[arg(long)]
    allow_frag: bool,
}

fn main() -> ExitCode {
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let to = ipv4_of(&cli.host, cli.port)?;
    let Probe { big_ok, mtu, largest } =
        mtu::probe(to, cli.allow_frag).map_err(Failure::to(format!("probe the way to {to}")))?;
    let fate = if big_ok { "The big datagram was sent!" } else { "Alas, the datagram did not make it" };
    say(
        &mut io::stdout(),
        &format!(
            "{fate}
Actual MTU: {mtu}
Largest UDP payload: {largest}"
        ),
    )
    .map_err(Failure::to("print the answer"))
}

fn ipv4_of(host: &str, port: u16) -> Result<SocketAddrV4, Failure> {
    let addresses = failure::resolve(host, port)?;
    let found = addresses.into_iter().find_map(|address| match address {
        SocketAddr::V4(address) => Some(address),
        SocketAddr::V6(_) => None,
    });
    found.ok_or_else(|| Failure::new(exit::NAME, format_args!("{host} has no IPv4 address")))
}
