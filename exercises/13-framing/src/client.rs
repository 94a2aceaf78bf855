//! The client: one frame out, one frame in.

use std::io::{self, Read, Write};

use crate::FrameError;
use crate::codec::{DEFAULT_MAX_FRAME, FrameDecoder};
use crate::sync::{read_frame, write_frame};

/// Why a conversation broke off.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server closed in good order, but with a reply outstanding.
    #[error("the server closed before it replied to {message:?}")]
    NoReply {
        /// The message it owes the reply to.
        message: String,
    },
    /// A frame could not be sent or received.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A reply could not be printed.
    #[error("cannot print a reply: {0}")]
    Print(io::Error),
}

/// Sends each message as a frame over `stream`, and prints the reply to each on `out`: its bytes, whatever they
/// are, and a newline, flushed before the next message is sent.
///
/// # Errors
///
/// At the first message that can't be sent or gets no reply, or the first reply that can't be printed.
pub fn converse<S: Read + Write, W: Write>(
    stream: &mut S,
    messages: &[String],
    out: &mut W,
) -> Result<(), ClientError> {
    todo!("send a message, print the reply to it, then the next")
}

// Your part: helpers of your own
