//! `time-server`: the command line of [`tcp_hello::serve_time`].

use std::io::{self, BufWriter};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use labkit::{Failure, failure};

/// Tells its clients the time in UTC.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = tcp_hello::default_time_port())]
    port: u16,
    /// End after the first client
    #[arg(long)]
    once: bool,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, once } = cli;
    let address = SocketAddr::new(bind, port);
    let listener = TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    tcp_hello::serve_time(&listener, once, SystemTime::now, &mut out)
        .map_err(Failure::to(format!("serve on {address} any more")))
}
