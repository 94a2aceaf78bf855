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
        todo!("put the values of all headers of that name together, if there is one")
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
    todo!("find the empty line; what stands before it is a status line and headers")
}

// Your part: steps that you like to have as functions of their own
