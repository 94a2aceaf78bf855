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
    todo!("read pieces into the decoder until it has a frame")
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
    todo!("send the encoded frame at once")
}

// Your part: helpers of your own
