//! The two halves of a conversation: to get through, and to say something and hear the reply.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::error::{NetError, Phase, classify};
use crate::lookup;

/// How much of a reply is read, in bytes.
const MAX_REPLY: usize = 1024;

/// Connects to the first address of `host` that answers, before `deadline`.
///
/// The addresses are tried in the order of [`lookup()`]. Each may take an equal share of the time that is left when its
/// turn comes: half of it if it is the first of two.
///
/// # Errors
///
/// [`NetError::Resolve`] if the host has no address, else what went wrong with the last one. When the deadline has
/// passed, [`NetError::TimedOut`] with the phase in which it did.
pub fn connect_any(host: &str, port: u16, deadline: Instant) -> Result<TcpStream, NetError> {
    todo!("look the host up, then try one address after another with connect_timeout")
}

/// Says `message`, and returns the reply: what comes up to a newline (without it), to the end of the stream, or to 1,024
/// bytes.
///
/// # Errors
///
/// [`NetError::ClosedEarly`] if the stream ends before its first byte, [`NetError::TimedOut`] if the reply is not
/// complete at the deadline, [`NetError::Reset`] if the connection breaks.
pub fn exchange(stream: &mut TcpStream, message: &[u8], deadline: Instant) -> Result<Vec<u8>, NetError> {
    todo!(
        "send the message, then read until the reply is complete; a timeout for each call, from the deadline"
    )
}

// Your part: steps that you like to have as functions of their own
