//! The result, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::probe::State;
use crate::scan::Known;

/// Writes a line for each port, `Port 80 is open`, and at the end the open ones: `Open ports: 22, 80`, or
/// `Open ports: none`.
///
/// # Errors
/// When `out` can't be written.
pub fn write_text(mut out: impl Write, states: &[Known]) -> io::Result<()> {
    todo!("a line for each port, then the line with the open ones; flush")
}

/// Writes one JSON object on a line (given): `{"host":"a.test","ports":[{"port":80,"state":"open"},…]}`. A port that is not
/// open also has a `reason`: `refused`, `timeout` or `unreachable`.
///
/// # Errors
/// When `out` can't be written.
pub fn write_json(mut out: impl Write, host: &str, states: &[Known]) -> io::Result<()> {
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
    reason: Option<&'static str>,
}

impl From<&Known> for Row {
    fn from(&(port, state): &Known) -> Row {
        let (state, reason) = match state {
            State::Open => ("open", None),
            State::Closed => ("closed", Some("refused")),
            State::Filtered => ("filtered", Some("timeout")),
            State::Unreachable => ("filtered", Some("unreachable")),
        };
        Row { port, state, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_for_programs() {
        let states =
            [(80, State::Open), (81, State::Closed), (82, State::Filtered), (83, State::Unreachable)];
        let mut json = Vec::new();
        write_json(&mut json, "10.77.0.2", &states).unwrap();
        let expected = serde_json::json!({ "host": "10.77.0.2", "ports": [
            { "port": 80, "state": "open" },
            { "port": 81, "state": "closed", "reason": "refused" },
            { "port": 82, "state": "filtered", "reason": "timeout" },
            { "port": 83, "state": "filtered", "reason": "unreachable" },
        ]});
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), expected);
    }
}
