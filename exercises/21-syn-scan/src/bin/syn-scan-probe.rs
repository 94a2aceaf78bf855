//! `syn-scan-probe`: the library's functions, one command a line, for the checks (given).
//!
//! ```text
//! new SRC DST DPORT                        -> ok SPORT SEQ
//! build SRC DST SPORT DPORT SEQ            -> ok <the segment in hex>
//! classify SRC DST SPORT DPORT SEQ PACKET  -> ok open | closed | filtered icmp 3/13 | none
//! ```
//!
//! PACKET is an IPv4 packet in hex.

use std::hash::RandomState;
use std::io;
use std::net::Ipv4Addr;

use labkit::probe::{from_bytes, to_bytes};
use syn_scan::classify::{PortState, classify};
use syn_scan::layers::dissect;
use syn_scan::probe::{Probe, build};

fn main() -> io::Result<()> {
    let secret = RandomState::new();
    labkit::probe::serve(|command, words| match (command, words) {
        ("new", [src, dst, dport]) => {
            let probe = Probe::new(parse::<Ipv4Addr>(src)?, parse(dst)?, parse(dport)?, &secret);
            Ok(format!("{} {}", probe.sport, probe.seq))
        }
        ("build", words @ [_, _, _, _, _]) => Ok(from_bytes(&build(&parse_probe(words)?))),
        ("classify", [words @ .., packet]) => {
            let packet = to_bytes(packet)?;
            let packet = dissect(&packet).map_err(|error| error.to_string())?;
            Ok(match classify(&parse_probe(words)?, &packet) {
                None => "none".to_owned(),
                Some(PortState::Open) => "open".to_owned(),
                Some(PortState::Closed) => "closed".to_owned(),
                Some(PortState::Filtered(reason)) => format!("filtered {reason}"),
            })
        }
        _ => Err("usage: new | build | classify, each with its arguments".to_owned()),
    })
}

fn parse_probe(words: &[&str]) -> Result<Probe, String> {
    let [src, dst, sport, dport, seq] = words else {
        return Err("a probe is SRC DST SPORT DPORT SEQ".to_owned());
    };
    Ok(Probe {
        src: parse(src)?,
        dst: parse(dst)?,
        sport: parse(sport)?,
        dport: parse(dport)?,
        seq: parse(seq)?,
    })
}

fn parse<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("`{word}` makes no sense here"))
}
