//! Lab 99: a server that counts what it is sent.
//!
//! A client sends bytes and finishes. The server answers with their number in decimal digits and a newline, and
//! closes. It serves one client after another; what goes wrong with one of them ends nobody else.

use std::io::{self, Read, Write};
use std::net::TcpListener;

/// The number of bytes until the stream ends.
///
/// # Errors
/// What `read` reports.
pub fn count(mut from: impl Read) -> io::Result<u64> {
    // begin solution: read until the end, and add up what each read has returned
    let mut buffer = [0; 4096];
    let mut total = 0;
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(total),
            n => total += n as u64,
        }
    }
    // end solution
}

/// Serves client after client, for ever.
///
/// # Errors
/// The listener's own; a client's are logged.
pub fn serve(listener: &TcpListener) -> io::Result<()> {
    // begin solution: answer each client with its number and a newline; log what goes wrong with one
    loop {
        let (mut stream, client) = listener.accept()?;
        let answered = count(&stream).and_then(|total| writeln!(stream, "{total}"));
        if let Err(error) = answered {
            labkit::log!(warn, "{client}: {error}");
        }
    }
    // end solution
}
