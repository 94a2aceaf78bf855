//! `framing-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `encode PAYLOAD` | the frame |
//! | `decode MAX_FRAME PIECE…` | for each piece pushed, the frames that `next` returned after it, and a `/` |
//!
//! Bytes are hex, empty ones `-`.

use std::io;

use framing::codec::{FrameDecoder, encode};
use labkit::probe::{from_bytes, to_bytes};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("encode", [payload]) => {
            encode(&to_bytes(payload)?).map(|frame| from_bytes(&frame)).map_err(|error| error.to_string())
        }
        ("decode", [max_frame, pieces @ ..]) => {
            let max_frame = max_frame.parse().map_err(|_| format!("not a number: {max_frame}"))?;
            decode(max_frame, pieces).map(|words| words.join(" "))
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn decode(max_frame: u32, pieces: &[&str]) -> Result<Vec<String>, String> {
    let mut decoder = FrameDecoder::new(max_frame);
    let mut words = Vec::new();
    for piece in pieces {
        decoder.push(&to_bytes(piece)?);
        while let Some(payload) = decoder.next().map_err(|error| error.to_string())? {
            words.push(from_bytes(&payload));
        }
        words.push("/".to_owned());
    }
    Ok(words)
}
