//! The same report for programs: one JSON object a line.
//!
//! ```text
//! {"event":"alert","ip":"10.77.0.254","now":"02:00:0a:4d:00:42","time":"2025-01-20T14:30:55.000000Z","was":"02:00:0a:4d:00:fe"}
//! {"conflicts":[{"a":"02:…","b":"02:…","count":1,"ip":"…"}],"event":"summary","hosts":[{"count":5,"first":"…","ip":"…","last":"…","mac":"…"}]}
//! ```
//!
//! Events are `alert`, `flip-flop`, `note` and `warn`, and `summary` at the end. What [`report`](crate::report) keeps
//! to itself isn't told here either.

use std::time::Duration;

use serde_json::{Value, json};

use crate::arp::ArpObs;
use crate::report::utc;
use crate::table::{Event, Table};

/// An event as an object, if it is told.
pub fn line(obs: &ArpObs, event: &Event, now: Duration) -> Option<Value> {
    let (ip, mac, time) = (obs.sender_ip.to_string(), obs.sender_mac.to_string(), utc(now));
    match event {
        Event::Changed { old, new } => {
            let (was, now) = (old.to_string(), new.to_string());
            Some(json!({ "event": "alert", "time": time, "ip": ip, "was": was, "now": now }))
        }
        Event::FlipFlop { old, new, repeated: false } => {
            let (was, now) = (old.to_string(), new.to_string());
            Some(json!({ "event": "flip-flop", "time": time, "ip": ip, "was": was, "now": now }))
        }
        Event::ManyIps { other } => {
            Some(json!({ "event": "note", "time": time, "mac": mac, "ips": [other.to_string(), ip] }))
        }
        Event::Mismatch { repeated: false } => {
            let source = obs.ethernet_source.to_string();
            Some(
                json!({ "event": "warn", "time": time, "ip": ip, "ethernet_source": source, "arp_sender": mac }),
            )
        }
        Event::New | Event::Same | Event::FlipFlop { .. } | Event::Mismatch { .. } => None,
    }
}

/// The final object.
pub fn summary(table: &Table) -> Value {
    let hosts: Vec<Value> = table
        .hosts()
        .into_iter()
        .map(|host| {
            json!({
                "ip": host.ip.to_string(),
                "mac": host.mac.to_string(),
                "first": utc(host.first),
                "last": utc(host.last),
                "count": host.count,
            })
        })
        .collect();
    let conflicts: Vec<Value> = table
        .conflicts()
        .into_iter()
        .map(|conflict| {
            json!({
                "ip": conflict.ip.to_string(),
                "a": conflict.a.to_string(),
                "b": conflict.b.to_string(),
                "count": conflict.count,
            })
        })
        .collect();
    json!({ "event": "summary", "hosts": hosts, "conflicts": conflicts })
}
