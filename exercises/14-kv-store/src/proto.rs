//! The protocol: what a line asks for, and the line that answers it. Nothing here knows of sockets.

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cmd {
    /// Store the value under the key, in place of another one.
    Set {
        /// One character or more, none of them white space.
        key: String,
        /// Anything; may be empty.
        value: String,
    },
    /// Tell the key's value.
    Get {
        /// As in [`Cmd::Set`].
        key: String,
    },
    /// Forget the key and its value.
    Delete {
        /// As in [`Cmd::Set`].
        key: String,
    },
}

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It isn't UTF-8.
    #[error("not text")]
    NotText,
    /// It begins with another word than `SET`, `GET` or `DELETE`.
    #[error("no such command")]
    UnknownCommand,
    /// Where the key should be there is nothing, or something with white space in it.
    #[error("not a key")]
    BadKey,
    /// No space follows the key of a `SET`.
    #[error("no value")]
    NoValue,
}

/// What the line asks for: `SET key value`, `GET key` or `DELETE key`. It is given without its `\n`, and may end with a
/// `\r`, which is no part of the command.
///
/// # Errors
///
/// [`ParseError`] says what is wrong with the line. Whatever the bytes are, this function returns.
pub fn parse(line: &[u8]) -> Result<Cmd, ParseError> {
    todo!("take the line apart at its first spaces, and look at each part")
}

// Your part: helpers of your own

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is done.
    Ok,
    /// The value that was asked for.
    Value(String),
    /// There is no such key, or that was no command.
    Error,
}

impl Reply {
    /// The reply as it goes over the wire: `OK`, the value or `ERROR`, and a `\n`.
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!("the reply's line, with its newline")
    }

    /// What a client takes this line for, given without its `\n`.
    ///
    /// A stored value that is `OK` or `ERROR` can't be told from the reply of that name: so this protocol is.
    pub fn from_line(line: String) -> Reply {
        todo!("which of the three replies it is")
    }
}
