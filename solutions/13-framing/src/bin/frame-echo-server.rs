//! `frame-echo-server`: the command line of [`framing::server`].

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;

use clap::Parser;
use framing::codec::DEFAULT_MAX_FRAME;
use framing::server::{self, Cfg};
use labkit::cli::Seconds;
use labkit::{Failure, failure};

/// Returns every length-prefixed frame its clients send, one client at a time.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = 65430)]
    port: u16,
    /// Longest payload taken
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_FRAME)]
    max_frame: u32,
    /// How long a client may go without a complete frame
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    idle: Seconds,
    /// How often to look at that time
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    tick: Seconds,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, max_frame, idle, tick } = cli;
    let address = SocketAddr::new(bind, port);
    let listener = TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    let cfg = Cfg { max_frame, idle: idle.0, tick: tick.0 };
    serve(&listener, &cfg).map_err(Failure::to(format!("serve on {address} any more")))
}

fn serve(listener: &TcpListener, cfg: &Cfg) -> io::Result<()> {
    labkit::ready("frame echo server", listener.local_addr()?)?;
    server::serve(listener, cfg)
}
