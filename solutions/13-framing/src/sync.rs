//! Frames on a blocking stream.

use std::io::{self, Read, Write};
use std::time::Instant;

use crate::FrameError;
use crate::codec::{FrameDecoder, encode};

/// Reads from `stream` until `decoder` has a whole frame, and returns its payload; `None` if the stream ends between
/// two frames. A frame that `decoder` already has is returned without reading.
///
/// A read timeout of the stream is no error: it is when the `deadline` is looked at again, as it is after every
/// read. So a stream that shall keep a deadline needs a read timeout, and the deadline is kept to within that.
/// Whenever this function returns, nothing that was read is lost: it is in `decoder`, and the next call goes on
/// from there.
///
/// # Errors
///
/// - [`FrameError::Idle`] once the deadline has passed without a whole frame, however many bytes have come
/// - [`FrameError::EndsInHeader`] or [`FrameError::EndsInPayload`] if the stream ends inside a frame
/// - [`FrameError::TooLarge`] as `decoder` finds it
/// - [`FrameError::Io`] for what else goes wrong with the stream
pub fn read_frame<R: Read>(
    stream: &mut R,
    decoder: &mut FrameDecoder,
    deadline: Option<Instant>,
) -> Result<Option<Vec<u8>>, FrameError> {
    // begin solution: read pieces into the decoder until it has a frame
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(payload) = decoder.next()? {
            return Ok(Some(payload));
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(FrameError::Idle);
        }
        match stream.read(&mut piece) {
            Ok(0) => return decoder.finish().map(|()| None),
            Ok(length) => decoder.push(&piece[..length]),
            Err(error) if is_timeout(&error) || error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    // end solution
}

/// Writes `payload` as one frame.
///
/// The header and the payload go out in one write. In two, the second would wait in the kernel until the first is
/// acknowledged (Nagle's algorithm, RFC 896), and the peer takes its time to acknowledge (40 ms on Linux).
///
/// # Errors
///
/// - [`FrameError::TooLarge`] if 32 bits can't hold the length
/// - [`FrameError::Idle`] if the stream has a write timeout, and the peer took nothing for so long
/// - [`FrameError::Io`] for what else goes wrong with the stream
pub fn write_frame<W: Write>(stream: &mut W, payload: &[u8]) -> Result<(), FrameError> {
    // begin solution: send the encoded frame at once
    let frame = encode(payload)?;
    match stream.write_all(&frame).and_then(|()| stream.flush()) {
        Err(error) if is_timeout(&error) => Err(FrameError::Idle),
        result => Ok(result?),
    }
    // end solution
}

// begin solution item: helpers of your own
/// Whether a call gave up because of the stream's timeout: `WouldBlock` on Unix, `TimedOut` on Windows.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
// end solution item
