//! Frames on a blocking stream: what you wrote in lab 13, given here.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The longest payload in bytes.
pub const MAX_FRAME: usize = 1024 * 1024;

/// The length of a frame's header, in bytes.
pub const HEADER: usize = 4;

/// What may go wrong with frames.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A length over the limit. What follows it on the stream can't be told apart any more.
    #[error("a frame of {0} bytes, only {MAX_FRAME} are allowed")]
    TooLarge(usize),
    /// The stream ended inside a frame.
    #[error("the stream ended in a frame")]
    EndsInFrame,
    /// The peer did not finish the frame that it had begun, or did not take the one that was sent to it, in its time.
    #[error("stalled for too long")]
    Stalled,
    /// The stream itself failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes `payload` as one frame, in one write (in two, the second would wait for an acknowledgement of the first).
///
/// # Errors
///
/// [`FrameError::TooLarge`] if nobody would take it; [`FrameError::Stalled`] if the stream has a write timeout, and the peer
/// took nothing for so long; [`FrameError::Io`].
pub fn write_frame<W: Write>(stream: &mut W, payload: &[u8]) -> Result<(), FrameError> {
    let length = u32::try_from(payload.len()).map_err(|_| FrameError::TooLarge(payload.len()))?;
    if payload.len() > MAX_FRAME {
        return Err(FrameError::TooLarge(payload.len()));
    }
    let frame = [&length.to_be_bytes(), payload].concat();
    match stream.write_all(&frame).and_then(|()| stream.flush()) {
        Err(error) if is_timeout(&error) => Err(FrameError::Stalled),
        result => Ok(result?),
    }
}

/// Finds the frames of a stream that arrives in pieces. There must be one for a stream, from its first byte to its last: the
/// beginning of the next frame is in here.
#[derive(Debug)]
pub struct FrameReader<'a> {
    stream: &'a TcpStream,
    /// What has come, as far as it is still needed.
    buffer: Vec<u8>,
    /// Where in `buffer` the first frame begins that was not returned yet.
    start: usize,
    /// How long a frame may take from its first byte to its last.
    patience: Duration,
}

impl FrameReader<'_> {
    /// The frames of that stream. Any time may pass between two of them, but each, once begun, has so long to be complete.
    #[must_use]
    pub fn new(stream: &TcpStream, patience: Duration) -> FrameReader<'_> {
        FrameReader { stream, buffer: Vec::new(), start: 0, patience }
    }

    /// The payload of the next frame; `None` if the stream ends between two frames.
    ///
    /// # Errors
    ///
    /// [`FrameError`]; each is final.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let mut piece = [0; 16 * 1024];
        let mut deadline = None;
        loop {
            if let Some(payload) = self.take_frame()? {
                return Ok(Some(payload));
            }
            let has_begun = self.start < self.buffer.len();
            if has_begun && deadline.is_none() {
                deadline = Some(Instant::now() + self.patience);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(FrameError::Stalled);
            }
            self.stream.set_read_timeout(left)?;
            match self.stream.read(&mut piece) {
                Ok(0) if has_begun => return Err(FrameError::EndsInFrame),
                Ok(0) => return Ok(None),
                Ok(length) => self.push(&piece[..length]),
                // The clock is looked at again above.
                Err(error) if is_timeout(&error) || error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame, if all of it is there.
    fn take_frame(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let pending = &self.buffer[self.start..];
        let Some((header, rest)) = pending.split_first_chunk::<HEADER>() else { return Ok(None) };
        let length = u32::from_be_bytes(*header) as usize;
        if length > MAX_FRAME {
            return Err(FrameError::TooLarge(length));
        }
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        let payload = payload.to_vec();
        self.start += HEADER + length;
        Ok(Some(payload))
    }
}

/// Whether a call gave up because of the stream's timeout: `WouldBlock` on Unix, `TimedOut` on Windows.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
