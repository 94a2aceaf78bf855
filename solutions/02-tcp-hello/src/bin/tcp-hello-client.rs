//! `tcp-hello-client`: the command line of [`tcp_hello::hello_client`].

use std::io::{self, BufWriter};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use labkit::exit;

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
    let Cli { host, port, message } = Cli::parse();
    let addresses: Vec<SocketAddr> = match (host.as_str(), port).to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            labkit::log!(error, "cannot resolve {host}: {error}");
            return ExitCode::from(exit::NAME);
        }
    };
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    match tcp_hello::hello_client(&addresses[..], &message, &mut out) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            labkit::log!(error, "cannot talk with {host} port {port}: {error}");
            ExitCode::from(exit::code_of(&error))
        }
    }
}
