//! The response's body: where it ends, and what it is made of.

use std::io::{BufRead, Read, Write};

use crate::error::HttpError;
use crate::resp::{Head, MAX_HEAD};

/// How one can tell where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// After so many bytes.
    Length(u64),
    /// After the chunk that is empty.
    Chunked,
    /// Where the stream ends.
    ToEof,
}

/// Where the body behind this head ends, by the first of these rules that applies (RFC 9112 §6.3):
///
/// 1. The status is 1xx, 204 or 304: there is no body, `Length(0)`, whatever the headers say.
/// 2. There is a `Transfer-Encoding`: if it is `chunked`, in upper or lower case, then `Chunked`.
/// 3. There is a `Content-Length`: so many bytes. It may have come more than once, if all are the same.
/// 4. None of these: `ToEof`.
///
/// # Errors
///
/// [`HttpError::BadHead`] with the header, if the transfer encoding is another one, or the length is anything but one
/// decimal number (digits only) that 64 bits can hold.
pub fn body_kind(head: &Head) -> Result<BodyKind, HttpError> {
    // begin solution: one rule after the other
    if matches!(head.status, 100..=199 | 204 | 304) {
        return Ok(BodyKind::Length(0));
    }
    if let Some(coding) = head.header("Transfer-Encoding") {
        if coding.eq_ignore_ascii_case("chunked") {
            return Ok(BodyKind::Chunked);
        }
        return Err(HttpError::BadHead(format!("Transfer-Encoding: {coding}")));
    }
    match head.header("Content-Length") {
        Some(text) => match parse_length(&text) {
            Some(length) => Ok(BodyKind::Length(length)),
            None => Err(HttpError::BadHead(format!("Content-Length: {text}"))),
        },
        None => Ok(BodyKind::ToEof),
    }
    // end solution
}

/// Reads a body of that kind from `stream`, and writes it to `out` as it comes. Returns its length in bytes. Nothing that
/// follows the body is read.
///
/// A chunked body looks like this, and `out` gets `Hello, world`:
///
/// ```text
/// 7;note=first        the chunk's length, in hexadecimal digits of either case; from `;` on it may be ignored
/// Hello,              7 bytes (the last is a space), and CRLF behind them
/// 5
/// world
/// 0                   a chunk of length 0 is the last, and has no bytes
/// Trailer: may come   more headers, which are passed over
///                     the empty line is the end
/// ```
///
/// Every line ends in CRLF. No more than `max` bytes are ever written; a length of more is refused when it is announced. A
/// line of the chunks, and all trailers together, may have as many bytes as a head.
///
/// # Errors
///
/// [`HttpError::EndsInBody`] or [`HttpError::EndsInChunks`] if the stream ends before the body does: what had come is
/// written by then. [`HttpError::BadChunk`], [`HttpError::BodyTooLarge`]; [`HttpError::Print`] for what `out` reports, and
/// whatever becomes of an error of the stream.
pub fn read_body<R: BufRead, W: Write>(
    stream: &mut R,
    kind: BodyKind,
    max: u64,
    out: &mut W,
) -> Result<u64, HttpError> {
    // begin solution: three kinds, three ways
    match kind {
        BodyKind::Length(length) if length > max => Err(HttpError::BodyTooLarge { max }),
        BodyKind::Length(expected) => match pass_on(stream, expected, out)? {
            got if got < expected => Err(HttpError::EndsInBody { expected, got }),
            got => Ok(got),
        },
        BodyKind::Chunked => read_chunks(stream, max, out),
        BodyKind::ToEof => {
            let got = pass_on(stream, max, out)?;
            let is_more = !stream.fill_buf()?.is_empty();
            if is_more { Err(HttpError::BodyTooLarge { max }) } else { Ok(got) }
        }
    }
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Only digits: `parse` alone would take `+27` as well.
fn parse_length(text: &str) -> Option<u64> {
    let mut lengths = text.split(',').map(str::trim);
    let first = lengths.next()?;
    let is_one_number =
        first.bytes().all(|byte| byte.is_ascii_digit()) && lengths.all(|other| other == first);
    if is_one_number { first.parse().ok() } else { None }
}

/// Writes the stream's next `count` bytes, or fewer if it ends before. Returns how many.
fn pass_on(stream: &mut impl BufRead, count: u64, out: &mut impl Write) -> Result<u64, HttpError> {
    let mut passed = 0;
    while passed < count {
        let piece = stream.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        let length = piece.len().min(usize::try_from(count - passed).unwrap_or(usize::MAX));
        out.write_all(&piece[..length]).map_err(HttpError::Print)?;
        stream.consume(length);
        passed += length as u64;
    }
    Ok(passed)
}

fn read_chunks(stream: &mut impl BufRead, max: u64, out: &mut impl Write) -> Result<u64, HttpError> {
    let mut total = 0;
    loop {
        let size = parse_size(&read_line(stream)?)?;
        if size == 0 {
            break;
        }
        if size > max - total {
            return Err(HttpError::BodyTooLarge { max });
        }
        if pass_on(stream, size, out)? < size {
            return Err(HttpError::EndsInChunks);
        }
        total += size;
        let behind = read_line(stream)?;
        if !behind.is_empty() {
            return Err(HttpError::BadChunk(behind));
        }
    }
    let mut trailers = stream.take(MAX_HEAD as u64);
    while !read_line(&mut trailers)?.is_empty() {}
    Ok(total)
}

fn parse_size(line: &str) -> Result<u64, HttpError> {
    let digits = line.split(';').next().unwrap_or_default().trim_end_matches([' ', '\t']);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = u64::from_str_radix(digits, 16).ok().filter(|_| is_number);
    size.ok_or_else(|| HttpError::BadChunk(line.to_owned()))
}

/// A line without its CRLF.
fn read_line(stream: &mut impl BufRead) -> Result<String, HttpError> {
    let mut line = Vec::new();
    stream.take(MAX_HEAD as u64).read_until(b'\n', &mut line)?;
    match line.strip_suffix(b"\r\n") {
        Some(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        None if line.ends_with(b"\n") || line.len() == MAX_HEAD => {
            Err(HttpError::BadChunk(String::from_utf8_lossy(&line).into_owned()))
        }
        None => Err(HttpError::EndsInChunks),
    }
}
// end solution item
