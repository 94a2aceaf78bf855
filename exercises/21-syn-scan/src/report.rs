//! The result, for people and for programs (given).

use std::io::{self, Write};

use serde::Serialize;

use crate::classify::PortState;

/// Writes a line for each port: `80/tcp OPEN`.
pub fn write_text(mut out: impl Write, states: &[(u16, PortState)]) -> io::Result<()> {
    for (port, state) in states {
        writeln!(out, "{port}/tcp {state}")?;
    }
    out.flush()
}

/// Writes one JSON object on a line: `{"host":"10.77.0.2","ports":[{"port":80,"state":"open"},…]}`. Filtered ports
/// also have a `reason`.
pub fn write_json(mut out: impl Write, host: &str, states: &[(u16, PortState)]) -> io::Result<()> {
    serde_json::to_writer(&mut out, &Report { host, ports: states.iter().map(Row::from).collect() })?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Report<'a> {
    host: &'a str,
    ports: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    port: u16,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<&(u16, PortState)> for Row {
    fn from(&(port, state): &(u16, PortState)) -> Row {
        let (state, reason) = match state {
            PortState::Open => ("open", None),
            PortState::Closed => ("closed", None),
            PortState::Filtered(reason) => ("filtered", Some(reason.to_string())),
        };
        Row { port, state, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Reason;

    const STATES: [(u16, PortState); 4] = [
        (80, PortState::Open),
        (81, PortState::Closed),
        (82, PortState::Filtered(Reason::NoResponse)),
        (83, PortState::Filtered(Reason::Icmp { code: 13 })),
    ];

    #[test]
    fn a_line_a_port() {
        let mut text = Vec::new();
        write_text(&mut text, &STATES).unwrap();
        let lines =
            "80/tcp OPEN\n81/tcp CLOSED\n82/tcp FILTERED (no response)\n83/tcp FILTERED (icmp 3/13)\n";
        assert_eq!(String::from_utf8(text).unwrap(), lines);
    }

    #[test]
    fn an_object_for_programs() {
        let mut json = Vec::new();
        write_json(&mut json, "10.77.0.2", &STATES).unwrap();
        let expected = serde_json::json!({ "host": "10.77.0.2", "ports": [
            { "port": 80, "state": "open" },
            { "port": 81, "state": "closed" },
            { "port": 82, "state": "filtered", "reason": "no response" },
            { "port": 83, "state": "filtered", "reason": "icmp 3/13" },
        ]});
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), expected);
    }
}
