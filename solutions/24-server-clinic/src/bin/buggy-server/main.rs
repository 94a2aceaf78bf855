//! `buggy-server`: sends lines back in capitals. It has been in use in an office of six for a year.
//!
//! This program is given, and stays as it is: you look for what is wrong with it, and mend a copy.

mod client;
mod clients;
mod limits;
mod metrics;
mod requests;
mod server;
mod signals;

use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use std::{io, panic, process};

use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, failure};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;

use crate::signals::Signals;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How many people work in the office.
const OFFICE: usize = 6;

/// Sends back the lines of its clients in capitals, each behind `ECHO: `.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = 9995)]
    port: u16,
    /// How many clients at once
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_clients: usize,
    /// How many of the last requests are kept
    #[arg(long, value_name = "N", default_value_t = 1000)]
    queue_size: usize,
    /// How long a client may take from one complete line to the next
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Duration::from_secs(30)))]
    idle_timeout: Seconds,
    /// How often the metrics are logged
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Duration::from_secs(10)))]
    metrics_interval: Seconds,
    /// How long requests in progress may take when the server shuts down
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Duration::from_secs(5)))]
    grace: Seconds,
}

/// How the server behaves, as chosen on its command line.
#[derive(Debug)]
struct Config {
    max_clients: usize,
    queue_size: usize,
    idle_timeout: Duration,
    metrics_interval: Duration,
    grace: Duration,
}

fn main() -> ExitCode {
    end_on_panic();
    failure::report(run(Cli::parse()))
}

/// After a panic nobody knows what is still right: better no server than one that serves nonsense.
fn end_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        report(info);
        process::abort();
    }));
}

fn run(cli: Cli) -> Result<(), Failure> {
    let address = SocketAddr::new(cli.bind, cli.port);
    let config = Config {
        max_clients: cli.max_clients,
        queue_size: cli.queue_size,
        idle_timeout: cli.idle_timeout.0,
        metrics_interval: cli.metrics_interval.0,
        grace: cli.grace.0,
    };
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(Failure::to("start the runtime"))?;
    runtime.block_on(async {
        let signals = Signals::listen().map_err(Failure::to("wait for signals"))?;
        let listener = listen(address).map_err(Failure::to(format!("listen on {address}")))?;
        limits::leave_descriptors(OFFICE).map_err(Failure::to("limit the descriptors"))?;
        server::run(listener, config, signals)
            .await
            .map_err(Failure::to(format!("serve on {address} any more")))
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
