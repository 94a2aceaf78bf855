//! The response's head: from bytes, however they were cut, to a status and headers.

use crate::error::HttpError;

/// The longest head that is read, in bytes, with its empty line: a server that never comes to the end of its headers must
/// not fill this machine's memory.
pub const MAX_HEAD: usize = 8 * 1024;

/// What a server says before the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What became of the request, in three digits: 200 is *OK*, 404 *Not Found* (RFC 9110 §15).
    pub status: u16,
    /// The same for people; may be empty, and programs don't look at it.
    pub reason: String,
    /// The headers, names and values, in the order in which they came.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The value of the header of that name, in which upper and lower case are the same (RFC 9110 §5.1). If it came on
    /// several lines, their values in that order with `, ` between them, which means the same (RFC 9110 §5.3).
    pub fn header(&self, name: &str) -> Option<String> {
        // begin solution: put the values of all headers of that name together, if there is one
        let same = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let values: Vec<&str> = same.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() { None } else { Some(values.join(", ")) }
        // end solution
    }
}

/// Reads the head at the beginning of `bytes`, if all of it is there: then the head, and how many bytes it takes, with its
/// empty line. `None` means *not yet*: call it again with these bytes and more.
///
/// Every line ends in CRLF (RFC 9112 §2.1):
///
/// ```text
/// HTTP/1.1 200 OK                 version, one space, three digits, one space, any text
/// Content-Type:text/html          name, colon, value
/// ETag:   "a: b"                  spaces and tabs around the value are not part of it
/// X-Nothing:                      so it may be empty
///
/// ```
///
/// The version is `HTTP/1.` and a digit. The reason may be empty, and then its space may be missing. Bytes that are not
/// UTF-8 become `�`.
///
/// # Errors
///
/// [`HttpError::HeadTooLarge`] if the empty line does not end within the first [`MAX_HEAD`] bytes, as soon as so many are
/// there. [`HttpError::BadHead`] with the line, if the first is no status line, or another has no colon, no name, a space
/// or tab in its name, or any line holds a control character other than a tab.
pub fn parse_head(bytes: &[u8]) -> Result<Option<(Head, usize)>, HttpError> {
    // begin solution: find the empty line; what stands before it is a status line and headers
    let allowed = &bytes[..bytes.len().min(MAX_HEAD)];
    let Some(end) = allowed.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if bytes.len() < MAX_HEAD { Ok(None) } else { Err(HttpError::HeadTooLarge) };
    };

    let text = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = text.split("\r\n");
    let (status, reason) = lines.next().and_then(parse_status_line).ok_or_else(|| bad(&text))?;
    let headers = lines.map(|line| parse_header(line).ok_or_else(|| bad(line))).collect::<Result<_, _>>()?;
    Ok(Some((Head { status, reason, headers }, end + 4)))
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
fn parse_status_line(line: &str) -> Option<(u16, String)> {
    let mut words = visible(line)?.splitn(3, ' ');
    let (version, status) = (words.next()?, words.next()?);
    let minor = version.strip_prefix("HTTP/1.")?;
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(minor, 1) || !digits(status, 3) {
        return None;
    }
    Some((status.parse().ok()?, words.next().unwrap_or_default().to_owned()))
}

fn parse_header(line: &str) -> Option<(String, String)> {
    let (name, value) = visible(line)?.split_once(':')?;
    if name.is_empty() || name.contains([' ', '\t']) {
        return None;
    }
    Some((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

/// The line, if it can do nothing to the terminal that shows it, and no line is hidden in it.
fn visible(line: &str) -> Option<&str> {
    (!line.contains(|c: char| c.is_control() && c != '\t')).then_some(line)
}

fn bad(text: &str) -> HttpError {
    HttpError::BadHead(text.lines().next().unwrap_or_default().to_owned())
}
// end solution item
