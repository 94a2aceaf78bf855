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
    // begin solution: read pieces until complete finds something, or one of the limits is reached
    let deadline = Instant::now() + limits.head_timeout;
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match read_by(stream, &mut piece, deadline)? {
            None => return Err(Refusal::new(Status::RequestTimeout, "the head took too long").into()),
            Some(0) if bytes.is_empty() => return Ok(None),
            Some(0) => return Err(Refusal::new(Status::BadRequest, "the head has no end").into()),
            Some(length) => bytes.extend_from_slice(&piece[..length]),
        }
        let head = &bytes[..bytes.len().min(limits.max_head)];
        if let Some(found) = complete(head)? {
            return Ok(Some((found, bytes.len())));
        }
        if head.len() == limits.max_head {
            return Err(Refusal::new(Status::HeadTooLarge, "the head is too long").into());
        }
    }
    // end solution
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
    // begin solution: send the rendered response, drop the body, close with labkit::close
    stream.set_write_timeout(Some(limits.head_timeout))?;
    stream.write_all(&render(response))?;
    discard(&mut stream, unread, limits)?;
    labkit::close(stream)?;
    Ok(())
    // end solution
}

/// Serves one client: reads its request, answers it or refuses it, and closes.
///
/// A request is refused with [`Response::error`]; a body over `limits.max_body` is refused before any of it is read.
///
/// # Errors
///
/// When the connection breaks.
pub fn serve_one(mut stream: TcpStream, limits: &Limits) -> io::Result<Served> {
    // begin solution: read a request, and answer what handle says, or the refusal
    match read_request(&mut stream, limits) {
        Ok(Some((request, unread))) => {
            answer(stream, &handle(&request), unread, limits)?;
            Ok(Served::Answered(request))
        }
        Ok(None) => Ok(Served::Nothing),
        Err(Trouble::Refused(refusal)) => {
            answer(stream, &Response::error(refusal.status, refusal.why), 0, limits)?;
            Ok(Served::Refused(refusal))
        }
        Err(Trouble::Broken(error)) => Err(error),
    }
    // end solution
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
    // begin solution: announce; then accept, serve, print or log, client after client
    announce(listener, out)?;

    let mut requests = 0;
    loop {
        let (stream, client) = accept(listener)?;
        match serve_one(stream, limits) {
            Ok(Served::Answered(request)) => {
                requests += 1;
                say(out, &format!("Request #{requests} from {client}"))?;
                say(out, &request.to_string())?;
            }
            Ok(Served::Refused(refusal)) => labkit::log!(warn, "{client}: {refusal}"),
            Ok(Served::Nothing) => {}
            Err(error) => labkit::log!(warn, "{client}: {error}"),
        }
    }
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// The client's request, and how many bytes of its body have not been read.
fn read_request(stream: &mut TcpStream, limits: &Limits) -> Result<Option<(Request, u64)>, Trouble> {
    let Some(((request, head), read)) = read_until(stream, limits, parse)? else { return Ok(None) };
    let body = request.body_length()?;
    if body > limits.max_body {
        return Err(Refusal::new(Status::ContentTooLarge, "the body is too long").into());
    }
    let unread = body.saturating_sub((read - head) as u64);
    Ok(Some((request, unread)))
}

/// Reads and drops so many bytes, or fewer if the client ends its side or takes too long: it has its answer already.
fn discard(stream: &mut TcpStream, mut unread: u64, limits: &Limits) -> io::Result<()> {
    let deadline = Instant::now() + limits.head_timeout;
    let mut piece = [0; 4096];
    while unread > 0 {
        match read_by(stream, &mut piece, deadline)? {
            None | Some(0) => break,
            Some(length) => unread = unread.saturating_sub(length as u64),
        }
    }
    Ok(())
}

/// One read that returns at `deadline` at the latest: how many bytes have come, where 0 is the end, or `None` when the
/// deadline has passed.
fn read_by(stream: &mut TcpStream, buffer: &mut [u8], deadline: Instant) -> io::Result<Option<usize>> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        // Set anew before each read: a timeout for one read alone begins anew with every byte.
        stream.set_read_timeout(Some(left))?;
        match stream.read(buffer) {
            Ok(length) => return Ok(Some(length)),
            // The next look at the clock tells.
            Err(error) if is_no_end(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether a read has failed and the connection is as good as before. A timeout is `WouldBlock` on Unix, `TimedOut` on
/// Windows.
fn is_no_end(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
// end solution item
