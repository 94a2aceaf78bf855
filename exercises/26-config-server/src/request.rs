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
    todo!("take the text apart at its first space, and look at the rest as its verb demands")
}

/// Whether a text may be a value: one line of at most [`MAX_VALUE`] bytes, and not `-`.
pub fn is_value(text: &str) -> bool {
    todo!("look at its length and for line ends")
}

// Your part: helpers of your own
