//! What a frame asks for, and why it may be refused. Nothing here knows of sockets.

use std::io;

use crate::path::{Path, PathError, parse_path};

/// The longest value, in bytes.
pub const MAX_VALUE: usize = 4096;

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `HELLO name`: this is who is there.
    Hello(String),
    /// `GET path [path …]`: the values of these paths, one at least.
    Get(Vec<Path>),
    /// `SET path value`.
    Set(Path, String),
    /// `DELETE path`.
    Delete(Path),
    /// `DIFF`: what a commit would change.
    Diff,
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `WATCH path`: changes there and below.
    Watch(Path),
    /// `QUIT`.
    Quit,
}

/// Why a request is refused: what stands behind `ERR`.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The frame is no request, or asks for too much.
    #[error("400 {0}")]
    Bad(&'static str),
    /// What stands where a path should be is none.
    #[error("400 {0}")]
    BadPath(#[from] PathError),
    /// The first request was not `HELLO`.
    #[error("401 hello first")]
    HelloFirst,
    /// The path has no value.
    #[error("404 not found")]
    NotFound,
    /// Somebody else has changed that path since.
    #[error("409 conflict {0}")]
    Conflict(Path),
    /// The store failed.
    #[error("500 cannot save: {0}")]
    Store(io::Error),
}

/// What a frame's payload asks for. One space stands between the parts; a value is everything behind the space that follows
/// its path.
///
/// # Errors
///
/// [`Refusal::Bad`] or [`Refusal::BadPath`] say what is wrong. Whatever the bytes are, this function returns.
pub fn parse(payload: &[u8]) -> Result<Request, Refusal> {
    // begin solution: take the text apart at its first space, and look at the rest as its verb demands
    let text = str::from_utf8(payload).map_err(|_| Refusal::Bad("a request is text"))?;
    let (verb, rest) = match text.split_once(' ') {
        Some((verb, rest)) => (verb, Some(rest)),
        None => (text, None),
    };
    Ok(match (verb, rest) {
        ("HELLO", Some(name)) if is_line(name) && !name.is_empty() => Request::Hello(name.to_owned()),
        ("HELLO", _) => return Err(Refusal::Bad("who is there?")),
        ("GET", Some(paths)) => Request::Get(paths.split(' ').map(parse_path).collect::<Result<_, _>>()?),
        ("SET", Some(rest)) => {
            let (path, value) = rest.split_once(' ').ok_or(Refusal::Bad("SET path value"))?;
            let path = parse_path(path)?;
            if !is_value(value) {
                return Err(Refusal::Bad("a value is one line of at most 4096 bytes, and not -"));
            }
            Request::Set(path, value.to_owned())
        }
        ("DELETE", Some(path)) => Request::Delete(parse_path(path)?),
        ("WATCH", Some(path)) => Request::Watch(parse_path(path)?),
        ("GET" | "SET" | "DELETE" | "WATCH", None) => return Err(Refusal::Bad("a path is missing")),
        ("DIFF", None) => Request::Diff,
        ("COMMIT", None) => Request::Commit,
        ("ROLLBACK", None) => Request::Rollback,
        ("QUIT", None) => Request::Quit,
        _ => return Err(Refusal::Bad("no such request")),
    })
    // end solution
}

/// Whether a text may be a value: one line of at most [`MAX_VALUE`] bytes, and not `-`.
pub fn is_value(text: &str) -> bool {
    // begin solution: look at its length and for line ends
    text.len() <= MAX_VALUE && is_line(text) && text != "-"
    // end solution
}

// begin solution item: helpers of your own
fn is_line(text: &str) -> bool {
    !text.contains(['\n', '\r'])
}
// end solution item
