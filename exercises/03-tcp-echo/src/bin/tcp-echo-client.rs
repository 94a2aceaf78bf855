//! `tcp-echo-client`: the command line of [`tcp_echo::client`].

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use clap::Parser;
use labkit::exit;
use tcp_echo::client::{self, ClientError, PROMPT};

/// Sends lines to an echo server and prints its replies, until a line says exit or the input ends.
#[derive(Parser)]
struct Cli {
    /// Name or address of the server
    #[arg(long, default_value = "localhost")]
    host: String,
    /// Port of the server
    #[arg(long, default_value_t = 9999)]
    port: u16,
    /// Send TEXT as if it had been typed, and end after its reply; may be given several times
    #[arg(long = "message", value_name = "TEXT")]
    messages: Vec<OsString>,
}

fn main() -> ExitCode {
    match converse(Cli::parse()) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            labkit::log!(error, "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Talks to the server with the messages of the command line or, if there are none, with the user.
fn converse(cli: Cli) -> Result<(), ClientError> {
    let stream = client::connect(&cli.host, cli.port)?;
    let (input, out) = (io::stdin(), io::stdout().lock());
    if cli.messages.is_empty() {
        let prompt = input.is_terminal().then_some(PROMPT);
        client::interactive(stream, input.lock(), out, prompt)
    } else {
        client::interactive(stream, typed(cli.messages).as_slice(), out, None)
    }
}

/// The messages as a user would have typed them, each with its newline.
fn typed(messages: Vec<OsString>) -> Vec<u8> {
    messages.into_iter().flat_map(|message| [message.into_vec(), b"\n".to_vec()].concat()).collect()
}
