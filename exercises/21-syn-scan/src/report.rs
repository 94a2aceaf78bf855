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
