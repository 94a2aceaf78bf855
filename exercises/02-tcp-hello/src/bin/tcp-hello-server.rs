//! `tcp-hello-server`: the command line of [`tcp_hello::serve_hello`].

use std::io::{self, BufWriter};
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use labkit::{Failure, failure};

/// Greets its clients, and tells each which connection it is.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = tcp_hello::default_hello_port())]
    port: u16,
    /// How many connections may wait to be accepted
    #[arg(long, default_value_t = tcp_hello::default_backlog())]
    backlog: u16,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, backlog } = cli;
    let address = SocketAddr::new(bind, port);
    let listener =
        tcp_hello::listen(address, backlog).map_err(Failure::to(format!("listen on {address}")))?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    tcp_hello::serve_hello(&listener, &mut out).map_err(Failure::to(format!("serve on {address} any more")))
}
