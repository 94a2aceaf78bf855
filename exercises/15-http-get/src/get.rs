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
    todo!("send the request; then either everything to the end, or the head and what it says about the body")
}

// Your part: steps that you like to have as functions of their own
