//! `udp-hello-client`: the command line of [`udp_hello::client`].

use std::io::{self, BufWriter, IsTerminal};
use std::process::ExitCode;

use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, failure};
use udp_hello::client::{self, AskOptions};
use udp_hello::server;

/// Sends one datagram, and shows the one that comes back.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server; of several addresses the first is taken
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port of the server
    #[arg(long, default_value_t = server::default_port())]
    port: u16,
    /// What to say, also nothing. Without it, a person at a terminal is asked
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// How long to wait for the reply
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(client::default_timeout()))]
    timeout: Seconds,
    /// Connect the socket before sending: the kernel then tells if nobody is there
    #[arg(long)]
    connected: bool,
    /// Send, and don't wait for a reply
    #[arg(long)]
    no_wait: bool,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { host, port, message, timeout, connected, no_wait } = cli;
    let server = failure::first_address(&host, port)?;

    // Through a buffer: nobody sees a line, or a prompt, before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    let stdin = io::stdin();
    let at_terminal = stdin.is_terminal();
    let Some(message) = client::message(message, at_terminal, &mut stdin.lock(), &mut out)
        .map_err(Failure::to("read a message"))?
    else {
        return Ok(());
    };

    let options = AskOptions { timeout: timeout.0, connected, wait: !no_wait };
    client::ask(server, &message, &options, &mut out)
        .map_err(|error| Failure::new(error.exit_code(), format_args!("cannot ask {server}: {error}")))
}
