//! `tcp-sixteen-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `recv_exact N READS` | the message, and how many bytes were left unread |
//! | `send_all BYTES WRITES` | all that was written |
//!
//! Bytes are hex, empty ones `-`. What the stream does is a script: see [`Reads`] and [`Writes`].

use std::io;

use labkit::probe::{Reads, Writes, from_bytes, to_bytes};
use tcp_sixteen::io::{RecvError, recv_exact, send_all};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("recv_exact", [n, script]) => {
            let n = n.parse().map_err(|_| format!("not a number: {n}"))?;
            let mut stream: Reads = script.parse()?;
            match recv_exact(&mut stream, n) {
                Ok(message) => Ok(format!("{} left={}", from_bytes(&message), stream.left())),
                Err(RecvError::Eof { wanted, got }) => Err(format!("Eof wanted={wanted} got={got}")),
                Err(RecvError::Io(error)) => Err(format!("{:?}", error.kind())),
            }
        }
        ("send_all", [bytes, script]) => {
            let mut stream: Writes = script.parse()?;
            match send_all(&mut stream, &to_bytes(bytes)?) {
                Ok(()) => Ok(from_bytes(stream.written())),
                Err(error) => Err(format!("{:?} after {}", error.kind(), from_bytes(stream.written()))),
            }
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}
