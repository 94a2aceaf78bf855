//! All of so many bytes in, all of so many bytes out.
//!
//! The standard library has [`read_exact`](Read::read_exact) and [`write_all`](Write::write_all) for this. Here you
//! write both yourself, with nothing but `read` and `write`: then you know what every other program relies on.

use std::io::{self, ErrorKind, Read, Write};

/// Why a message did not arrive whole.
#[derive(Debug, thiserror::Error)]
pub enum RecvError {
    /// The stream ended before the message did.
    #[error("was expecting {wanted} bytes but only received {got} bytes before the socket closed")]
    Eof {
        /// How many bytes the message has.
        wanted: usize,
        /// How many of them came.
        got: usize,
    },
    /// The connection broke, or was never made.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads exactly `n` bytes, in as many reads as it takes, and not a byte more.
///
/// # Errors
///
/// [`RecvError::Eof`] if the stream ends before; [`RecvError::Io`] if it breaks. `Interrupted` is no error: a signal
/// came while the program was waiting, and nothing is lost (signal(7)).
pub fn recv_exact<R: Read>(r: &mut R, n: usize) -> Result<Vec<u8>, RecvError> {
    todo!("read until n bytes are there, each time only into the part of the buffer that is still empty")
}

/// Writes all of `buf`, in as many writes as it takes.
///
/// # Errors
///
/// `WriteZero` if a write takes no byte: it never will. Any other error of `w`, except `Interrupted`.
pub fn send_all<W: Write>(w: &mut W, buf: &[u8]) -> io::Result<()> {
    todo!("write what is left until nothing is")
}
