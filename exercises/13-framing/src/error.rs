//! What may go wrong with frames.

use std::io;

/// Why there is no next frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A length over the limit. What follows it on the stream can't be told apart any more.
    #[error("a frame of {length} bytes, only {max} are allowed")]
    TooLarge {
        /// The payload's length in bytes, as announced or as given.
        length: u64,
        /// The longest payload allowed, in bytes.
        max: u32,
    },
    /// The stream ended inside a frame's length.
    #[error("the stream ended in a frame's header, after {have} of 4 bytes")]
    EndsInHeader {
        /// The bytes of the header that did come, 1 to 3.
        have: usize,
    },
    /// The stream ended inside a frame's payload.
    #[error("the stream ended in a frame's payload, after {have} of {length} bytes")]
    EndsInPayload {
        /// The bytes of the payload that did come.
        have: usize,
        /// The bytes that were announced.
        length: u32,
    },
    /// The peer was given its time, and neither sent a complete frame nor took the one that was sent to it.
    #[error("idle for too long")]
    Idle,
    /// The stream itself failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
