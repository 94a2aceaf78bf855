//! `udp-chat-server`: the command line of [`udp_chat::server`].

use std::io::{self, BufWriter};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::ExitCode;

use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, failure};
use udp_chat::room::Room;
use udp_chat::server::serve;

/// A chat over UDP: passes what a member says to all others.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = udp_chat::default_port())]
    port: u16,
    /// How long a member may be silent
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(udp_chat::default_timeout()))]
    timeout: Seconds,
}

fn main() -> ExitCode {
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let address = SocketAddr::new(cli.bind, cli.port);
    let socket = UdpSocket::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    serve(&socket, Room::new(cli.timeout.0), &mut out)
        .map_err(Failure::to(format!("serve on {address} any more")))
}
