//! `safe-client`: the command line of [`net_errors`].

use std::io;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use labkit::cli::Seconds;
use labkit::{Failure, failure};
use net_errors::NetError;

/// Says one thing to a server, and shows its reply or what went wrong.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server
    host: String,
    /// Port of the server
    #[arg(value_parser = net_errors::parse_port)]
    port: u16,
    /// What to say
    #[arg(long, value_name = "TEXT", default_value = "Hello")]
    message: String,
    /// How long all of it may take
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    timeout: Seconds,
}

fn main() -> ExitCode {
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let reply = talk(cli).map_err(|error| Failure::new(error.exit_code(), error))?;
    labkit::say(&mut io::stdout(), &format!("Received: {}", String::from_utf8_lossy(&reply)))
        .map_err(Failure::to("print the reply"))
}

fn talk(cli: &Cli) -> Result<Vec<u8>, NetError> {
    let deadline = Instant::now() + cli.timeout.0;
    let mut stream = net_errors::connect_any(&cli.host, cli.port, deadline)?;
    net_errors::exchange(&mut stream, cli.message.as_bytes(), deadline)
}
