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
    // begin solution: print the ready line, then accept, log and serve client after client
    labkit::ready("KV server", listener.local_addr()?)?;
    loop {
        let (stream, client) = match listener.accept() {
            Ok(accepted) => accepted,
            // A client that gave up while it was waiting in the queue (accept(2), ERRORS).
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        labkit::log!(info, "{client} connected");
        match serve_client(stream, store, cfg) {
            Ok(commands) => labkit::log!(info, "{client} disconnected: commands={commands}"),
            Err(error) => labkit::log!(warn, "{client} disconnected: {error}"),
        }
    }
    // end solution
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
    // begin solution: read a line, answer it, and again, until the client's end; each turn has its deadline
    // Else the second of two replies waits until the client has acknowledged the first (Nagle's algorithm, RFC 896).
    stream.set_nodelay(true)?;
    let mut connection = BufReader::new(DeadlineStream::new(stream, cfg.idle_timeout));
    let mut commands = 0;
    loop {
        let line = match read_line(&mut connection, cfg.max_line)? {
            Line::Whole(line) | Line::Tail(line) => line,
            Line::TooLong => {
                connection.get_mut().write_all(&Reply::Error.to_bytes())?;
                labkit::close(connection.into_inner().into_inner())?;
                return Err(ServeError::LineTooLong { max: cfg.max_line });
            }
            Line::End => break,
        };
        let reply = answer(&line, store);
        connection.get_mut().write_all(&reply.to_bytes())?;
        connection.get_mut().renew(cfg.idle_timeout);
        commands += 1;
    }
    labkit::close(connection.into_inner().into_inner())?;
    Ok(commands)
    // end solution
}

// begin solution item: helpers of your own
/// The reply to one line, which may be no command at all.
fn answer(line: &[u8], store: &mut Store) -> Reply {
    match parse(line) {
        Ok(cmd) => store.apply(cmd),
        Err(_) => Reply::Error,
    }
}
// end solution item
