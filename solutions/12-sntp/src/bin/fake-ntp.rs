//! `fake-ntp`: a time server that lies as it is told to. It is given, and knows nothing of the rest of the lab.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Parser, ValueEnum};
use labkit::{Failure, failure};

/// Answers NTP requests on 127.0.0.1, with a clock that is off by as much as you say.
#[derive(Parser)]
struct Cli {
    /// Port to listen on; 0 lets the kernel choose
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// By how many seconds its clock is ahead
    #[arg(long, value_name = "SECONDS", default_value_t = 3.5, allow_negative_numbers = true)]
    offset: f64,
    /// How many milliseconds it thinks about an answer
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    hold_ms: u64,
    /// How many milliseconds its answers are on their way
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    detour_ms: u64,
    /// How far it claims to be from a reference clock
    #[arg(long, default_value_t = 2)]
    stratum: u8,
    /// What is wrong with its answers
    #[arg(long)]
    bad: Option<Bad>,
    /// How many requests it loses before it answers one
    #[arg(long, value_name = "N", default_value_t = 0)]
    drop: u64,
}

/// What can be wrong with an answer.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bad {
    /// It repeats another timestamp than the request's
    Origin,
    /// It is of mode 3, as a request
    Mode,
    /// Its last byte is missing
    Short,
    /// It is a kiss of death: RATE
    Kod,
    /// It says that the clock is not synchronised
    Li3,
    /// It comes from another port
    FromOtherPort,
}

fn main() -> ExitCode {
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, cli.port));
    let socket = UdpSocket::bind(address).map_err(Failure::to(format!("bind {address}")))?;
    serve(&socket, cli).map_err(Failure::to(format!("serve on {address} any more")))
}

fn serve(socket: &UdpSocket, cli: &Cli) -> io::Result<()> {
    let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    labkit::ready("Fake NTP server", socket.local_addr()?)?;

    let mut request = [0; 1024];
    let mut requests = 0;
    loop {
        let (length, client) = socket.recv_from(&mut request)?;
        let arrived = now(cli.offset);
        if length < 48 || request[0] & 7 != 3 {
            labkit::log!(warn, "{client}: {length} bytes that are no request");
            continue;
        }
        requests += 1;
        if requests <= cli.drop {
            labkit::log!(info, "{client}: request {requests} is lost");
            continue;
        }
        thread::sleep(Duration::from_millis(cli.hold_ms));
        let answer = answer(&request, arrived, cli);
        let answer = if cli.bad == Some(Bad::Short) { &answer[..47] } else { &answer[..] };
        let from = if cli.bad == Some(Bad::FromOtherPort) { &stranger } else { socket };
        thread::sleep(Duration::from_millis(cli.detour_ms));
        labkit::log!(info, "{client}: request {requests} is answered");
        // A client that has gone is not this server's trouble.
        let _ = from.send_to(answer, client);
    }
}

/// The answer to a request that arrived at that time. It leaves now.
fn answer(request: &[u8], arrived: u64, cli: &Cli) -> [u8; 48] {
    let version = request[0] >> 3 & 7;
    let mut answer = [0; 48];
    answer[0] = version << 3 | 4;
    answer[1] = cli.stratum;
    answer[2] = request[2];
    answer[3] = (-20_i8).cast_unsigned();
    answer[12..16].copy_from_slice(b"FAKE");
    answer[16..24].copy_from_slice(&arrived.to_be_bytes());
    answer[24..32].copy_from_slice(&request[40..48]);
    answer[32..40].copy_from_slice(&arrived.to_be_bytes());
    match cli.bad {
        Some(Bad::Origin) => answer[31] ^= 1,
        Some(Bad::Mode) => answer[0] = version << 3 | 3,
        Some(Bad::Li3) => answer[0] |= 3 << 6,
        Some(Bad::Kod) => {
            answer[0] |= 3 << 6;
            answer[1] = 0;
            answer[12..16].copy_from_slice(b"RATE");
        }
        Some(Bad::Short | Bad::FromOtherPort) | None => {}
    }
    answer[40..48].copy_from_slice(&now(cli.offset).to_be_bytes());
    answer
}

/// The time by a clock that is `ahead` seconds ahead, as NTP writes it.
fn now(ahead: f64) -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = (since_1970.as_secs() + 2_208_988_800) << 32;
    let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
    let ahead = (ahead * 4_294_967_296.0) as i64;
    (seconds | fraction).wrapping_add_signed(ahead)
}
