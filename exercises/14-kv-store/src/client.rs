//! The client: one command, one reply.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use labkit::exit;

use crate::deadline::DeadlineStream;
use crate::lines::{Line, read_line};
use crate::proto::Reply;

/// The longest reply in bytes that the client takes from a server: many times what an honest one sends.
const MAX_REPLY: usize = 1024 * 1024;

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The command has a line break in it: the server would take it for two commands.
    #[error("a command is one line")]
    LineBreak,
    /// No connection could be made.
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    /// The connection broke, or the time was over (`TimedOut`).
    #[error("lost the server: {0}")]
    Connection(#[from] io::Error),
    /// The server closed before its reply was complete.
    #[error("the server closed the connection before it had replied")]
    ClosedEarly,
    /// The server went on and on without a newline.
    #[error("the server's reply is longer than {MAX_REPLY} bytes")]
    ReplyTooLong,
    /// The reply isn't UTF-8.
    #[error("the server's reply is not text")]
    NotText,
}

impl ClientError {
    /// What the process ends with, one of [`labkit::exit`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::LineBreak => exit::USAGE,
            Self::Connect(error) | Self::Connection(error) => exit::code_of(error),
            Self::ClosedEarly | Self::ReplyTooLong | Self::NotText => exit::PEER,
        }
    }
}

/// Connects to the first of these addresses that answers, sends one command, given without its `\n`, and returns the
/// reply to it. From the connection on, the server has the time `patience`.
///
/// Whether the command is a good one is for the server to say. But it goes out as one line, or not at all: whoever could
/// put a line break into it would give orders of their own.
///
/// # Errors
///
/// [`ClientError`] says why there is no reply. `ERROR` is one.
pub fn one_shot(addresses: &[SocketAddr], cmd: &str, patience: Duration) -> Result<Reply, ClientError> {
    todo!("refuse a line break, connect, send the line, read a line, say which reply it is")
}
