//! The server: clients are accepted one after another, and all speak to the same store.

use std::io::{self, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::deadline::DeadlineStream;
use crate::lines::{Line, read_line};
use crate::proto::{Reply, parse};
use crate::store::Store;

/// How the server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// The longest line taken, in bytes without its newline.
    pub max_line: usize,
    /// How long a client may take for one command, from its connection or its last reply on, until it has taken the
    /// reply to it.
    pub idle_timeout: Duration,
}

/// Why a conversation ended before the client had finished.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The client sent a line longer than allowed, and was told so.
    #[error("a line longer than {max} bytes")]
    LineTooLong {
        /// The longest line allowed, in bytes.
        max: usize,
    },
    /// The connection broke, or the client's time was over (`TimedOut`).
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Prints the ready line, then serves one client after another from `store`, and logs each one's arrival and departure
/// with its address.
///
/// # Errors
///
/// When the ready line can't be printed or the listener can't accept any more. What goes wrong with a client is
/// logged, and the next client served.
pub fn run(listener: &TcpListener, store: &mut Store, cfg: &Cfg) -> io::Result<()> {
    todo!("print the ready line, then accept, log and serve client after client")
}

/// Answers one client's commands until it has finished, closes, and returns how many they were.
///
/// A command is carried out when all of it is there, and not before: its newline, or the client's end. If the
/// connection breaks before that, nothing has happened.
///
/// # Errors
///
/// [`ServeError::LineTooLong`] after `ERROR` was sent; [`ServeError::Io`] when the connection breaks, or when the client
/// doesn't finish a command, or take its reply, in time.
pub fn serve_client(stream: TcpStream, store: &mut Store, cfg: &Cfg) -> Result<u64, ServeError> {
    todo!("read a line, answer it, and again, until the client's end; each turn has its deadline")
}

// Your part: helpers of your own
