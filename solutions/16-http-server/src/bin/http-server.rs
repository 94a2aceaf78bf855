//! `http-server`: the command line of [`http_server::conn`].

use std::io::{self, BufWriter};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;

use clap::Parser;
use http_server::{Limits, conn};
use labkit::cli::Seconds;
use labkit::{Failure, failure};

/// Shows everybody who asks by HTTP what they have asked.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value_t = http_server::default_bind())]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = http_server::default_port())]
    port: u16,
    /// How long a client may take for its head, and again for its body
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Limits::default().head_timeout))]
    head_timeout: Seconds,
    /// Longest head taken
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_head)]
    max_head: usize,
    /// Longest body taken
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_body)]
    max_body: u64,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, head_timeout, max_head, max_body } = cli;
    let address = SocketAddr::new(bind, port);
    let listener = TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    let limits = Limits { head_timeout: head_timeout.0, max_head, max_body };
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    conn::serve(&listener, &limits, &mut out).map_err(Failure::to(format!("serve on {address} any more")))
}
