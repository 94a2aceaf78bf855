//! `tcp-echo-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `handle_line LINE PREFIX UPPER [SECONDS]` | the answer to LINE, at SECONDS since 1970 or now |
//! | `serve_lines INPUT PREFIX UPPER MAX_LINE` | all that `serve_lines` writes for INPUT |
//! | `serve_exact_short_writes INPUT` | all that `serve_exact` writes for INPUT to a stream that takes 3 bytes a write |
//!
//! Bytes are hex, empty ones `-`; UPPER is `true` or `false`.

use std::io::{self, Cursor, Read, Write};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use labkit::probe::{from_bytes, to_bytes};
use tcp_echo::server::{LineConfig, handle_line, serve_exact, serve_lines};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("handle_line", [line, prefix, upper, time @ ..]) if time.len() <= 1 => {
            let now = match time {
                [seconds] => SystemTime::UNIX_EPOCH + Duration::from_secs(number(seconds)?),
                _ => SystemTime::now(),
            };
            let config = line_config(prefix, upper, usize::MAX)?;
            Ok(from_bytes(&handle_line(&to_bytes(line)?, &config, now)))
        }
        ("serve_lines", [input, prefix, upper, max_line]) => {
            let config = line_config(prefix, upper, number(max_line)?)?;
            let mut written = Vec::new();
            // Its verdict on the conversation isn't asked for: what it wrote says enough.
            let _ = serve_lines(Cursor::new(to_bytes(input)?), &mut written, &config, &SystemTime::now);
            Ok(from_bytes(&written))
        }
        ("serve_exact_short_writes", [input]) => {
            let mut stream = ShortWrites { input: Cursor::new(to_bytes(input)?), written: Vec::new() };
            serve_exact(&mut stream).map_err(|error| error.to_string())?;
            Ok(from_bytes(&stream.written))
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

/// A stream that takes 3 bytes a write at most, as a socket may when its buffer is nearly full (write(2)).
struct ShortWrites {
    input: Cursor<Vec<u8>>,
    written: Vec<u8>,
}

impl Read for ShortWrites {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl Write for ShortWrites {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(3);
        self.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn line_config(prefix: &str, upper: &str, max_line: usize) -> Result<LineConfig, String> {
    let upper = upper.parse().map_err(|_| format!("neither true nor false: {upper}"))?;
    Ok(LineConfig { prefix: to_bytes(prefix)?, upper, max_line })
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
