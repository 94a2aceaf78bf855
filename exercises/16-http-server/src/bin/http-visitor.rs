//! `http-visitor`: the command line of [`http_server::visitor`].

use std::io::{self, BufWriter};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;

use clap::Parser;
use http_server::{Limits, visitor};
use labkit::{Failure, failure};

/// Tells everybody who comes by HTTP how many have been here.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value_t = http_server::default_bind())]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = http_server::default_port())]
    port: u16,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let address = SocketAddr::new(cli.bind, cli.port);
    let listener = TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    visitor::serve(&listener, &Limits::default(), &mut out)
        .map_err(Failure::to(format!("serve on {address} any more")))
}
