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
    todo!("one rule after the other")
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
    todo!("three kinds, three ways")
}

// Your part: steps that you like to have as functions of their own
