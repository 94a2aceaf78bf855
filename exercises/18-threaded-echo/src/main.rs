//! `threaded-echo`: the command line of [`threaded_echo::server`].

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use clap::Parser;
use labkit::{Failure, failure};
use socket2::SockRef;
use threaded_echo::conversation::{DEFAULT_MAX_LINE, DEFAULT_PREFIX, LineConfig};
use threaded_echo::server::{self, Cfg};

/// Descriptors that the server needs beside those of its clients: the standard ones, the listener, and some to spare.
const OTHER_FILES: u64 = 16;

/// How many connections may wait to be accepted, so that many clients can come at once; also Linux's own limit.
const BACKLOG: i32 = 4096;

/// Sends back what its clients send, to several clients at once.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = threaded_echo::default_port())]
    port: u16,
    /// How many clients are served at once
    #[arg(long, value_name = "NUMBER", default_value_t = threaded_echo::default_max_clients())]
    max_clients: usize,
    /// What stands before every echoed line
    #[arg(long, default_value = DEFAULT_PREFIX)]
    prefix: OsString,
    /// Longest line taken, in bytes without its newline
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_LINE)]
    max_line: usize,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { bind, port, max_clients, prefix, max_line } = cli;
    let address = SocketAddr::new(bind, port);
    // As far as the system allows: where that is not enough, the server has to cope.
    let files = (max_clients as u64).saturating_add(OTHER_FILES);
    labkit::sys::raise_nofile(files).map_err(Failure::to("raise the limit of open files"))?;

    let listener = TcpListener::bind(address)
        // std asks for a queue of 128 (it may be asked for again), and who finds it full tries again a second later.
        .and_then(|listener| SockRef::from(&listener).listen(BACKLOG).map(|()| listener))
        .map_err(Failure::to(format!("listen on {address}")))?;
    let lines = LineConfig { prefix: prefix.into_vec(), max_line };
    server::run(listener, Cfg { max_clients, lines })
        .map_err(Failure::to(format!("serve on {address} any more")))
}
