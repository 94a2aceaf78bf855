//! `tcp-shutdown`: the command line of [`tcp_shutdown::net`].

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::net::TcpListener;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use labkit::cli::{HostPort, Seconds};
use labkit::{Failure, failure};
use tcp_shutdown::net::{self, XferError};
use tcp_shutdown::{default_idle_timeout, default_transfer_port, default_wc_port};

/// Sends files, receives them, and counts their words.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Sends a file
    Send {
        /// Where the receiver listens
        #[arg(value_name = "HOST:PORT")]
        to: HostPort,
        /// What to send; - for standard input
        file: String,
    },
    /// Receives a file from whoever connects first
    Recv {
        /// Address or name of the interface to listen on; "" means all of them
        #[arg(default_value = "127.0.0.1")]
        host: String,
        /// Port to listen on; 0 lets the kernel choose
        #[arg(short, long, default_value_t = default_transfer_port())]
        port: u16,
        /// Where to store what comes, instead of standard output
        #[arg(long, value_name = "FILE")]
        out: Option<String>,
        /// Give up on a sender that is silent for so long
        #[arg(long, value_name = "SECONDS")]
        idle_timeout: Option<Seconds>,
    },
    /// Counts lines, words and bytes of what clients send
    WcServer {
        /// Address or name of the interface to listen on; "" means all of them
        #[arg(default_value = "127.0.0.1")]
        host: String,
        /// Port to listen on; 0 lets the kernel choose
        #[arg(short, long, default_value_t = default_wc_port())]
        port: u16,
        /// Give up on a client that is silent for so long
        #[arg(long, value_name = "SECONDS", default_value_t = Seconds(default_idle_timeout()))]
        idle_timeout: Seconds,
    },
    /// Has a file counted
    WcClient {
        /// Where the word counter listens
        #[arg(value_name = "HOST:PORT")]
        to: HostPort,
        /// What to have counted; - for standard input
        file: String,
    },
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse().role))
}

fn run(role: Role) -> Result<(), Failure> {
    // Through a buffer: nobody sees a line before it is flushed.
    let mut stdout = BufWriter::new(io::stdout());
    match role {
        Role::Send { to, file } => {
            let addresses = failure::resolve(&to.host, to.port)?;
            let sent =
                net::send_file(&addresses[..], input(&file)?).map_err(ended(format!("send to {to}")))?;
            labkit::log!(info, "sent {sent} bytes, end of file");
        }
        Role::Recv { host, port, out, idle_timeout } => {
            let out: Box<dyn Write> = match &out {
                Some(path) => Box::new(File::create(path).map_err(Failure::to(format!("write {path}")))?),
                None => Box::new(io::stdout()),
            };
            let listener = listen(&host, port)?;
            let idle = idle_timeout.map(|Seconds(limit)| limit);
            let received = net::recv_to(&listener, &mut stdout, BufWriter::new(out), idle)
                .map_err(ended("receive".to_owned()))?;
            labkit::log!(info, "received {received} bytes, end of file");
        }
        Role::WcServer { host, port, idle_timeout: Seconds(idle) } => {
            let listener = listen(&host, port)?;
            net::wc_serve(&listener, &mut stdout, idle).map_err(Failure::to("serve any more"))?;
        }
        Role::WcClient { to, file } => {
            let addresses = failure::resolve(&to.host, to.port)?;
            net::wc_client(&addresses[..], input(&file)?, &mut stdout).map_err(ended(format!("ask {to}")))?;
        }
    }
    Ok(())
}

/// For `map_err`: what has a message of its own is told in its words, anything else with what was tried.
fn ended(tried: String) -> impl FnOnce(XferError) -> Failure {
    move |error| match error {
        XferError::Io(error) => Failure::to(tried)(error),
        told => Failure::new(told.exit_code(), told),
    }
}

/// The file of that name; `-` is standard input.
fn input(file: &str) -> Result<Box<dyn Read>, Failure> {
    match file {
        "-" => Ok(Box::new(io::stdin())),
        path => Ok(Box::new(File::open(path).map_err(Failure::to(format!("read {path}")))?)),
    }
}

fn listen(host: &str, port: u16) -> Result<TcpListener, Failure> {
    let address = failure::interface(host, port)?;
    TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))
}
