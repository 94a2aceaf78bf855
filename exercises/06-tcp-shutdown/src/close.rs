//! How to close so that what was said last arrives. Until now this was `labkit::close`.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How much input [`close`] discards at most.
const MAX_BYTES: u64 = 1024 * 1024;

/// How long [`close`] waits at most for the peer to finish as well.
const MAX_TIME: Duration = Duration::from_secs(1);

/// [`drain_close`] as all programs of this lab do it: discards at most 1 MiB, and waits for at most a second.
///
/// # Errors
///
/// Those of [`drain_close`].
pub fn close(stream: TcpStream) -> io::Result<u64> {
    drain_close(stream, MAX_BYTES, MAX_TIME)
}

/// Closes `s` without destroying what was sent last, and returns how many bytes it discarded on the way.
///
/// To close a socket with unread input makes the kernel send RST (RFC 1122 §4.2.2.13), and what it has not delivered yet is
/// lost. So: FIN first, then read and discard what the peer still sends, until it has finished as well, and only then
/// close. A peer that never finishes is left after `max_bytes` or after `max_time`, whichever comes first; that is no
/// error.
///
/// # Errors
///
/// Those of `shutdown` and `read`, except a timeout. `ConnectionReset` and `NotConnected` mean that the peer was gone.
pub fn drain_close(mut s: TcpStream, max_bytes: u64, max_time: Duration) -> io::Result<u64> {
    todo!("half-close; read and count until the end, max_bytes or max_time; the stream closes by itself")
}

/// Whether a read gave up because its time was over: `WouldBlock` on Unix, `TimedOut` elsewhere.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
