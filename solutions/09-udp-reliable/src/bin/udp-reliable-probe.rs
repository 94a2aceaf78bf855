//! `udp-reliable-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `schedule INITIAL MAX` | the delays; all in milliseconds |
//! | `encode TYPE ID PAYLOAD` | the datagram; TYPE is `request` or `response`, ID decimal |
//! | `decode DATAGRAM` | `TYPE ID PAYLOAD`, as for `encode` |
//!
//! Bytes are hex, empty ones `-`.

use std::io;
use std::str::FromStr;
use std::time::Duration;

use labkit::probe::{from_bytes, to_bytes};
use udp_reliable::backoff::schedule;
use udp_reliable::wire::{Kind, Msg, decode, encode};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("schedule", [initial, max]) => {
            let milliseconds = |text| number(text).map(Duration::from_millis);
            let delays = schedule(milliseconds(initial)?, milliseconds(max)?);
            Ok(delays.iter().map(|delay| delay.as_millis().to_string()).collect::<Vec<_>>().join(" "))
        }
        ("encode", [kind, id, payload]) => {
            let kind = match *kind {
                "request" => Kind::Request,
                "response" => Kind::Response,
                other => return Err(format!("neither request nor response: {other}")),
            };
            Ok(from_bytes(&encode(&Msg { kind, id: number(id)?, payload: to_bytes(payload)? })))
        }
        ("decode", [datagram]) => {
            let Msg { kind, id, payload } =
                decode(&to_bytes(datagram)?).map_err(|error| error.to_string())?;
            let kind = match kind {
                Kind::Request => "request",
                Kind::Response => "response",
            };
            Ok(format!("{kind} {id} {}", from_bytes(&payload)))
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
