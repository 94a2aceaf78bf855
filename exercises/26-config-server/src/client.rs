//! The client: requests from lines, replies to lines.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::frames::{FrameError, FrameReader, write_frame};

/// How long a frame of the server may take from its first byte to its last.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a conversation broke off.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server closed in good order, but with replies outstanding.
    #[error("the server closed, and owes replies to {0} requests")]
    Owed(usize),
    /// A frame could not be sent or received.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A line could not be read from standard input.
    #[error("cannot read the next request: {0}")]
    Input(io::Error),
    /// A reply could not be printed.
    #[error("cannot print a reply: {0}")]
    Print(io::Error),
}

/// Sends each line as a request, and closes its side behind the last. Meanwhile, prints what the server sends, replies and
/// events, on `out` as soon as it comes, each followed by a newline, until the server closes. Requests don't wait for replies.
/// Returns whether every request was granted: no reply began with `ERR`.
///
/// # Errors
///
/// [`ClientError`] says which side broke off, and why.
pub fn converse<W: Write>(
    stream: TcpStream,
    lines: Receiver<io::Result<String>>,
    out: &mut W,
) -> Result<bool, ClientError> {
    todo!("a thread sends the lines; this one prints what comes, and counts which requests are answered")
}

// Your part: helpers of your own
