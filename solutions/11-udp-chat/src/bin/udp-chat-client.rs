//! `udp-chat-client`: the command line of [`udp_chat::client`].

use std::io::{self, BufReader, BufWriter, IsTerminal};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use labkit::cli::{HostPort, Seconds};
use labkit::{Failure, failure};
use udp_chat::client;

/// Joins a chat: sends the lines that are typed, shows what the others say. `/quit` leaves.
// Named here for errors of our own: clap learns the program's name only when it parses.
#[derive(Parser)]
#[command(name = "udp-chat-client")]
struct Cli {
    /// Name or address of the server, and its port
    #[arg(long, value_name = "HOST:PORT", default_value_t = default_server())]
    server: HostPort,
    /// Name in the chat; at a terminal the program asks for it
    #[arg(long, value_name = "NAME")]
    nick: Option<String>,
    /// How often to show that one is still there
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(udp_chat::default_ping_interval()))]
    ping_interval: Seconds,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.nick.is_none() && !io::stdin().is_terminal() {
        let missing = "without a terminal to ask at, --nick <NAME> is needed";
        Cli::command().error(ErrorKind::MissingRequiredArgument, missing).exit();
    }
    failure::report(run(cli))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let server = failure::first_address(&cli.server.host, cli.server.port)?;
    let socket = client::connect(server).map_err(Failure::to(format!("reach {server}")))?;
    // One reader for all: what it has read ahead would be lost with it.
    let mut input = BufReader::new(io::stdin());
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    let nick = match cli.nick {
        Some(nick) => nick,
        None => {
            match client::ask_nickname(&mut input, &mut out).map_err(Failure::to("ask for a nickname"))? {
                Some(nick) => nick,
                None => return Ok(()),
            }
        }
    };
    client::chat(socket, &nick, cli.ping_interval.0, input, &mut out)
        .map_err(Failure::to(format!("chat at {server}")))
}

fn default_server() -> HostPort {
    HostPort { host: "127.0.0.1".to_owned(), port: udp_chat::default_port() }
}
