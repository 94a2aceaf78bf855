//! One connection: a request is read, within its limits, and answered.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use labkit::say;

use crate::request::{Request, parse};
use crate::response::{Response, render};
use crate::route::handle;
use crate::status::{Refusal, Status};
use crate::{Limits, announce};

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The client did something that it must not do, and is told so.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The connection broke.
    #[error(transparent)]
    Broken(#[from] io::Error),
}

/// What came of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// This request was answered.
    Answered(Request),
    /// What came was refused.
    Refused(Refusal),
    /// Nothing came.
    Nothing,
}

/// The next client and its address.
///
/// # Errors
///
/// When the listener can't accept any more. A client that gave up while it waited in the queue is passed over.
pub fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        match listener.accept() {
            // accept(2), ERRORS.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            result => return result,
        }
    }
}

/// Reads a head: pieces of any size, until `complete` finds something in what came so far.
///
/// Returns what it found, and how many bytes were read; those after the head are the beginning of the body. `None` if
/// the client ended its side before the first byte.
///
/// `complete` sees the first `limits.max_head` bytes at most, all of them from the first on.
///
/// # Errors
///
/// - what `complete` refuses
/// - [`Status::HeadTooLarge`] if it has found nothing in `limits.max_head` bytes
/// - [`Status::RequestTimeout`] if it has found nothing `limits.head_timeout` after this function was called, however
///   many bytes have come by then
/// - [`Status::BadRequest`] if the client ended its side before
/// - [`Trouble::Broken`] if the connection breaks
pub fn read_until<T>(
    stream: &mut TcpStream,
    limits: &Limits,
    complete: impl Fn(&[u8]) -> Result<Option<T>, Refusal>,
) -> Result<Option<(T, usize)>, Trouble> {
    todo!("read pieces until complete finds something, or one of the limits is reached")
}

/// Sends the response, reads and drops `unread` bytes that the client still has to send, and closes so that the
/// response arrives.
///
/// The client has `limits.head_timeout` for those bytes.
///
/// # Errors
///
/// When the connection breaks, or the client doesn't take the response.
pub fn answer(mut stream: TcpStream, response: &Response, unread: u64, limits: &Limits) -> io::Result<()> {
    todo!("send the rendered response, drop the body, close with labkit::close")
}

/// Serves one client: reads its request, answers it or refuses it, and closes.
///
/// A request is refused with [`Response::error`]; a body over `limits.max_body` is refused before any of it is read.
///
/// # Errors
///
/// When the connection breaks.
pub fn serve_one(mut stream: TcpStream, limits: &Limits) -> io::Result<Served> {
    todo!("read a request, and answer what handle says, or the refusal")
}

/// Serves one client after another.
///
/// Announces itself on `out`, and prints each request there once it has been answered. What was refused, and what went
/// wrong with a client, is logged with the client's address.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve(listener: &TcpListener, limits: &Limits, out: &mut impl Write) -> io::Result<()> {
    todo!("announce; then accept, serve, print or log, client after client")
}

// Your part: steps that you like to have as functions of their own
