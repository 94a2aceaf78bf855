//! The wire format: frames to bytes, and bytes to frames. Nothing here knows of sockets.

use crate::FrameError;

/// The longest payload in bytes unless somebody says otherwise.
pub const DEFAULT_MAX_FRAME: u32 = 1024 * 1024;

/// The length of a frame's header, in bytes.
const HEADER: usize = 4;

/// A payload as a frame: its length in bytes as a 32-bit number in network byte order (most significant byte
/// first, RFC 1700), then the payload itself.
///
/// # Errors
///
/// [`FrameError::TooLarge`] if 32 bits can't hold the length.
pub fn encode(payload: &[u8]) -> Result<Vec<u8>, FrameError> {
    todo!("put the length of the payload in front of it")
}

/// Finds the frames in a stream that arrives in pieces.
///
/// Pieces go in by [`push`](Self::push), frames come out by [`next`](Self::next). Where the stream was cut makes
/// no difference: a piece may end anywhere, also inside a header, and may hold many frames. The bytes of a frame
/// that is not complete yet wait in here and nowhere else, so that whoever reads the stream can stop at any time
/// (for a timeout, say) and go on later without losing one.
#[derive(Debug)]
pub struct FrameDecoder {
    // Your part: the fields: what was pushed and not returned yet, and the limit
}

impl FrameDecoder {
    /// A decoder that has seen nothing yet and takes payloads of up to `max_frame` bytes.
    #[must_use]
    pub fn new(max_frame: u32) -> FrameDecoder {
        todo!("begin with nothing")
    }

    /// Takes the stream's next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        todo!("keep the bytes until next() has returned their frame")
    }

    /// The payload of the next frame, or `None` until more is pushed.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLarge`] as soon as a header announces more than the limit, before any of that payload has
    /// come. It is final: every later call returns it again.
    #[expect(
        clippy::should_implement_trait,
        reason = "None says not yet, an iterator's None says never again"
    )]
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        todo!("take the first frame, if all of it is there")
    }

    /// Whether the stream may end here: nothing is left over, or else the frame is named that it would cut.
    ///
    /// # Errors
    ///
    /// [`FrameError::EndsInHeader`] or [`FrameError::EndsInPayload`].
    pub fn finish(&self) -> Result<(), FrameError> {
        todo!("say what is left over")
    }

    // Your part: helpers of your own
}
