//! Why the client has no reply.

use std::io;
use std::time::Duration;

use labkit::exit;

/// Why [`ask`](crate::client::ask) gave up.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nothing came in time: the message was lost, or the reply, or there is no server. Nobody knows which.
    #[error("no reply in {0:?}")]
    NoReply(Duration),
    /// The system refused something. Only a connected socket learns that nobody has the server's port
    /// (`ConnectionRefused`).
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl AskError {
    /// What the process ends with, one of [`labkit::exit`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoReply(_) => exit::TIMEOUT,
            Self::Io(error) => exit::code_of(error),
        }
    }
}
