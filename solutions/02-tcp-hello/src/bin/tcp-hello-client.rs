//! `tcp-hello-client`: the command line of [`tcp_hello::hello_client`].

use std::io::{self, BufWriter};
use std::process::ExitCode;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use labkit::{Failure, failure};

/// Says one thing to a hello server, and shows its reply.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port of the server
    #[arg(long, default_value_t = tcp_hello::default_hello_port())]
    port: u16,
    // To send no bytes is to say nothing, and both sides would wait for ever.
    /// What to say; not empty
    #[arg(long, value_name = "TEXT", default_value = "Hello from client!", value_parser = NonEmptyStringValueParser::new())]
    message: String,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { host, port, message } = cli;
    let addresses = failure::resolve(&host, port)?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    tcp_hello::hello_client(&addresses[..], &message, &mut out)
        .map_err(Failure::to(format!("talk with {host} port {port}")))
}
