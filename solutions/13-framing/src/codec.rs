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
    // begin solution: put the length of the payload in front of it
    let length = u32::try_from(payload.len())
        .map_err(|_| FrameError::TooLarge { length: payload.len() as u64, max: u32::MAX })?;

    let mut frame = Vec::with_capacity(HEADER + payload.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(payload);
    Ok(frame)
    // end solution
}

/// Finds the frames in a stream that arrives in pieces.
///
/// Pieces go in by [`push`](Self::push), frames come out by [`next`](Self::next). Where the stream was cut makes
/// no difference: a piece may end anywhere, also inside a header, and may hold many frames. The bytes of a frame
/// that is not complete yet wait in here and nowhere else, so that whoever reads the stream can stop at any time
/// (for a timeout, say) and go on later without losing one.
#[derive(Debug)]
pub struct FrameDecoder {
    // begin solution item: the fields: what was pushed and not returned yet, and the limit
    /// The longest payload allowed, in bytes.
    max_frame: u32,
    /// What was pushed, as far as it is still needed.
    buffer: Vec<u8>,
    /// Where in `buffer` the first frame begins that was not returned yet.
    start: usize,
    // end solution item
}

impl FrameDecoder {
    /// A decoder that has seen nothing yet and takes payloads of up to `max_frame` bytes.
    #[must_use]
    pub fn new(max_frame: u32) -> FrameDecoder {
        // begin solution: begin with nothing
        FrameDecoder { max_frame, buffer: Vec::new(), start: 0 }
        // end solution
    }

    /// Takes the stream's next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        // begin solution: keep the bytes until next() has returned their frame
        // Frames that were returned make room here, once a piece: to do it in next() would move all that follows a
        // frame once for each of the thousands of small frames that one piece may hold.
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
        // end solution
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
        // begin solution: take the first frame, if all of it is there
        let Some((header, rest)) = self.pending().split_first_chunk::<HEADER>() else { return Ok(None) };
        let length = u32::from_be_bytes(*header);
        if length > self.max_frame {
            return Err(FrameError::TooLarge { length: length.into(), max: self.max_frame });
        }
        let Some(payload) = rest.get(..length as usize) else { return Ok(None) };

        let payload = payload.to_vec();
        self.start += HEADER + payload.len();
        Ok(Some(payload))
        // end solution
    }

    /// Whether the stream may end here: nothing is left over, or else the frame is named that it would cut.
    ///
    /// # Errors
    ///
    /// [`FrameError::EndsInHeader`] or [`FrameError::EndsInPayload`].
    pub fn finish(&self) -> Result<(), FrameError> {
        // begin solution: say what is left over
        match self.pending().split_first_chunk::<HEADER>() {
            None if self.pending().is_empty() => Ok(()),
            None => Err(FrameError::EndsInHeader { have: self.pending().len() }),
            Some((header, rest)) => {
                Err(FrameError::EndsInPayload { have: rest.len(), length: u32::from_be_bytes(*header) })
            }
        }
        // end solution
    }

    // begin solution item: helpers of your own
    /// What was pushed and not returned yet.
    fn pending(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
    // end solution item
}
