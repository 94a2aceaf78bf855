//! `udp-reliable`: the command line of [`udp_reliable::server`] and [`udp_reliable::client`].

use std::io::{self, BufWriter};
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use labkit::cli::Seconds;
use labkit::{Failure, exit, failure, say};
use udp_reliable::backoff::schedule;
use udp_reliable::chance::Chance;
use udp_reliable::client::{GiveUp, request, request_from_anybody};
use udp_reliable::server::{DropPolicy, Fate, serve};

/// Requests over a network that loses them.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Answers requests, and loses some of them on purpose
    Server {
        /// Address to listen on; "" for all of this machine
        #[arg(default_value = "127.0.0.1")]
        host: String,
        /// Port to listen on; 0 lets the kernel choose
        #[arg(short, long, default_value_t = 1060)]
        port: u16,
        /// Which part of the requests is lost
        #[arg(long, value_name = "PART", default_value_t = 0.5, value_parser = part)]
        drop_rate: f64,
        /// Makes the same random choices each time
        #[arg(long)]
        seed: Option<u64>,
        /// What becomes of the first requests: D drop, P pass, as in DDP; after its end all pass
        #[arg(long, value_name = "SCRIPT", value_parser = script)]
        drop_script: Option<Script>,
    },
    /// Sends a request until it is answered
    Client {
        /// Name or address of the server
        host: String,
        /// Port of the server
        #[arg(short, long, default_value_t = 1060)]
        port: u16,
        /// What to send
        #[arg(long, value_name = "TEXT", default_value = "This is another message")]
        message: String,
        /// How long to wait for the first attempt; each one after it waits twice as long
        #[arg(long, value_name = "SECONDS", default_value = "0.1")]
        initial: Seconds,
        /// How long to wait for an attempt at most
        #[arg(long, value_name = "SECONDS", default_value = "2.0")]
        max: Seconds,
        /// Send the bare message, and believe whoever answers
        #[arg(long)]
        promiscuous: bool,
    },
}

type Script = Vec<Fate>;

fn main() -> ExitCode {
    failure::report(match Cli::parse().role {
        Role::Server { host, port, drop_rate, seed, drop_script } => {
            let script = drop_script.map(IntoIterator::into_iter);
            run_server(&host, port, DropPolicy { script, rate: drop_rate, chance: Chance::new(seed) })
        }
        Role::Client { initial: Seconds(initial), max: Seconds(max), .. } if initial > max => {
            Cli::command().error(ErrorKind::ValueValidation, "--initial is more than --max").exit()
        }
        Role::Client { host, port, message, initial, max, promiscuous } => {
            run_client(&host, port, &message, &schedule(initial.0, max.0), promiscuous)
        }
    })
}

fn run_server(host: &str, port: u16, policy: DropPolicy) -> Result<(), Failure> {
    let address = failure::interface(host, port)?;
    let socket = UdpSocket::bind(address).map_err(Failure::to(format!("listen on {address}")))?;
    // Through a buffer: nobody sees a line before it is flushed.
    let mut out = BufWriter::new(io::stdout());
    serve(&socket, policy, &mut out).map_err(Failure::to(format!("serve on {address} any more")))
}

fn run_client(
    host: &str,
    port: u16,
    message: &str,
    delays: &[Duration],
    promiscuous: bool,
) -> Result<(), Failure> {
    let server = resolve(host, port)?;
    let mut out = BufWriter::new(io::stdout());
    let reply = match promiscuous {
        true => request_from_anybody(server, message.as_bytes(), delays, &mut out),
        false => request(server, message.as_bytes(), delays, &mut out),
    };
    let reply = reply.map_err(|error| match error {
        GiveUp::NoResponse => Failure::new(exit::TIMEOUT, error),
        GiveUp::Io(error) => Failure::to(format!("ask {server}"))(error),
    })?;
    say(&mut out, &format!("The server says {:?}", String::from_utf8_lossy(&reply)))
        .map_err(Failure::to("print the reply"))
}

/// The host's address. UDP can't tell which of several has a server; most of those in these labs have IPv4.
fn resolve(host: &str, port: u16) -> Result<SocketAddr, Failure> {
    let addresses = failure::resolve(host, port)?;
    let best = addresses.iter().find(|address| address.is_ipv4()).or_else(|| addresses.first());
    best.copied().ok_or_else(|| Failure::new(exit::NAME, format_args!("{host} has no address")))
}

fn script(text: &str) -> Result<Script, String> {
    text.chars()
        .map(|letter| match letter {
            'D' => Ok(Fate::Drop),
            'P' => Ok(Fate::Pass),
            other => Err(format!("`{other}` is neither D (drop) nor P (pass)")),
        })
        .collect()
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "not a number from 0 to 1".to_owned())
}
