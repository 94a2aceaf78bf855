//! Requests: from bytes to what they mean. Nothing here knows of sockets.

use std::fmt;

use crate::status::{Refusal, Status};

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is to be done: `GET`, `HEAD`, `POST` …
    pub method: String,
    /// With what: `/hello?x=1`.
    pub target: String,
    /// The version of HTTP, major and minor number: `(1, 1)`.
    pub version: (u8, u8),
    /// The headers in the order in which they came, their names as they were written.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The value of the first header of that name. Names are the same in upper and lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        todo!("find the header, whatever case its name is written in")
    }

    /// The target up to its `?`: `/hello`.
    #[must_use]
    pub fn path(&self) -> &str {
        todo!("cut the query off")
    }

    /// How many bytes of body follow the head: the value of `Content-Length`, or 0 without that header.
    ///
    /// # Errors
    ///
    /// [`Status::BadRequest`] if the value is no number (decimal digits and nothing else), or if there are two.
    pub fn body_length(&self) -> Result<u64, Refusal> {
        todo!("the number in the only Content-Length, if there is one")
    }
}

/// The first line, as it came: `GET /hello?x=1 HTTP/1.1`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { method, target, version: (major, minor), .. } = self;
        write!(f, "{method} {target} HTTP/{major}.{minor}")
    }
}

/// How long the head at the beginning of `bytes` is, with its empty line; `None` as long as it is not whole.
#[must_use]
pub fn head_length(bytes: &[u8]) -> Option<usize> {
    todo!("look for the empty line")
}

/// The first line of the request at the beginning of `bytes`, fit for a terminal: bytes that are no text, and control
/// characters, are `�`. `None` as long as the head is not whole.
#[must_use]
pub fn first_line(bytes: &[u8]) -> Option<String> {
    todo!("if the head is whole, the text up to the first line end, with control characters replaced")
}

/// The request at the beginning of `bytes`, and how many of them are its head; `None` as long as the head is not whole.
///
/// Bytes that are no UTF-8 are read as `�` (U+FFFD).
///
/// # Errors
///
/// - [`Status::BadRequest`] for a first line that is not a method, a target and a version `HTTP/N.N` with one space
///   between each two; a method that is no [token](is_token); a target with anything but visible ASCII characters; a
///   header without a colon, or whose name is no token (so a blank before the colon is an error, too); a control
///   character other than a tab in a value; or no `Host`, or more than one, where the version is 1.1 or later
/// - [`Status::VersionNotSupported`] for a version whose first number is not 1
pub fn parse(bytes: &[u8]) -> Result<Option<(Request, usize)>, Refusal> {
    todo!("wait for the empty line; take the first line apart, then each header; check version and Host")
}

/// Whether `text` is a token (RFC 9110 §5.6.2): not empty, and all letters, digits and a few other visible characters
/// of ASCII. Methods and headers' names are tokens. Given.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

// Your part: steps that you like to have as functions of their own
