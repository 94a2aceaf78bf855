//! `sock-opts`: the command line of [`tcp_sixteen::options`], [`tcp_sixteen::rebind`] and [`tcp_sixteen::nagle`].

use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use labkit::{Failure, exit, failure};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tcp_sixteen::nagle::nagle_rtt;
use tcp_sixteen::options::{self, Opt, OptError};
use tcp_sixteen::rebind::rebind_experiment;

/// Shows, sets and tries the options of TCP sockets.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists the options of a new socket, as the kernel makes it
    List {
        /// Of a listener instead, as Rust's standard library makes it
        #[arg(long)]
        std: bool,
    },
    /// Sets an option of a new socket, and shows what it is then
    Set {
        /// Its name, as in SO_RCVBUF
        name: Opt,
        /// A number; of a switch 0 or 1
        value: String,
    },
    /// Binds an address again while the kernel remembers an old connection of it
    Rebind {
        /// Whether SO_REUSEADDR is set
        #[arg(long)]
        reuse: Reuse,
    },
    /// Measures round trips to a server that answers line by line
    Nagle {
        /// Name or address of the server
        #[arg(long)]
        host: String,
        /// Port of the server
        #[arg(long)]
        port: u16,
        /// Whether TCP_NODELAY is set
        #[arg(long)]
        nodelay: Nodelay,
        /// How many round trips
        #[arg(long, default_value_t = 60)]
        count: usize,
    },
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Reuse {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Nodelay {
    On,
    Off,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse().command))
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List { std: false } => list(&SockRef::from(&new_socket()?)),
        Command::List { std: true } => {
            let listener = TcpListener::bind("127.0.0.1:0").map_err(Failure::to("listen"))?;
            list(&SockRef::from(&listener))
        }
        Command::Set { name, value } => {
            let tried = format!("set {}", name.name());
            match options::set(&SockRef::from(&new_socket()?), name, &value) {
                Ok(effective) => print(effective),
                Err(OptError::Io(error)) => Err(Failure::to(tried)(error)),
                Err(error) => Err(Failure::new(exit::USAGE, format_args!("cannot {tried}: {error}"))),
            }
        }
        Command::Rebind { reuse } => {
            print(rebind_experiment(reuse == Reuse::Yes).map_err(Failure::to("do the experiment"))?)
        }
        Command::Nagle { host, port, nodelay, count } => {
            let addresses = failure::resolve(&host, port)?;
            let stats = nagle_rtt(&addresses[..], count, nodelay == Nodelay::On)
                .map_err(Failure::to(format!("talk with {host} port {port}")))?;
            print(stats)
        }
    }
}

fn new_socket() -> Result<Socket, Failure> {
    Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).map_err(Failure::to("make a socket"))
}

fn list(socket: &SockRef<'_>) -> Result<(), Failure> {
    for option in Opt::ALL {
        let value = options::get(socket, option).map_err(Failure::to(format!("get {}", option.name())))?;
        print(format_args!("{}={value}", option.name()))?;
    }
    Ok(())
}

fn print(line: impl std::fmt::Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{line}").map_err(Failure::to("write to standard output"))
}
