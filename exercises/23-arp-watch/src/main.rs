//! Watches ARP in a capture file or on an interface.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use arp_watch::live;
use arp_watch::source::Source;
use arp_watch::table::Table;
use arp_watch::watch::{Format, Watcher};
use clap::Parser;
use labkit::cli::Seconds;
use labkit::exit;
use labkit::pcap::Packet;
use labkit::sniff::Error;

/// Reports addresses that change hands, and who claims what.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    input: Input,
    /// Stop after so many seconds [default: at Ctrl+C]
    #[arg(long, value_name = "SECONDS", conflicts_with = "read")]
    duration: Option<Seconds>,
    /// Remember so many hosts; the one heard longest ago is forgotten first
    #[arg(long, value_name = "N", default_value = "4096")]
    max_hosts: NonZeroUsize,
    /// Exit with 1 if an address changed hands
    #[arg(long)]
    fail_on_alert: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Input {
    /// Read a capture file (pcap or pcapng)
    #[arg(long, value_name = "FILE")]
    read: Option<PathBuf>,
    /// Watch an interface; needs CAP_NET_RAW
    #[arg(long, value_name = "NAME")]
    iface: Option<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(alerted) if alerted && args.fail_on_alert => ExitCode::from(exit::FAILURE),
        Ok(_) => ExitCode::from(exit::OK),
        Err(error) => {
            eprintln!("arp-watch: {error:#}");
            ExitCode::from(error.downcast_ref().map_or(exit::FAILURE, Error::exit_code))
        }
    }
}

/// Watches to the end; whether an address changed hands.
fn run(args: &Args) -> Result<bool> {
    let source = match (&args.input.read, &args.input.iface) {
        (Some(file), _) => Source::from_file(file)?,
        (None, interface) => Source::Interface(live::from_interface(
            interface.as_deref().unwrap_or_default(),
            args.duration.map(|Seconds(time)| time),
        )?),
    };
    let format = if args.json { Format::Json } else { Format::Text };
    let mut watcher = Watcher::new(Table::new(args.max_hosts), format, io::stdout().lock());
    // What was seen before the source failed is worth its report.
    let outcome = watch(source, &mut watcher);
    let alerted = watcher.finish()?;
    outcome.map(|()| alerted)
}

/// Shows the watcher every frame.
fn watch(mut source: Source, watcher: &mut Watcher<impl Write>) -> Result<()> {
    let mut frame = Packet::default();
    while source.next_into(&mut frame)? {
        watcher.see(&frame)?;
    }
    Ok(())
}
