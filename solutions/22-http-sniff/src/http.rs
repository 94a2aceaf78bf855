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
    // begin solution: wait for the empty line, take the head off, read its first line and the fields that matter
    while stream.starts_with(b"\r\n") {
        stream.drain(..2);
    }
    match stream.windows(4).take(MAX_HEAD).position(|four| four == b"\r\n\r\n") {
        Some(end) => {
            let head: Vec<u8> = stream.drain(..end + 4).collect();
            parse(&head[..end]).map(Some)
        }
        None if stream.len() > MAX_HEAD || !may_become_a_request(stream) => Err(NotHttp),
        None => Ok(None),
    }
    // end solution
}

// begin solution item: helpers of your own

/// Reads a head without its empty line.
fn parse(head: &[u8]) -> Result<Req, NotHttp> {
    if head.contains(&0) {
        return Err(NotHttp);
    }
    let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    let first: Vec<&[u8]> = lines.next().unwrap_or_default().split(|&byte| byte == b' ').collect();
    let [method, target, version] = first[..] else { return Err(NotHttp) };
    let is_method = (1..=MAX_METHOD).contains(&method.len()) && method.iter().all(|&byte| is_token(byte));
    if !is_method || target.is_empty() || !version.starts_with(b"HTTP/1.") {
        return Err(NotHttp);
    }

    let mut host = None;
    let (mut length, mut is_chunked) = (None, false);
    for line in lines {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"host") && host.is_none() && !value.is_empty() {
            host = Some(printable(value));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            is_chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let value = str::from_utf8(value).ok().and_then(|text| text.parse().ok()).ok_or(NotHttp)?;
            if length.is_some_and(|length| length != value) {
                return Err(NotHttp);
            }
            length = Some(value);
        }
    }
    let body = if is_chunked { Body::chunked() } else { Body::of_length(length.unwrap_or(0)) };
    Ok(Req { method: printable(method), target: printable(target), host, body })
}

/// Whether these bytes may be the beginning of a request whose end has not come yet.
fn may_become_a_request(stream: &[u8]) -> bool {
    let method = stream.iter().take_while(|&&byte| is_token(byte)).count();
    let goes_on = match stream.get(method) {
        // A CR may be the first half of an empty line.
        None => true,
        Some(b'\r') => stream.len() == 1,
        Some(&byte) => byte == b' ' && method > 0,
    };
    goes_on && method <= MAX_METHOD && !stream.contains(&0)
}

/// Whether a byte may be part of a method (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Bytes as a part of a URL. What has no place in one comes as `%XX`: a peer's words are not to move anybody's cursor.
fn printable(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut text, &byte| {
        if byte.is_ascii_graphic() {
            text.push(byte.into());
        } else {
            text += &format!("%{byte:02X}");
        }
        text
    })
}
// end solution
