//! `async-echo`: the command line of [`async_echo::server`].

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use async_echo::signals::Signals;
use async_echo::{Cfg, listen, server};
use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, failure, sys};
use tokio::runtime::{Builder, Runtime};

/// Descriptors that are no client's: standard streams, listener, the runtime's own, and some for clients that are told to go.
const RESERVED: u64 = 32;

/// Sends back the lines of thousands of clients, each behind `ECHO: `.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = async_echo::default_port())]
    port: u16,
    /// How long a client may take from one complete line to the next
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(async_echo::default_idle_timeout()))]
    idle_timeout: Seconds,
    /// How often the metrics are logged
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(async_echo::default_metrics_interval()))]
    metrics_interval: Seconds,
    /// How long requests in progress may take when the server shuts down
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(async_echo::default_grace()))]
    grace: Seconds,
    /// Longest line taken, in bytes without its newline
    #[arg(long, value_name = "BYTES", default_value_t = async_echo::default_max_line())]
    max_line: usize,
    /// Threads that run tasks; with 1, the only thread does everything
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    worker_threads: u16,
}

fn main() -> ExitCode {
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let address = SocketAddr::new(cli.bind, cli.port);
    // Each client takes a descriptor, and the usual limit of 1,024 is soon reached. The hard one is often far above.
    let descriptors = sys::raise_nofile(u64::MAX).map_err(Failure::to("raise the limit of open files"))?;
    let cfg = Cfg {
        idle_timeout: cli.idle_timeout.0,
        metrics_interval: cli.metrics_interval.0,
        grace: cli.grace.0,
        max_line: cli.max_line,
        max_clients: descriptors.saturating_sub(RESERVED).max(1),
    };

    let runtime = runtime(cli.worker_threads).map_err(Failure::to("start the runtime"))?;
    runtime.block_on(async {
        // First of all: who sends a signal as soon as the ready line is there must not find us unprepared.
        let signals = Signals::listen().map_err(Failure::to("wait for signals"))?;
        let listener = listen::listen(address).map_err(Failure::to(format!("listen on {address}")))?;
        server::run(listener, cfg, signals.first())
            .await
            .map_err(Failure::to(format!("serve on {address} any more")))
    })
}

/// How many tasks are polled before the kernel is asked for news again. Tokio's own 61 splits the answers to a hundred clients
/// that all have said something into two turns, with an `epoll_wait` between them that finds next to nothing.
const TURN: u32 = 128;

/// What runs the tasks: this thread alone, or so many others beside it.
///
/// Both run the same program. One thread needs no synchronisation between tasks, and most servers that wait for the network
/// never fill it; several use as many processors, and pay for it with each task that wakes up on another one.
fn runtime(threads: u16) -> io::Result<Runtime> {
    match threads {
        1 => Builder::new_current_thread().event_interval(TURN).enable_all().build(),
        threads => Builder::new_multi_thread().worker_threads(threads.into()).enable_all().build(),
    }
}
