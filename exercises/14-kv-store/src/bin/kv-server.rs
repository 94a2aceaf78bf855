//! `kv-server`: the command line of [`kv_store::server`].

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;

use clap::Parser;
use kv_store::lines::DEFAULT_MAX_LINE;
use kv_store::server::{self, Cfg};
use kv_store::store::Store;
use labkit::cli::Seconds;
use labkit::{Failure, failure};

/// Keeps values under keys for its clients, one client at a time.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = 65433)]
    port: u16,
    /// Longest line taken, without its newline
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_LINE)]
    max_line: usize,
    /// How long a client may take for one command
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    idle_timeout: Seconds,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, max_line, idle_timeout } = cli;
    let address = SocketAddr::new(bind, port);
    let listener = TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    let cfg = Cfg { max_line, idle_timeout: idle_timeout.0 };
    server::run(&listener, &mut Store::default(), &cfg)
        .map_err(Failure::to(format!("serve on {address} any more")))
}
