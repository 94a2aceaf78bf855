//! `frame-echo-client`: the command line of [`framing::client`].

use std::io;
use std::net::TcpStream;
use std::process::ExitCode;

use clap::Parser;
use framing::FrameError;
use framing::client::{self, ClientError};
use labkit::cli::HostPort;
use labkit::{Failure, exit, failure};

/// Sends each message as a frame, and prints each reply on a line of its own.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server, and its port
    #[arg(value_name = "HOST:PORT")]
    server: HostPort,
    /// What to send; may be empty
    #[arg(value_name = "MSG", required = true)]
    messages: Vec<String>,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { server, messages } = cli;
    let addresses = failure::resolve(&server.host, server.port)?;
    let mut stream =
        TcpStream::connect(&addresses[..]).map_err(Failure::to(format!("connect to {server}")))?;
    client::converse(&mut stream, &messages, &mut io::stdout().lock())
        .map_err(|error| Failure::new(exit_code(&error), format_args!("{server}: {error}")))
}

fn exit_code(error: &ClientError) -> u8 {
    match error {
        ClientError::Frame(FrameError::Io(error)) => exit::code_of(error),
        ClientError::Frame(_) | ClientError::NoReply { .. } => exit::PEER,
        ClientError::Print(_) => exit::FAILURE,
    }
}
