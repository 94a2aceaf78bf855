//! A request that is repeated until it is answered.

use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use labkit::{any_port_towards, say};

use crate::LARGEST_DATAGRAM;
use crate::wire::{Kind, Msg, decode, encode};

/// Why a request has no response.
#[derive(Debug, thiserror::Error)]
pub enum GiveUp {
    /// None came in the time of the last attempt.
    #[error("I think the server is down")]
    NoResponse,
    /// The socket's own trouble, or that of `out`.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// An id that nobody can guess.
pub fn random_id() -> u32 {
    todo!("32 random bits; std::hash::RandomState gets its seed from the system")
}

/// Sends `message` to the server as a request, once for each of `delays`, until the response is there; returns its
/// payload.
///
/// All attempts are the same datagram. The delay of an attempt runs from when it was sent, whatever arrives meanwhile.
/// Writes to `out` the address of its own socket, and with each attempt how long it waits.
///
/// # Errors
///
/// [`GiveUp::NoResponse`] when the last delay is over. A refusal is no error: it may be another one's turn to listen
/// there soon.
pub fn request(
    server: SocketAddr,
    message: &[u8],
    delays: &[Duration],
    out: &mut impl Write,
) -> Result<Vec<u8>, GiveUp> {
    todo!("connect a socket; for each delay send the request, and wait for a response with its id")
}

/// The same without any protection: sends the bare `message`, and returns the first datagram that anybody sends.
///
/// # Errors
///
/// As those of [`request`].
pub fn request_from_anybody(
    server: SocketAddr,
    message: &[u8],
    delays: &[Duration],
    out: &mut impl Write,
) -> Result<Vec<u8>, GiveUp> {
    todo!("as request, with a socket that is not connected, without header, and without a look at what comes")
}

// Your part: steps that you like to have as functions of their own
