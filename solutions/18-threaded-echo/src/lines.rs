//! Lines out of a byte stream, as in lab 03.

use std::io::{self, BufRead, Read};

/// What [`read_line`] found next in the stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its `\n`.
    Whole(Vec<u8>),
    /// The bytes, at least one, between the last `\n` and the end of the stream.
    Tail(Vec<u8>),
    /// More than `max` bytes without a `\n`. Where the next line begins is unknown from here on.
    TooLong,
    /// The stream has ended, and nothing was left in it.
    End,
}

/// Reads up to the next `\n`, holding at most `max` + 1 bytes however much the peer sends.
///
/// Every line of one stream must be read through the same `reader`: its buffer may already hold the beginning
/// of the next line.
///
/// # Errors
///
/// Those of `reader`, except `Interrupted`, which is retried.
pub fn read_line<R: BufRead>(reader: &mut R, max: usize) -> io::Result<Line> {
    let mut line = Vec::new();
    // One byte more than allowed: room for the newline of the longest line, or proof that it is too long.
    let limit = (max as u64).saturating_add(1);
    reader.by_ref().take(limit).read_until(b'\n', &mut line)?;

    if line.ends_with(b"\n") {
        line.pop();
        return Ok(Line::Whole(line));
    }
    Ok(match line.len() {
        0 => Line::End,
        length if length > max => Line::TooLong,
        _ => Line::Tail(line),
    })
}
