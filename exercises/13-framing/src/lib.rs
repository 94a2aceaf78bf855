//! Lab 13: length-prefixed messages over TCP.
//!
//! TCP carries bytes, not messages. Lab 03 ended each message with a newline; here each one begins with its
//! length, so that it may hold any bytes at all, and the receiver knows at once how much is still to come.
//!
//! # What goes over the wire
//!
//! ```text
//!   4 bytes, most significant first      `length` bytes
//! +------------------------------------+------------------ - - -
//! |               length               |  payload
//! +------------------------------------+------------------ - - -
//! ```
//!
//! A frame without payload, `00000000`, is a frame. The server returns every frame unchanged and in order, until the
//! client closes. It ends the conversation itself in three cases, always by `labkit::drain_close`:
//!
//! | case | what the client sees | what the log says |
//! |---|---|---|
//! | a length over `--max-frame` (1,048,576) | a frame `ERR frame too large`, then the end | [`FrameError::TooLarge`] |
//! | the stream ends inside a frame | the end | [`FrameError::EndsInHeader`] or [`FrameError::EndsInPayload`] |
//! | no complete frame for `--idle` seconds (30) | the end | [`FrameError::Idle`] |
//!
//! # Modules
//!
//! - [`codec`]: frames to bytes, and bytes, however they were cut, to frames
//! - [`sync`]: one frame from, or to, a blocking stream
//! - [`server`]: clients one after another, each in frames
//! - [`client`]: one frame out, one frame in

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod client;
pub mod codec;
mod error;
pub mod server;
pub mod sync;

pub use error::FrameError;
