//! The four programs: a sender and a receiver of files, a client and a server that counts.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use labkit::{exit, say};

use crate::close::{close, is_timeout};
use crate::copy::{Counted, copy_stream};
use crate::wc::Counts;

/// How much of an answer the counting client reads, in bytes: many times what an honest server sends.
const MAX_ANSWER: u64 = 1024;

/// Why a transfer was not finished.
#[derive(Debug, thiserror::Error)]
pub enum XferError {
    /// The peer, or somebody between, said that the connection is no more (RST).
    #[error("connection reset after {after} bytes")]
    Reset {
        /// How many bytes had been transferred.
        after: u64,
    },
    /// The peer has sent nothing for too long.
    #[error("idle for {limit:?} after {after} bytes")]
    Idle {
        /// How long it was given.
        limit: Duration,
        /// How many bytes had come.
        after: u64,
    },
    /// The server has finished without an answer.
    #[error("the server closed the connection before it had answered")]
    NoAnswer,
    /// Anything else: no connection, a file that can't be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl XferError {
    /// What the process ends with, one of [`labkit::exit`].
    pub fn exit_code(&self) -> u8 {
        match self {
            XferError::Reset { .. } | XferError::NoAnswer => exit::PEER,
            XferError::Idle { .. } => exit::TIMEOUT,
            XferError::Io(error) => exit::code_of(error),
        }
    }
}

/// Sends all of `input` to the receiver at `addr`, and then FIN. Returns how many bytes it was.
///
/// # Errors
///
/// [`XferError::Reset`] if the receiver resets the connection; [`XferError::Io`] when no connection can be made, or when
/// `input` can't be read.
pub fn send_file(addr: impl ToSocketAddrs, mut input: impl Read) -> Result<u64, XferError> {
    // begin solution: connect, copy the input to the stream, and close so that all of it arrives
    let stream = TcpStream::connect(addr)?;
    let mut to_peer = Counted::new(&stream);
    let copied = copy_stream(&mut input, &mut to_peer);
    let sent = to_peer.bytes();
    copied.map_err(|error| broken(error, sent))?;
    close(stream).map_err(|error| broken(error, sent))?;
    Ok(sent)
    // end solution
}

/// Says on `status` where it listens, takes one connection, and writes all that comes to `out`, until FIN. Returns how
/// many bytes it was.
///
/// With `idle`, a peer that sends nothing for so long is left.
///
/// # Errors
///
/// [`XferError::Reset`] if the sender resets the connection: then `out` holds a part, and nobody knows of how much.
/// [`XferError::Idle`] if it goes silent; [`XferError::Io`] when the listener can't accept, or `status` or `out` not be
/// written.
pub fn recv_to(
    l: &TcpListener,
    status: &mut impl Write,
    out: impl Write,
    idle: Option<Duration>,
) -> Result<u64, XferError> {
    // begin solution: print the ready line, accept, and copy the stream to out; tell FIN, RST and silence apart
    say(status, &format!("Receiver listening on {}", l.local_addr()?))?;
    let (mut stream, _) = l.accept()?;
    stream.set_read_timeout(idle)?;
    let mut out = Counted::new(out);
    copy_stream(&mut stream, &mut out).map_err(|error| went_wrong(error, out.bytes(), idle))
    // end solution
}

/// Sends all of `input` to the word counter at `addr`, says that this was all, and writes its answer to `out`.
///
/// # Errors
///
/// [`XferError::Reset`] if the server resets the connection, [`XferError::NoAnswer`] if it finishes without a word;
/// [`XferError::Io`] when no connection can be made, when `input` can't be read or `out` not be written.
pub fn wc_client(
    addr: impl ToSocketAddrs,
    mut input: impl Read,
    out: &mut impl Write,
) -> Result<(), XferError> {
    // begin solution: connect, copy the input to the stream, half-close, read the answer to its end and print it
    let stream = TcpStream::connect(addr)?;
    let mut to_server = Counted::new(&stream);
    let copied = copy_stream(&mut input, &mut to_server);
    let sent = to_server.bytes();
    copied.map_err(|error| broken(error, sent))?;
    stream.shutdown(Shutdown::Write).map_err(|error| broken(error, sent))?;

    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).map_err(|error| broken(error, sent))?;
    if answer.is_empty() {
        return Err(XferError::NoAnswer);
    }
    out.write_all(&answer)?;
    out.flush()?;
    Ok(())
    // end solution
}

/// Says on `status` where it listens, and counts for one client after another. A client that sends nothing for as long as
/// `idle` is left. What each was told, or what went wrong with it, is logged with its address.
///
/// # Errors
///
/// When the listener can't accept any more, or `status` can't be written.
pub fn wc_serve(l: &TcpListener, status: &mut impl Write, idle: Duration) -> io::Result<()> {
    // begin solution: print the ready line; then accept, count, answer and log, client after client
    say(status, &format!("Word counter listening on {}", l.local_addr()?))?;
    loop {
        let (stream, client) = l.accept()?;
        match count_for(stream, idle) {
            Ok(counts) => labkit::log!(info, "{client}: {counts}"),
            Err(error) => labkit::log!(warn, "{client}: {error}"),
        }
    }
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Counts what one client sends, answers, and closes.
fn count_for(mut stream: TcpStream, idle: Duration) -> Result<Counts, XferError> {
    stream.set_read_timeout(Some(idle))?;
    let mut counts = Counts::default();
    copy_stream(&mut stream, &mut counts).map_err(|error| went_wrong(error, counts.bytes, Some(idle)))?;
    stream.write_all(format!("{counts}\n").as_bytes()).map_err(|error| broken(error, counts.bytes))?;
    close(stream).map_err(|error| broken(error, counts.bytes))?;
    Ok(counts)
}

/// What an error means on a stream that is read, with a timeout or without.
fn went_wrong(error: io::Error, after: u64, idle: Option<Duration>) -> XferError {
    match idle {
        Some(limit) if is_timeout(&error) => XferError::Idle { limit, after },
        _ if error.kind() == ErrorKind::ConnectionReset => XferError::Reset { after },
        _ => error.into(),
    }
}

/// What an error means on a stream that is written: the first write after an RST reports the reset, any later one a
/// broken pipe.
fn broken(error: io::Error, after: u64) -> XferError {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => XferError::Reset { after },
        _ => error.into(),
    }
}
// end solution item
