//! The server: returns what it gets, in upper case.

use std::io::{self, Read, Write};
use std::net::TcpListener;

/// The most that is read at a time, in bytes.
pub const MAX_READ: usize = 1024;

/// The server's port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    todo!("the port that the contract gives to the server")
}

/// Serves one client after another, one at a time.
///
/// Writes the ready line to `out`, at once. What goes wrong with a client is logged, and ends nothing else.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve(listener: &TcpListener, out: &mut impl Write) -> io::Result<()> {
    todo!("print the ready line; then accept, capitalize and close, client after client")
}

/// Returns every byte of the stream with ASCII letters in upper case, until its end; tells how many there were.
///
/// Reads at most [`MAX_READ`] bytes at a time, and returns them before it reads on.
///
/// # Errors
///
/// When the connection breaks.
pub fn capitalize<S: Read + Write>(stream: &mut S) -> io::Result<u64> {
    todo!("read, turn into upper case, write all, until the end")
}
