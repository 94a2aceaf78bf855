//! `sntp`: the command line of [`sntp::client::query`].

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, exit, failure};
use sntp::client::{Patience, SntpError, query};

/// Asks a time server what time it is, and how far this machine's clock is off.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server
    server: String,
    /// Port of the server
    #[arg(long, default_value_t = 123)]
    port: u16,
    /// How many seconds to wait for an answer; fractions count
    #[arg(long, value_name = "SECONDS", default_value = "2")]
    timeout: Seconds,
    /// How many requests to send at most
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,
}

fn main() -> ExitCode {
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let patience = Patience { timeout: cli.timeout.0, tries: cli.tries };
    let mut last = Failure::new(exit::NAME, format_args!("cannot resolve {}: it has no address", cli.server));
    // A name may have several addresses, as `localhost` has: where a server is, it is asked; where none is, the next.
    for address in failure::resolve(&cli.server, cli.port)? {
        match query(address, &patience) {
            Ok(answer) => {
                return labkit::say(&mut io::stdout(), &answer.to_string())
                    .map_err(Failure::to("print the answer"));
            }
            Err(error @ SntpError::Io(_)) => last = failure_of(address, error),
            Err(error) => return Err(failure_of(address, error)),
        }
    }
    Err(last)
}

fn failure_of(server: SocketAddr, error: SntpError) -> Failure {
    let code = match &error {
        SntpError::NoAnswer(_) => exit::TIMEOUT,
        SntpError::KissOfDeath(_) | SntpError::Unsynchronised => exit::PEER,
        SntpError::Io(error) => exit::code_of(error),
    };
    Failure::new(code, format_args!("cannot get the time from {server}: {error}"))
}
