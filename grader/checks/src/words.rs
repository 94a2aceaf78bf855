//! Bytes and errors in words that fit into a story.

use std::io::{self, ErrorKind};

use wire::bytes::escape;

/// More than this in one step is told by its length.
const SHOWN: usize = 200;

/// Bytes as they stand in a story: quoted and escaped, the long ones by their beginning and length.
pub(crate) fn shown(bytes: &[u8]) -> String {
    if bytes.len() <= SHOWN {
        escape(bytes)
    } else {
        format!("{}… ({} bytes)", escape(&bytes[..40]), bytes.len())
    }
}

/// An I/O error in plain words.
pub(crate) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "refused: nothing listens on that port".to_owned(),
        ErrorKind::ConnectionReset => "the connection was reset (RST)".to_owned(),
        ErrorKind::BrokenPipe => "the program had closed the connection".to_owned(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time".to_owned(),
        _ => error.to_string(),
    }
}
