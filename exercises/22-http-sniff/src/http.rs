//! From the bytes of a stream to the requests in it (RFC 9112).

use crate::body::Body;

/// The longest head that is waited for, in bytes: what servers take, too.
pub const MAX_HEAD: usize = 8192;

/// The longest method.
pub const MAX_METHOD: usize = 32;

/// The head of a request, as far as a sniffer tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Req {
    /// `GET`, `POST`, …
    pub method: String,
    /// What stands between method and version: mostly a path with its query.
    pub target: String,
    /// The value of the first `Host` field, if there is one that is not empty.
    pub host: Option<String>,
    /// What follows the head: not the next request yet.
    pub body: Body,
}

/// The stream doesn't hold requests, or none any more: TLS, another protocol, a head without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a request of HTTP/1")]
pub struct NotHttp;

/// Takes the head of the next request from the front of `stream`, with its empty line; `None` as long as it isn't there as a
/// whole. Then `stream` begins with the request's body.
///
/// A head is a line `METHOD TARGET HTTP/1.x`, fields `Name: value` whose names are the same in upper and lower case, and an
/// empty line; each line ends in CR LF. Empty lines before a request are passed over (RFC 9112 §2.2).
///
/// # Errors
///
/// As soon as it is sure that no request begins here: then nothing more is to be kept of the stream. Sure is what begins
/// with anything but a method of at most [`MAX_METHOD`] letters and a blank, holds a zero byte, or is longer than
/// [`MAX_HEAD`].
pub fn next_request(stream: &mut Vec<u8>) -> Result<Option<Req>, NotHttp> {
    todo!("wait for the empty line, take the head off, read its first line and the fields that matter")
}

// Your part: helpers of your own
