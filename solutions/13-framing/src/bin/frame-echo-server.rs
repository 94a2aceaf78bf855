//! `frame-echo-server`: the command line of [`framing::server`].

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use framing::codec::DEFAULT_MAX_FRAME;
use framing::server::{self, Cfg};
use labkit::exit;

/// Returns every length-prefixed frame its clients send, one client at a time.
#[derive(Parser)]
struct Cli {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = 65430)]
    port: u16,
    /// Longest payload taken
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_FRAME)]
    max_frame: u32,
    /// How long a client may go without a complete frame
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = labkit::time::seconds)]
    idle: Duration,
    /// How often to look at that time
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = labkit::time::seconds)]
    tick: Duration,
}

fn main() -> ExitCode {
    let Cli { bind, port, max_frame, idle, tick } = Cli::parse();
    let address = SocketAddr::new(bind, port);
    let listener = match TcpListener::bind(address) {
        Ok(listener) => listener,
        Err(error) => {
            labkit::log!(error, "cannot listen on {address}: {error}");
            return ExitCode::from(exit::code_of(&error));
        }
    };
    match run(&listener, &Cfg { max_frame, idle, tick }) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            labkit::log!(error, "cannot serve on {address} any more: {error}");
            ExitCode::from(exit::FAILURE)
        }
    }
}

fn run(listener: &TcpListener, cfg: &Cfg) -> io::Result<()> {
    labkit::ready("frame echo server", listener.local_addr()?)?;
    server::serve(listener, cfg)
}
