//! `tcp-sixteen`: the command line of [`tcp_sixteen::server`] and [`tcp_sixteen::client`].

use std::io::{self, BufWriter};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use labkit::{Failure, exit, failure};
use tcp_sixteen::io::RecvError;
use tcp_sixteen::{client, default_backlog, default_port, server};

/// Sends sixteen bytes, and receives sixteen bytes.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Answers one client after another
    Server {
        /// Interface to listen on, by its address or name; "" means all of them
        #[arg(default_value = "127.0.0.1")]
        host: String,
        /// Port to listen on; 0 lets the kernel choose
        #[arg(short, long, default_value_t = default_port())]
        port: u16,
        /// How many connections may wait to be accepted
        #[arg(long, default_value_t = default_backlog())]
        backlog: u16,
        /// Leave SO_REUSEADDR off
        #[arg(long)]
        no_reuseaddr: bool,
        /// End after the first client
        #[arg(long)]
        once: bool,
    },
    /// Greets a server
    Client {
        /// Name or address of the server
        host: String,
        /// Port of the server
        #[arg(short, long, default_value_t = default_port())]
        port: u16,
    },
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse().role))
}

fn run(role: Role) -> Result<(), Failure> {
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    match role {
        Role::Server { host, port, backlog, no_reuseaddr, once } => {
            let address = failure::interface(&host, port)?;
            let listener = server::listen(address, backlog, !no_reuseaddr)
                .map_err(Failure::to(format!("listen on {address}")))?;
            server::serve(&listener, once, &mut out)
                .map_err(Failure::to(format!("serve on {address} any more")))
        }
        Role::Client { host, port } => {
            let addresses = failure::resolve(&host, port)?;
            client::converse(&addresses[..], &mut out).map_err(|error| {
                let tried = format!("talk with {host} port {port}");
                match error {
                    RecvError::Io(error) => Failure::to(tried)(error),
                    error @ RecvError::Eof { .. } => {
                        Failure::new(exit::PEER, format_args!("cannot {tried}: {error}"))
                    }
                }
            })
        }
    }
}
