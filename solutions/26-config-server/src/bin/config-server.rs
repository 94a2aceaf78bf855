//! `config-server`: the command line of [`config_server::server`].

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use config_server::server::{self, Cfg};
use config_server::shared::Shared;
use labkit::cli::Seconds;
use labkit::{Failure, exit, failure};
use socket2::SockRef;

/// Descriptors that the server needs beside those of its sessions: the standard ones, the listener, its file, some to spare.
const OTHER_FILES: u64 = 16;

/// How many connections may wait to be accepted, so that many clients can come at once; also Linux's own limit.
const BACKLOG: i32 = 4096;

/// Keeps a configuration for its clients, who change it by whole commits.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = config_server::default_port())]
    port: u16,
    /// File that holds the configuration; without it, it is gone with the server
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// How many sessions there may be at once
    #[arg(long, value_name = "NUMBER", default_value_t = config_server::default_max_sessions())]
    max_sessions: usize,
    /// How long a client may take for a frame that it has begun, or without taking what is sent to it
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    stall_timeout: Seconds,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, store, max_sessions, stall_timeout } = cli;
    let address = SocketAddr::new(bind, port);
    // As far as the system allows: where that is not enough, the server has to cope.
    let files = (max_sessions as u64).saturating_add(OTHER_FILES);
    labkit::sys::raise_nofile(files).map_err(Failure::to("raise the limit of open files"))?;

    let name = store.as_deref().map(|file| file.display().to_string()).unwrap_or_default();
    let shared =
        Shared::open(store).map_err(|error| Failure::new(exit::FAILURE, format_args!("{name}: {error}")))?;
    let listener = TcpListener::bind(address)
        // std asks for a queue of 128 (it may be asked for again), and who finds it full tries again a second later.
        .and_then(|listener| SockRef::from(&listener).listen(BACKLOG).map(|()| listener))
        .map_err(Failure::to(format!("listen on {address}")))?;
    let cfg = Cfg { max_sessions, stall_timeout: stall_timeout.0 };
    server::run(listener, shared, cfg).map_err(Failure::to(format!("serve on {address} any more")))
}
