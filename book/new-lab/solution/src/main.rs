//! `byte-count`: the command line of [`byte_count::serve`].

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use clap::Parser;
use labkit::{Failure, failure};

/// Counts what it is sent.
#[derive(Parser)]
struct Cli {
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = 9900)]
    port: u16,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let address = SocketAddr::from(([127, 0, 0, 1], cli.port));
    let listener = TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    serve(&listener).map_err(Failure::to(format!("serve on {address} any more")))
}

fn serve(listener: &TcpListener) -> io::Result<()> {
    labkit::ready("Byte counter", listener.local_addr()?)?;
    byte_count::serve(listener)
}
