//! The client: sends a message, waits for the reply, and prints it, until the user has had enough.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};

use labkit::exit;

use crate::lines::{Line, read_line};

/// What a user at a terminal is asked with.
pub const PROMPT: &str = "Enter message: ";

/// The longest reply in bytes the client takes from a server: many times what an honest one sends.
const MAX_REPLY: usize = 1024 * 1024;

/// Why the client gave up. Every message says what was tried.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The host's name has no address.
    #[error("cannot resolve {host}: {cause}")]
    Resolve {
        /// The name as the user gave it.
        host: String,
        /// What the resolver said.
        cause: io::Error,
    },
    /// None of the host's addresses took the connection.
    #[error("cannot connect to {host} port {port}: {cause}")]
    Connect {
        /// The name or address as the user gave it.
        host: String,
        /// The port that was tried.
        port: u16,
        /// The error of the last address tried.
        cause: io::Error,
    },
    /// The server closed before its reply was complete.
    #[error("the server closed the connection before it had replied")]
    ClosedEarly,
    /// The server went on and on without a newline.
    #[error("the server's reply is longer than {MAX_REPLY} bytes")]
    ReplyTooLong,
    /// The connection broke in the middle of the conversation.
    #[error("lost the connection to the server: {0}")]
    Connection(io::Error),
    /// The user's side failed: the input can't be read, or the output can't be written.
    #[error("cannot read the input or write the output: {0}")]
    Local(io::Error),
}

impl ClientError {
    /// What the process ends with, one of [`labkit::exit`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Resolve { .. } => exit::NAME,
            Self::ClosedEarly | Self::ReplyTooLong => exit::PEER,
            Self::Connect { cause, .. } | Self::Connection(cause) => exit::code_of(cause),
            Self::Local(_) => exit::FAILURE,
        }
    }
}

/// Connects to `host`, a name or an address, trying each of its addresses in turn.
///
/// # Errors
///
/// [`ClientError::Resolve`] if it has no address, [`ClientError::Connect`] if none takes the connection.
pub fn connect(host: &str, port: u16) -> Result<TcpStream, ClientError> {
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|cause| ClientError::Resolve { host: host.to_owned(), cause })?
        .collect::<Vec<_>>();
    TcpStream::connect(addresses.as_slice()).map_err(|cause| ClientError::Connect {
        host: host.to_owned(),
        port,
        cause,
    })
}

/// Sends each line of `input` to the server and writes its reply to `out` as `Received: <reply>`, until a line
/// says `exit` or the input ends; then closes the connection.
///
/// `prompt` is written before each line is read. It is `None` when nobody would see it: messages from the command
/// line or from a file are answered without. Lines and replies are bytes and pass unchanged, whatever their encoding.
///
/// # Errors
///
/// [`ClientError::ClosedEarly`], [`ClientError::ReplyTooLong`] or [`ClientError::Connection`] for what the server or
/// the network did, [`ClientError::Local`] for `input` and `out`.
pub fn interactive<I: BufRead, O: Write>(
    stream: TcpStream,
    mut input: I,
    mut out: O,
    prompt: Option<&str>,
) -> Result<(), ClientError> {
    todo!("prompt, send a line, print its reply, and again, until exit or the end of the input")
}

// Your part: the steps of interactive, if you like them as functions of their own
