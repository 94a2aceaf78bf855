//! `tcp-watch`: the command line of [`packet_craft::watch`] (given).

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use labkit::{Failure, failure, say, sniff};
use packet_craft::live::{self, Frames};
use packet_craft::watch::Watch;

/// Shows the segments of a port's TCP connections, and how these begin and end.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    input: Input,
    /// The port to watch
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Stop after so many segments [default: at the end of the file, or at Ctrl+C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
}

#[derive(clap::Args)]
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
    failure::report(run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let frames: Frames = match (&cli.input.read, &cli.input.iface) {
        (Some(file), _) => Box::new(sniff::Frames::from_file(file)?),
        (None, interface) => live::from_interface(interface.as_deref().unwrap_or_default())?,
    };
    let mut out = io::stdout().lock();
    let mut watch = Watch::new(cli.port);
    let mut left = cli.count.unwrap_or(u64::MAX);
    for frame in frames {
        let lines = watch.see(&frame?.data);
        left -= u64::from(!lines.is_empty());
        for line in &lines {
            say(&mut out, line).map_err(Failure::to("write"))?;
        }
        if left == 0 {
            break;
        }
    }
    Ok(())
}
