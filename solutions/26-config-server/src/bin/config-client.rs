//! `config-client`: the command line of [`config_server::client`].

use std::io;
use std::net::TcpStream;
use std::process::ExitCode;

use clap::Parser;
use config_server::client::{self, ClientError};
use config_server::frames::FrameError;
use labkit::cli::HostPort;
use labkit::{Failure, exit, failure, stdin_channel};

/// Sends each line of standard input as a request, and prints replies and events as they come; ends with exit code 1 if a
/// request was refused.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server, and its port
    #[arg(value_name = "HOST:PORT")]
    server: HostPort,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(false) => ExitCode::from(exit::FAILURE),
        result => failure::report(result.map(drop)),
    }
}

fn run(Cli { server }: Cli) -> Result<bool, Failure> {
    let addresses = failure::resolve(&server.host, server.port)?;
    let stream = TcpStream::connect(&addresses[..]).map_err(Failure::to(format!("connect to {server}")))?;
    client::converse(stream, stdin_channel(), &mut io::stdout().lock())
        .map_err(|error| Failure::new(exit_code(&error), format_args!("{server}: {error}")))
}

fn exit_code(error: &ClientError) -> u8 {
    match error {
        ClientError::Frame(FrameError::Io(error)) => exit::code_of(error),
        ClientError::Frame(FrameError::Stalled) => exit::TIMEOUT,
        ClientError::Frame(_) | ClientError::Owed(_) => exit::PEER,
        ClientError::Input(_) | ClientError::Print(_) => exit::FAILURE,
    }
}
