//! `tcp-deadlock`: the command line of this lab's server and client.

use std::io::{self, BufWriter};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use labkit::cli::Seconds;
use labkit::{Failure, failure};
use tcp_deadlock::client::{self, Report, Strategy};
use tcp_deadlock::socket::{self, Buffers};
use tcp_deadlock::{data, server, stall};

/// Sends text to a server that returns it in upper case, and shows how both can wait for each other for ever.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Returns what it gets, in upper case
    Server {
        /// Name or address to listen on; "" means all
        #[arg(default_value = "127.0.0.1")]
        host: String,
        #[command(flatten)]
        common: Common,
    },
    /// Sends text, and receives it in upper case
    Client {
        /// Name or address of the server
        host: String,
        /// How much to send; rounded up to whole chunks of 16 bytes
        #[arg(default_value_t = data::default_bytes(), value_parser = clap::value_parser!(u64).range(..=1 << 60))]
        bytes: u64,
        /// How to send and receive
        #[arg(long, value_enum, default_value_t = Strategy::Naive)]
        strategy: Strategy,
        /// How long nothing may move
        #[arg(long, value_name = "SECONDS", default_value_t = Seconds(stall::default_limit()))]
        stall_timeout: Seconds,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args)]
struct Common {
    /// Port of the server; it may listen on 0, which lets the kernel choose
    #[arg(short, long, default_value_t = server::default_port())]
    port: u16,
    /// Size of the kernel's buffer for what is sent (SO_SNDBUF)
    #[arg(long, value_name = "BYTES")]
    sndbuf: Option<usize>,
    /// Size of the kernel's buffer for what is received (SO_RCVBUF)
    #[arg(long, value_name = "BYTES")]
    rcvbuf: Option<usize>,
}

impl Common {
    fn buffers(&self) -> Buffers {
        Buffers { send: self.sndbuf, receive: self.rcvbuf }
    }
}

fn main() -> ExitCode {
    failure::report(match Cli::parse().role {
        Role::Server { host, common } => serve(&host, &common),
        Role::Client { host, bytes, strategy, stall_timeout, common } => {
            transfer(&host, data::round_up(bytes), strategy, stall_timeout.0, &common)
        }
    })
}

fn serve(host: &str, common: &Common) -> Result<(), Failure> {
    let address = failure::interface(host, common.port)?;
    let listener =
        socket::listen(address, common.buffers()).map_err(Failure::to(format!("listen on {address}")))?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    server::serve(&listener, &mut out).map_err(Failure::to(format!("serve on {address} any more")))
}

fn transfer(
    host: &str,
    bytes: u64,
    strategy: Strategy,
    limit: Duration,
    common: &Common,
) -> Result<(), Failure> {
    let addresses = failure::resolve(host, common.port)?;
    let stream = socket::connect(&addresses, common.buffers())
        .map_err(Failure::to(format!("connect to {host} port {}", common.port)))?;
    print(&format!("Sending {bytes} bytes of data, in chunks of {} bytes", data::CHUNK.len()))?;

    let run = match strategy {
        Strategy::Naive => client::run_naive,
        Strategy::Threads => client::run_threads,
        Strategy::Nonblocking => client::run_nonblocking,
    };
    let Report { sent, received, first } =
        run(stream, bytes, limit).map_err(|error| Failure::new(error.exit_code(), error))?;
    print(&format!("{sent} bytes sent"))?;
    if !first.is_empty() {
        print(&format!("The first data received says \"{}\"", first.escape_ascii()))?;
    }
    print(&format!("{received} bytes received"))
}

/// A line on standard output, at once.
fn print(line: &str) -> Result<(), Failure> {
    labkit::say(&mut io::stdout(), line).map_err(Failure::to("write to standard output"))
}
