//! `frame-echo-client`: the command line of [`framing::client`].

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::process::ExitCode;

use clap::Parser;
use framing::FrameError;
use framing::client::{self, ClientError};
use labkit::exit;

/// Sends each message as a frame, and prints each reply on a line of its own.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server, and its port
    #[arg(value_name = "HOST:PORT", value_parser = host_and_port)]
    server: String,
    /// What to send; may be empty
    #[arg(value_name = "MSG", required = true)]
    messages: Vec<String>,
}

fn main() -> ExitCode {
    let Cli { server, messages } = Cli::parse();
    let addresses: Vec<SocketAddr> = match server.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            labkit::log!(error, "cannot resolve {server}: {error}");
            return ExitCode::from(exit::NAME);
        }
    };
    let mut stream = match TcpStream::connect(&addresses[..]) {
        Ok(stream) => stream,
        Err(error) => {
            labkit::log!(error, "cannot connect to {server}: {error}");
            return ExitCode::from(exit::code_of(&error));
        }
    };
    match client::converse(&mut stream, &messages, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            labkit::log!(error, "{server}: {error}");
            ExitCode::from(match &error {
                ClientError::Frame(FrameError::Io(error)) => exit::code_of(error),
                ClientError::Frame(_) | ClientError::NoReply { .. } => exit::PEER,
                ClientError::Print(_) => exit::FAILURE,
            })
        }
    }
}

/// Checks the form only; whether there is such a host shows when its name is resolved.
fn host_and_port(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        _ => Err("not of the form HOST:PORT".to_owned()),
    }
}
