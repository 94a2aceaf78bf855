//! What is printed, word by word as the crate's documentation fixes it.

use std::time::{Duration, UNIX_EPOCH};

use labkit::time::iso8601;

use crate::arp::ArpObs;
use crate::table::{Event, Table};

/// The line that an event is worth, without its newline; `None` for what is only counted.
pub fn line(obs: &ArpObs, event: &Event) -> Option<String> {
    // begin solution: one line for what is told, nothing for what is usual or repeated
    let ArpObs { ethernet_source, sender_mac, sender_ip } = obs;
    match event {
        Event::Changed { old, new } => Some(format!("ALERT duplicate IP {sender_ip}: was {old}, now {new}")),
        Event::FlipFlop { old, new, repeated: false } => {
            Some(format!("FLIP-FLOP {sender_ip}: was {old}, now {new}"))
        }
        Event::ManyIps { other } => {
            Some(format!("NOTE one MAC, many IPs: {sender_mac} has {other}, {sender_ip}"))
        }
        Event::Mismatch { repeated: false } => Some(format!(
            "WARN mismatch {sender_ip}: Ethernet source {ethernet_source}, ARP sender {sender_mac}"
        )),
        Event::New | Event::Same | Event::FlipFlop { .. } | Event::Mismatch { .. } => None,
    }
    // end solution
}

/// The final lines, each with its newline: header, hosts, conflicts.
pub fn summary(table: &Table) -> String {
    // begin solution: the header, a row for each host, a line for each conflict
    let header = "IP MAC first last count\n".to_owned();
    let hosts = table.hosts().into_iter().map(|host| {
        format!("{} {} {} {} {}\n", host.ip, host.mac, utc(host.first), utc(host.last), host.count)
    });
    let conflicts = table.conflicts().into_iter().map(|conflict| {
        format!("conflict {} {} {} {}\n", conflict.ip, conflict.a, conflict.b, conflict.count)
    });
    [header].into_iter().chain(hosts).chain(conflicts).collect()
    // end solution
}

/// A time since 1970-01-01 UTC as text; 1970-01-01 itself for one that the system can't express (a capture may say
/// anything).
pub fn utc(since_1970: Duration) -> String {
    iso8601(UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH))
}
