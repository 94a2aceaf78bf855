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
    // begin solution: print the ready line; then expire, wait until the next expiry at most, handle, send, and again
    writeln!(out, "UDP chat server listening on {}", socket.local_addr()?)?;
    out.flush()?;

    // Large enough for any datagram: of one that is larger than its buffer, the rest is lost without a word.
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        send_all(socket, room.expire(Instant::now()));
        socket.set_read_timeout(room.next_expiry().map(time_until))?;
        match socket.recv_from(&mut buffer) {
            Ok((length, from)) => {
                send_all(socket, room.handle(from, &buffer[..length], Instant::now()));
            }
            // The time is over: somebody has been silent for too long.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // end solution
}

// begin solution item: the steps of serve, if you like them as functions of their own
/// Sends each datagram. An error is about one member: the way there is gone, or its address was never a good one.
fn send_all(socket: &UdpSocket, datagrams: Datagrams) {
    for (to, payload) in datagrams {
        if let Err(error) = socket.send_to(&payload, to) {
            labkit::log!(warn, "{to}: {error}");
        }
    }
}

/// As a socket's timeout, which must not be zero.
fn time_until(moment: Instant) -> Duration {
    moment.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}
// end solution item
