//! `kv-client`: the command line of [`kv_store::client`].

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use kv_store::client;
use kv_store::proto::Reply;
use labkit::cli::Seconds;
use labkit::{Failure, exit, failure};

/// Sends one command to a KV server, and prints its reply; ends with exit code 1 if that is ERROR.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port of the server
    #[arg(long, default_value_t = 65433)]
    port: u16,
    /// How long to wait for the reply
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    timeout: Seconds,
    /// SET KEY VALUE…, GET KEY or DELETE KEY; words are joined by a space
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(Reply::Error) => ExitCode::from(exit::FAILURE),
        result => failure::report(result.map(drop)),
    }
}

fn run(cli: Cli) -> Result<Reply, Failure> {
    let Cli { host, port, timeout, words } = cli;
    let addresses = failure::resolve(&host, port)?;
    let reply = client::one_shot(&addresses, &words.join(" "), timeout.0)
        .map_err(|error| Failure::new(error.exit_code(), format_args!("{host} port {port}: {error}")))?;
    print(&reply).map_err(Failure::to("print the reply"))?;
    Ok(reply)
}

fn print(reply: &Reply) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(&reply.to_bytes())?;
    out.flush()
}
