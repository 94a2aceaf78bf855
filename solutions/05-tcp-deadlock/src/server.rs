//! The server: returns what it gets, in upper case.

use std::io::{self, Read, Write};
use std::net::TcpListener;

/// The most that is read at a time, in bytes.
pub const MAX_READ: usize = 1024;

/// The server's port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    // begin solution: the port that the contract gives to the server
    1060
    // end solution
}

/// Serves one client after another, one at a time.
///
/// Writes the ready line to `out`, at once. What goes wrong with a client is logged, and ends nothing else.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve(listener: &TcpListener, out: &mut impl Write) -> io::Result<()> {
    // begin solution: print the ready line; then accept, capitalize and close, client after client
    writeln!(out, "Capitalizing server listening on {}", listener.local_addr()?)?;
    out.flush()?;

    loop {
        let (mut stream, client) = listener.accept()?;
        let served = capitalize(&mut stream).and_then(|count| labkit::close(stream).map(|_| count));
        match served {
            Ok(count) => labkit::log!(info, "{client}: {count} bytes returned"),
            Err(error) => labkit::log!(warn, "{client}: {error}"),
        }
    }
    // end solution
}

/// Returns every byte of the stream with ASCII letters in upper case, until its end; tells how many there were.
///
/// Reads at most [`MAX_READ`] bytes at a time, and returns them before it reads on.
///
/// # Errors
///
/// When the connection breaks.
pub fn capitalize<S: Read + Write>(stream: &mut S) -> io::Result<u64> {
    // begin solution: read, turn into upper case, write all, until the end
    let mut buffer = [0; MAX_READ];
    let mut count = 0;
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(count);
        }
        buffer[..length].make_ascii_uppercase();
        stream.write_all(&buffer[..length])?;
        count += length as u64;
    }
    // end solution
}
