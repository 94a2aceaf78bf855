//! Lets the grader call the library, one command a line:
//!
//! | command | answer |
//! |---|---|
//! | `parse FRAME` | `ETHERNET-SOURCE SENDER-MAC SENDER-IP`, or `none` |
//! | `observe IP MAC ETHERNET-SOURCE SECONDS` | the events, with `, ` between them |
//! | `table MAX-HOSTS` | nothing; begins a new table |
//!
//! The first table is for 4096 hosts.

use std::io;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use arp_watch::arp::{self, ArpObs};
use arp_watch::table::{Event, Table};
use labkit::probe;

/// As `arp-watch` has it without `--max-hosts`.
const MAX_HOSTS: NonZeroUsize = NonZeroUsize::new(4096).expect("4096 is not zero");

fn main() -> io::Result<()> {
    // Made when it is asked for: `parse` can be tried before there is a table.
    let mut table: Option<Table> = None;
    probe::serve(|command, arguments| match (command, arguments) {
        ("parse", [frame]) => Ok(match arp::parse(&probe::to_bytes(frame)?) {
            Some(obs) => format!("{} {} {}", obs.ethernet_source, obs.sender_mac, obs.sender_ip),
            None => "none".to_owned(),
        }),
        ("observe", [ip, mac, ethernet_source, seconds]) => {
            let obs = ArpObs {
                ethernet_source: argument(ethernet_source)?,
                sender_mac: argument(mac)?,
                sender_ip: argument(ip)?,
            };
            let table = table.get_or_insert_with(|| Table::new(MAX_HOSTS));
            let events = table.observe(&obs, Duration::from_secs(argument(seconds)?));
            Ok(events.iter().flatten().map(name).collect::<Vec<_>>().join(", "))
        }
        ("table", [max_hosts]) => {
            table = Some(Table::new(argument(max_hosts)?));
            Ok(String::new())
        }
        _ => Err(format!("unknown command: {command} with {} arguments", arguments.len())),
    })
}

fn argument<T: FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("not understood: {word}"))
}

fn name(event: &Event) -> String {
    match event {
        Event::New => "new".to_owned(),
        Event::Same => "same".to_owned(),
        Event::Changed { old, new } => format!("changed {old} {new}"),
        Event::FlipFlop { old, new, repeated: false } => format!("flip-flop {old} {new}"),
        Event::FlipFlop { old, new, repeated: true } => format!("flip-flop {old} {new} repeated"),
        Event::ManyIps { other } => format!("many-ips {other}"),
        Event::Mismatch { repeated: false } => "mismatch".to_owned(),
        Event::Mismatch { repeated: true } => "mismatch repeated".to_owned(),
    }
}
