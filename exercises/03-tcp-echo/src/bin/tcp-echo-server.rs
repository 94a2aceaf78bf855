//! `tcp-echo-server`: the command line of [`tcp_echo::server`].

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use labkit::exit;
use tcp_echo::server::{self, Config, DEFAULT_MAX_LINE, DEFAULT_PREFIX, LineConfig, Mode};

/// Sends back what its clients send, one client at a time.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = 9999)]
    port: u16,
    /// How to echo
    #[arg(long, value_enum, default_value = "line")]
    mode: EchoMode,
    /// What stands before every echoed line
    #[arg(long, default_value = DEFAULT_PREFIX)]
    prefix: OsString,
    /// Echo lines in capitals
    #[arg(long)]
    upper: bool,
    /// End after the first client
    #[arg(long)]
    once: bool,
    /// Longest line taken, in bytes without its newline
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_LINE)]
    max_line: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum EchoMode {
    /// Answer every line with the prefix and the line, TIME with the time
    Line,
    /// Return every byte as it came; --prefix, --upper and --max-line have no effect
    Exact,
}

impl Cli {
    fn into_config(self) -> Config {
        let mode = match self.mode {
            EchoMode::Exact => Mode::Exact,
            EchoMode::Line => Mode::Line(LineConfig {
                prefix: self.prefix.into_vec(),
                upper: self.upper,
                max_line: self.max_line,
            }),
        };
        Config { mode, once: self.once }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let address = SocketAddr::new(cli.bind, cli.port);
    let listener = match TcpListener::bind(address) {
        Ok(listener) => listener,
        Err(error) => {
            labkit::log!(error, "cannot listen on {address}: {error}");
            return ExitCode::from(exit::code_of(&error));
        }
    };
    match server::run(listener, cli.into_config()) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            labkit::log!(error, "cannot serve on {address} any more: {error}");
            ExitCode::from(exit::FAILURE)
        }
    }
}
