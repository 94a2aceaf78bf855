//! `c10k-server`: the command line of [`c10k::server`].

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use c10k::limits::{self, RESERVED};
use c10k::signals::Signals;
use c10k::{Cfg, listen, server};
use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, failure};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Sends back the lines of ten thousand clients, each behind `ECHO: `.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = c10k::default_port())]
    port: u16,
    /// How many clients are served at once, if there are descriptors for them
    #[arg(long, value_name = "NUMBER", default_value_t = c10k::default_max_clients())]
    max_clients: usize,
    /// How many connections may wait to be accepted
    #[arg(long, value_name = "NUMBER", default_value_t = c10k::default_backlog())]
    backlog: u16,
    /// How long a client may take from one complete line to the next
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(c10k::default_idle_timeout()))]
    idle_timeout: Seconds,
    /// How long a client may take to make room for its answers
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(c10k::default_write_timeout()))]
    write_timeout: Seconds,
    /// How long requests in progress may take when the server shuts down
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(c10k::default_grace()))]
    grace: Seconds,
    /// Longest line taken, in bytes without its newline
    #[arg(long, value_name = "BYTES", default_value_t = c10k::default_max_line())]
    max_line: usize,
    /// Threads that run tasks; with 1, the only thread does everything
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    worker_threads: u16,
    /// Let other processes listen on the same port, if they ask for it as well
    #[arg(long)]
    reuse_port: bool,
}

fn main() -> ExitCode {
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let address = SocketAddr::new(cli.bind, cli.port);
    let cfg = Cfg {
        max_clients: seats(cli.max_clients)?,
        idle_timeout: cli.idle_timeout.0,
        write_timeout: cli.write_timeout.0,
        grace: cli.grace.0,
        max_line: cli.max_line,
    };

    let runtime = runtime(cli.worker_threads).map_err(Failure::to("start the runtime"))?;
    runtime.block_on(async {
        // First of all: who sends a signal as soon as the ready line is there must not find us unprepared.
        let signals = Signals::listen().map_err(Failure::to("wait for signals"))?;
        let listener = listen::listen(address, cli.backlog, cli.reuse_port)
            .and_then(TcpListener::from_std)
            .map_err(Failure::to(format!("listen on {address}")))?;
        server::serve(listener, cfg, signals.first())
            .await
            .map_err(Failure::to(format!("serve on {address} any more")))
    })
}

/// Gets as many descriptors as so many clients need, if they are to be had; how many clients that makes.
fn seats(max_clients: usize) -> Result<usize, Failure> {
    let want = (max_clients as u64).saturating_add(RESERVED);
    let have = limits::raise_nofile(want).map_err(Failure::to("raise the limit of open files"))?;
    let seats = limits::seats(have, max_clients);
    labkit::log!(info, "open files: {have} of {want} wanted, room for {seats} clients");
    Ok(seats)
}

/// How many tasks are polled before the kernel is asked for news again: as in lab 19.
const TURN: u32 = 128;

/// What runs the tasks: this thread alone, or so many others beside it.
fn runtime(threads: u16) -> io::Result<Runtime> {
    match threads {
        1 => Builder::new_current_thread().event_interval(TURN).enable_all().build(),
        threads => Builder::new_multi_thread().worker_threads(threads.into()).enable_all().build(),
    }
}
