//! `time-server`: the command line of [`tcp_hello::serve_time`].

use std::io::{self, BufWriter};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use labkit::exit;

/// Tells its clients the time in UTC.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = tcp_hello::default_time_port())]
    port: u16,
    /// End after the first client
    #[arg(long)]
    once: bool,
}

fn main() -> ExitCode {
    let Cli { bind, port, once } = Cli::parse();
    let address = SocketAddr::new(bind, port);
    let listener = match TcpListener::bind(address) {
        Ok(listener) => listener,
        Err(error) => {
            labkit::log!(error, "cannot listen on {address}: {error}");
            return ExitCode::from(exit::code_of(&error));
        }
    };
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    match tcp_hello::serve_time(&listener, once, SystemTime::now, &mut out) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            labkit::log!(error, "cannot serve on {address} any more: {error}");
            ExitCode::from(exit::FAILURE)
        }
    }
}
