//! One request, one response.

use std::io::{BufRead, BufReader, Read, Write};

use crate::body::{BodyKind, body_kind, read_body};
use crate::error::HttpError;
use crate::req::build_request;
use crate::resp::{Head, parse_head};
use crate::url::Target;

/// What the user wants to see of it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The response's head before its body.
    pub include: bool,
    /// The lines of both heads, on the side.
    pub verbose: bool,
    /// Everything that comes, as it comes, to the end of the stream.
    pub raw: bool,
    /// A status of 400 or more is a failure, and its body is not wanted.
    pub fail: bool,
    /// The longest body, in bytes; with `raw`, the most that is read of everything.
    pub max_body: u64,
}

/// Asks for `target` over `stream`, and writes what the user wants of the response to `out`; with `verbose`, each line of
/// the request to `side` with `> ` in front, and each line of the response's head with `< `, the empty ones too.
///
/// A response of status 1xx is none yet: the real one comes behind it, and there may be several (RFC 9110 §15.2). `out`
/// gets nothing of them.
///
/// # Errors
///
/// See [`HttpError`]: of [`parse_head`], [`body_kind`] and [`read_body`]; [`HttpError::EndsInHead`]; [`HttpError::Status`]
/// as `fail` says; and what becomes of an error of `stream`, or of `out` and `side`.
pub fn fetch<S: Read + Write, W: Write>(
    stream: &mut S,
    target: &Target,
    options: &Options,
    out: &mut W,
    side: &mut impl Write,
) -> Result<(), HttpError> {
    // begin solution: send the request; then either everything to the end, or the head and what it says about the body
    let request = build_request(target);
    if options.verbose {
        show(&request, '>', side)?;
    }
    stream.write_all(&request)?;

    let mut stream = BufReader::new(stream);
    let kind = if options.raw {
        BodyKind::ToEof
    } else {
        let (head, bytes) = read_final_head(&mut stream, options, side)?;
        if options.fail && head.status >= 400 {
            return Err(HttpError::Status { status: head.status, reason: head.reason });
        }
        if options.include {
            out.write_all(&bytes).map_err(HttpError::Print)?;
        }
        body_kind(&head)?
    };
    read_body(&mut stream, kind, options.max_body, out)?;
    out.flush().map_err(HttpError::Print)
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// The head of the real response, and its bytes.
fn read_final_head(
    stream: &mut impl BufRead,
    options: &Options,
    side: &mut impl Write,
) -> Result<(Head, Vec<u8>), HttpError> {
    loop {
        let (head, bytes) = read_head(stream)?;
        if options.verbose {
            show(&bytes, '<', side)?;
        }
        if head.status >= 200 {
            return Ok((head, bytes));
        }
    }
}

/// Reads exactly one head: what is behind it stays in the stream.
fn read_head(stream: &mut impl BufRead) -> Result<(Head, Vec<u8>), HttpError> {
    let mut bytes = Vec::new();
    loop {
        let piece = stream.fill_buf()?;
        if piece.is_empty() {
            return Err(HttpError::EndsInHead { got: bytes.len() });
        }
        let (before, length) = (bytes.len(), piece.len());
        bytes.extend_from_slice(piece);
        match parse_head(&bytes)? {
            Some((head, end)) => {
                stream.consume(end - before);
                bytes.truncate(end);
                return Ok((head, bytes));
            }
            None => stream.consume(length),
        }
    }
}

/// The lines of a head, with a sign in front of each.
fn show(head: &[u8], sign: char, side: &mut impl Write) -> Result<(), HttpError> {
    let text = String::from_utf8_lossy(head);
    let lines: String = text.lines().map(|line| format!("{sign} {line}\n")).collect();
    side.write_all(lines.as_bytes()).map_err(HttpError::Print)
}
// end solution item
