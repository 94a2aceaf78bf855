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
        // begin solution: find the header, whatever case its name is written in
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
        // end solution
    }

    /// The target up to its `?`: `/hello`.
    #[must_use]
    pub fn path(&self) -> &str {
        // begin solution: cut the query off
        self.target.split('?').next().unwrap_or_default()
        // end solution
    }

    /// How many bytes of body follow the head: the value of `Content-Length`, or 0 without that header.
    ///
    /// # Errors
    ///
    /// [`Status::BadRequest`] if the value is no number (decimal digits and nothing else), or if there are two.
    pub fn body_length(&self) -> Result<u64, Refusal> {
        // begin solution: the number in the only Content-Length, if there is one
        let mut lengths = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Content-Length"));
        let Some((_, length)) = lengths.next() else { return Ok(0) };
        if lengths.next().is_some() {
            return Err(bad("two Content-Lengths"));
        }
        // parse() alone would take a plus sign, too.
        let is_digits = length.bytes().all(|byte| byte.is_ascii_digit());
        length.parse().ok().filter(|_| is_digits).ok_or_else(|| bad("Content-Length is no number"))
        // end solution
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
    // begin solution: look for the empty line
    const END: &[u8] = b"\r\n\r\n";
    bytes.windows(END.len()).position(|window| window == END).map(|at| at + END.len())
    // end solution
}

/// The first line of the request at the beginning of `bytes`, fit for a terminal: bytes that are no text, and control
/// characters, are `�`. `None` as long as the head is not whole.
#[must_use]
pub fn first_line(bytes: &[u8]) -> Option<String> {
    // begin solution: if the head is whole, the text up to the first line end, with control characters replaced
    let head = String::from_utf8_lossy(&bytes[..head_length(bytes)?]);
    let line = head.split("\r\n").next().unwrap_or_default();
    Some(line.replace(char::is_control, "\u{fffd}"))
    // end solution
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
    // begin solution: wait for the empty line; take the first line apart, then each header; check version and Host
    let Some(length) = head_length(bytes) else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..length]);
    let mut lines = head.trim_end_matches("\r\n").split("\r\n");

    let (method, target, version) = parse_first_line(lines.next().unwrap_or_default())?;
    let headers = lines.map(parse_header).collect::<Result<Vec<_>, _>>()?;
    let hosts = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Host")).count();
    if hosts > 1 || (hosts == 0 && version >= (1, 1)) {
        return Err(bad("not one Host"));
    }
    Ok(Some((Request { method, target, version, headers }, length)))
    // end solution
}

/// Whether `text` is a token (RFC 9110 §5.6.2): not empty, and all letters, digits and a few other visible characters
/// of ASCII. Methods and headers' names are tokens. Given.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

// begin solution item: steps that you like to have as functions of their own
fn parse_first_line(line: &str) -> Result<(String, String, (u8, u8)), Refusal> {
    let words: Vec<&str> = line.split(' ').collect();
    let [method, target, version] = words[..] else {
        return Err(bad("the first line is not a method, a target and a version"));
    };
    if !is_token(method) {
        return Err(bad("that is no method"));
    }
    if target.is_empty() || !target.chars().all(|c| c.is_ascii_graphic()) {
        return Err(bad("that is no target"));
    }
    match parse_version(version).ok_or_else(|| bad("that is no version of HTTP"))? {
        version @ (1, _) => Ok((method.to_owned(), target.to_owned(), version)),
        _ => Err(Refusal::new(Status::VersionNotSupported, "this server speaks HTTP/1.1")),
    }
}

/// The numbers of `HTTP/1.1`: one digit each.
fn parse_version(text: &str) -> Option<(u8, u8)> {
    match text.strip_prefix("HTTP/")?.as_bytes() {
        [major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => Some((major - b'0', minor - b'0')),
        _ => None,
    }
}

fn parse_header(line: &str) -> Result<(String, String), Refusal> {
    let (name, value) = line.split_once(':').ok_or_else(|| bad("a header without a colon"))?;
    if !is_token(name) {
        return Err(bad("that is no name of a header"));
    }
    let value = value.trim_matches([' ', '\t']);
    if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
        return Err(bad("a control character in a header"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn bad(why: &'static str) -> Refusal {
    Refusal::new(Status::BadRequest, why)
}
// end solution item
