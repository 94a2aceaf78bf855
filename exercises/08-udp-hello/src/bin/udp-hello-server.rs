//! `udp-hello-server`: the command line of [`udp_hello::server`].

use std::io::{self, BufWriter};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::ExitCode;

use clap::Parser;
use labkit::{Failure, failure};
use udp_hello::server::{self, Reply};

/// Answers every datagram, whoever sent it.
#[derive(Parser)]
#[command(after_help = "The servers of the courses that this one grew from:\n  \
                        --port 9090 --reply counter\n  \
                        --port 9998 --reply none\n  \
                        --port 1060 --reply length")]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = server::default_port())]
    port: u16,
    /// What to answer
    #[arg(long, value_enum, default_value_t = Reply::Counter)]
    reply: Reply,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, reply } = cli;
    let address = SocketAddr::new(bind, port);
    let socket = UdpSocket::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    server::serve(&socket, reply, &mut out).map_err(Failure::to(format!("serve on {address} any more")))
}
