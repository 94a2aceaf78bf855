//! The loop between the socket and the room.

use std::io::{self, ErrorKind, Write};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use crate::LARGEST_DATAGRAM;
use crate::room::{Datagrams, Room};

/// Serves the chat on `socket`: hands each datagram to the room, and sends what the room says.
///
/// Writes to `out` where it listens, as soon as it does. Waits for two things at once, the next datagram and the
/// moment at which somebody has been silent for too long ([`Room::next_expiry`]). A datagram that can't be sent is
/// logged with its address, and the others are sent.
///
/// # Errors
///
/// When the socket can't receive any more, or `out` can't be written.
pub fn serve(socket: &UdpSocket, mut room: Room, out: &mut impl Write) -> io::Result<()> {
    todo!("print the ready line; then expire, wait until the next expiry at most, handle, send, and again")
}

// Your part: the steps of serve, if you like them as functions of their own
