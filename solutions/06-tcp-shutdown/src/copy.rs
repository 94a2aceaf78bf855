//! From anything that can be read to anything that can be written.
//!
//! A stream of TCP is a file to most code: it is read and written, and nobody asks where the bytes come from. That is
//! what the traits [`Read`] and [`Write`] are for.

use std::io::{self, ErrorKind, Read, Write};

/// How much is copied at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// Copies all that comes from `r` to `w`, until `r` ends, and returns how many bytes it was. Then `w` is flushed: nothing
/// stays behind in a buffer.
///
/// # Errors
///
/// Those of `r` and `w`, except `Interrupted`, after which the call is made again; `WriteZero` if `w` takes nothing.
/// What was copied before the error is in `w`, flushed or not.
pub fn copy_stream<R: Read, W: Write>(r: &mut R, w: &mut W) -> io::Result<u64> {
    // begin solution: read a chunk, write all of what was read, until a read returns nothing; then flush
    let mut chunk = vec![0; CHUNK];
    let mut total = 0;
    loop {
        match r.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => {
                w.write_all(&chunk[..length])?;
                total += length as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    w.flush()?;
    Ok(total)
    // end solution
}

/// A writer that counts what passes through it, so that the number is there also after an error.
#[derive(Debug)]
pub struct Counted<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Counted<W> {
    /// Counts what is written to `inner` from now on.
    pub fn new(inner: W) -> Counted<W> {
        Counted { inner, bytes: 0 }
    }

    /// How many bytes it has taken.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
