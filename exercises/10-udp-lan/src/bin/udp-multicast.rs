//! `udp-multicast`: the command line of [`udp_lan::mcast`].

use std::ffi::OsString;
use std::io::{self, BufWriter};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use labkit::{Failure, failure};
use udp_lan::{mcast, server};

/// Sends one datagram to a group, or prints those that come for it.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Join the group, and print what clients say to it
    Server {
        #[command(flatten)]
        place: Place,
    },
    /// Say something to the group
    Client {
        #[command(flatten)]
        place: Place,
        /// What to say
        #[arg(long, value_name = "TEXT", default_value = mcast::MESSAGE)]
        message: OsString,
        /// How far it may go: 1 is this network, and each router takes one away
        #[arg(long, default_value_t = 1)]
        ttl: u8,
    },
}

#[derive(Args)]
struct Place {
    /// Address of the group
    #[arg(long, default_value = "239.1.2.3", value_parser = mcast::parse_group)]
    group: Ipv4Addr,
    /// Which network: an address of this machine on it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    iface: Ipv4Addr,
    /// Port of the group's members; 0 lets the kernel choose (of a server)
    #[arg(short, long, default_value_t = udp_lan::default_port())]
    port: u16,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.role {
        Role::Server { place: Place { group, iface, port } } => {
            let group = SocketAddrV4::new(group, port);
            let socket =
                mcast::join(group, iface).map_err(Failure::to(format!("join {group} on {iface}")))?;
            // Through a buffer: nobody sees a line before it is flushed.
            let mut out = BufWriter::new(io::stdout());
            server::listen(&socket, "UDP multicast server", &mut out)
                .map_err(Failure::to(format!("serve {group} any more")))
        }
        Role::Client { place: Place { group, iface, port }, message, ttl } => {
            let group = SocketAddrV4::new(group, port);
            mcast::send(group, iface, ttl, message.as_bytes())
                .map_err(Failure::to(format!("send to {group} from {iface}")))
        }
    }
}
