//! `pkt`: the command line of [`packet_craft::parse`] (given).

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use labkit::sniff::Frames;
use labkit::{Failure, failure, hex};
use packet_craft::parse::dissect;
use packet_craft::render::render;

/// Shows what packets are made of.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take frames apart, layer by layer
    Dissect {
        /// A capture file, or one Ethernet frame in hex (blanks and colons between the digits don't matter)
        #[arg(value_name = "FILE|HEX")]
        input: String,
    },
}

fn main() -> ExitCode {
    let Command::Dissect { input } = Cli::parse().command;
    failure::report(show(&input))
}

fn show(input: &str) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let digits: String = input.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
    match hex::decode(&digits).filter(|_| !Path::new(input).exists()) {
        Some(frame) => {
            out.write_all(shown(1, &frame, frame.len()).as_bytes()).map_err(Failure::to("write"))?;
        }
        None => {
            for (number, frame) in (1..).zip(Frames::from_file(input)?) {
                let frame = frame?;
                let text = shown(number, &frame.data, frame.original_len as usize);
                out.write_all(text.as_bytes()).map_err(Failure::to("write"))?;
            }
        }
    }
    out.flush().map_err(Failure::to("write"))
}

/// The lines of a frame; `length` is how long it was on the wire.
fn shown(number: u64, frame: &[u8], length: usize) -> String {
    let cut = match frame.len() {
        captured if captured < length => format!(" ({captured} of them captured)"),
        _ => String::new(),
    };
    let layers = match dissect(frame) {
        Ok(layers) => render(&layers),
        Err(error) => format!("  {error}\n"),
    };
    format!("frame {number}: {length} bytes{cut}\n{layers}")
}
