//! What may go wrong between a request and the last byte of its response.

use std::io::{self, ErrorKind};

use labkit::exit;

/// Why there is no complete response.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The host has no address.
    #[error("cannot resolve {0}")]
    Name(String),
    /// The deadline has passed.
    #[error("the time is over")]
    TimedOut,
    /// The stream ended before the empty line behind the headers.
    #[error("the stream ended in the response's head, after {got} bytes")]
    EndsInHead {
        /// The bytes that did come; 0 if the server had nothing to say.
        got: usize,
    },
    /// There is no empty line in the first 8 KiB.
    #[error("the response's head is longer than {} bytes", crate::resp::MAX_HEAD)]
    HeadTooLarge,
    /// A line of the head that can't stand there.
    #[error("the response's head is wrong: {0:?}")]
    BadHead(String),
    /// The stream ended before so many bytes of the body had come as the head had said.
    #[error("the body ended too early: expected {expected} got {got}")]
    EndsInBody {
        /// The body's length as `Content-Length` told it.
        expected: u64,
        /// The bytes that did come.
        got: u64,
    },
    /// The stream ended before the last chunk did.
    #[error("the body ended too early, between two chunks or inside one")]
    EndsInChunks,
    /// A line that does not say how long a chunk is, or a chunk that does not end where it should.
    #[error("the chunks of the body are wrong: {0:?}")]
    BadChunk(String),
    /// The body is longer than the user wants.
    #[error("the body is longer than {max} bytes")]
    BodyTooLarge {
        /// The limit, in bytes.
        max: u64,
    },
    /// The server said no, and the user had asked that this be a failure.
    #[error("the server answered {status} {reason}")]
    Status {
        /// The status code, 400 or more.
        status: u16,
        /// What the server said about it.
        reason: String,
    },
    /// The user's end of it: the output could not be written.
    #[error("cannot write the output: {0}")]
    Print(io::Error),
    /// The connection could not be made, or broke.
    #[error(transparent)]
    Io(io::Error),
}

/// What a call on the *connection* reported. (For the output there is [`HttpError::Print`].)
impl From<io::Error> for HttpError {
    fn from(error: io::Error) -> HttpError {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => HttpError::TimedOut,
            _ => HttpError::Io(error),
        }
    }
}

impl HttpError {
    /// What the process ends with, one of [`labkit::exit`]. [`exit::code_of`] knows those of the connection.
    pub fn exit_code(&self) -> u8 {
        // begin solution: one of labkit's exit codes for each variant, as the contract says
        match self {
            HttpError::Name(_) => exit::NAME,
            HttpError::TimedOut => exit::TIMEOUT,
            HttpError::EndsInHead { .. }
            | HttpError::HeadTooLarge
            | HttpError::BadHead(_)
            | HttpError::EndsInBody { .. }
            | HttpError::EndsInChunks
            | HttpError::BadChunk(_)
            | HttpError::BodyTooLarge { .. } => exit::PEER,
            HttpError::Status { .. } | HttpError::Print(_) => exit::FAILURE,
            HttpError::Io(error) => exit::code_of(error),
        }
        // end solution
    }
}
