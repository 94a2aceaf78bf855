//! `udp-broadcast`: the command line of [`udp_lan::bcast`].

use std::io::{self, BufWriter};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use labkit::{Failure, exit, failure};
use udp_lan::{bcast, server};

/// Sends one datagram to everybody on a network, or prints those that come.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Print what clients say
    Server {
        /// Address to listen on; "" is all of this machine's
        #[arg(default_value = "", value_parser = address_or_all)]
        host: Ipv4Addr,
        /// Port to listen on; 0 lets the kernel choose
        #[arg(short, long, default_value_t = udp_lan::default_port())]
        port: u16,
    },
    /// Say something to everybody
    Client {
        /// Broadcast address of the network
        address: Ipv4Addr,
        /// Port of the servers
        #[arg(short, long, default_value_t = udp_lan::default_port())]
        port: u16,
        /// Try it on a socket that may not broadcast
        #[arg(long)]
        no_broadcast_flag: bool,
    },
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.role {
        Role::Server { host, port } => {
            let address = SocketAddrV4::new(host, port);
            let socket = server::bind_shared(address).map_err(Failure::to(format!("listen on {address}")))?;
            // Through a buffer: nobody sees a line before it is flushed.
            let mut out = BufWriter::new(io::stdout());
            server::listen(&socket, "UDP broadcast server", &mut out)
                .map_err(Failure::to(format!("serve on {address} any more")))
        }
        Role::Client { address, port, no_broadcast_flag } => {
            let to = SocketAddrV4::new(address, port);
            bcast::shout(to, !no_broadcast_flag).map_err(|error| refused(to, &error))
        }
    }
}

/// Exit code 1, whatever it was: what is denied here is no privilege, which would be 77, but a flag of the socket.
fn refused(to: SocketAddrV4, error: &io::Error) -> Failure {
    Failure::new(exit::FAILURE, format_args!("cannot send to {to}: {error}"))
}

fn address_or_all(text: &str) -> Result<Ipv4Addr, String> {
    if text.is_empty() {
        return Ok(Ipv4Addr::UNSPECIFIED);
    }
    text.parse().map_err(|_| "not an IPv4 address".to_owned())
}
