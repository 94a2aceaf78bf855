//! Overhears HTTP requests in a capture file or on an interface.

use std::io;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use http_sniff::live;
use http_sniff::report::Report;
use http_sniff::sniffer::{Format, Sniffer};
use http_sniff::table::{Flows, Limits};
use labkit::cli::Seconds;
use labkit::sniff::{self, Frames, Live};
use labkit::{Interrupt, exit};

/// Tells who asks which web server for what, as long as it isn't encrypted.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    input: Input,
    /// The port on which the servers listen
    #[arg(long, value_name = "PORT", default_value = "80")]
    port: u16,
    /// Stop after so many requests
    #[arg(long, value_name = "N")]
    count: Option<NonZeroU64>,
    /// Stop after so many seconds [default: at Ctrl+C]
    #[arg(long, value_name = "SECONDS", conflicts_with = "read")]
    duration: Option<Seconds>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Follow so many flows at once; the one that was silent longest is forgotten first
    #[arg(long, value_name = "N", default_value = "4096")]
    max_flows: NonZeroUsize,
    /// Forget a flow that was silent for so long
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    idle: Seconds,
    /// List so many hosts, and so many URLs, in the summary; the others are only counted
    #[arg(long, value_name = "N", default_value = "10000")]
    max_names: NonZeroUsize,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Input {
    /// Read a capture file (pcap or pcapng)
    #[arg(long, value_name = "FILE")]
    read: Option<PathBuf>,
    /// Listen to an interface; needs CAP_NET_RAW
    #[arg(long, value_name = "NAME")]
    iface: Option<String>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            labkit::log!(error, "{error:#}");
            ExitCode::from(error.downcast_ref().map_or(exit::FAILURE, sniff::Error::exit_code))
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let flows = Flows::new(args.port, Limits { max_flows: args.max_flows, idle: args.idle.0 });
    let format = if args.json { Format::Json } else { Format::Text };
    let count = args.count.map(NonZeroU64::get);
    let mut sniffer = Sniffer::new(flows, Report::new(args.max_names), count, format, io::stdout().lock());
    let outcome = match (&args.input.read, &args.input.iface) {
        (Some(file), _) => read(Frames::from_file(file)?, &mut sniffer),
        (None, interface) => {
            let interrupt = Interrupt::hold_back().context("cannot hold Ctrl+C back")?;
            let mut live = Live::open(interface.as_deref().unwrap_or_default())?;
            live::listen(&mut live, &mut sniffer, &interrupt, args.duration.map(|Seconds(time)| time))
        }
    };
    // What was heard before the source failed is worth its summary.
    sniffer.finish()?;
    outcome
}

/// Hands every frame of a file to the sniffer, until it has enough.
fn read(frames: Frames, sniffer: &mut Sniffer<impl io::Write>) -> Result<()> {
    for frame in frames {
        sniffer.hear(&frame?)?;
        if sniffer.has_enough() {
            break;
        }
    }
    Ok(())
}
