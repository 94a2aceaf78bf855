//! What one thread does for one client. Nothing here knows that there are others: that is the point of threads.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::lines::{Line, read_line};

/// What stands before every echoed line unless `--prefix` says otherwise.
pub const DEFAULT_PREFIX: &str = "ECHO: ";

/// The longest line in bytes, without its newline, unless `--max-line` says otherwise.
pub const DEFAULT_MAX_LINE: usize = 65_536;

/// How lines are answered.
#[derive(Debug, Clone)]
pub struct LineConfig {
    /// Stands before every echoed line. Bytes, because a command line need not be text.
    pub prefix: Vec<u8>,
    /// The longest line in bytes, without its newline.
    pub max_line: usize,
}

/// Why a conversation ended before the client had finished.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// The client sent a line longer than allowed, and was told so.
    #[error("line longer than {max} bytes")]
    LineTooLong {
        /// The longest line allowed, in bytes.
        max: usize,
    },
    /// The connection broke: the client sent RST, or vanished.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Echoes to one client until it has finished, and closes the connection with [`labkit::close`], also after an error.
///
/// # Errors
///
/// Those of [`echo`], and those of closing.
pub fn converse(stream: TcpStream, config: &LineConfig) -> Result<(), ConversationError> {
    todo!("echo, then close, whichever way the echo ended")
}

/// Answers every line of `reader` on `writer` until the end of the stream. It is lab 03's loop: what you wrote there
/// serves here.
///
/// # Errors
///
/// [`ConversationError::LineTooLong`] after `ERROR line too long` was sent; [`ConversationError::Io`] from `reader` or
/// `writer`.
pub fn echo<R: BufRead, W: Write>(
    mut reader: R,
    mut writer: W,
    config: &LineConfig,
) -> Result<(), ConversationError> {
    todo!("answer line after line until the end of the stream or a line that is too long")
}
