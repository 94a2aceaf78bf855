//! The next client, also when none can be accepted for a while: what you wrote in lab 18, given here.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// How long to wait when nobody can be accepted, before the next attempt.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits for the next client, also as long as none can be accepted because this machine is short of something.
///
/// # Errors
///
/// When the listener will never accept anybody.
pub fn next_client(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let mut is_short = false;
    loop {
        let error = match listener.accept() {
            Ok(accepted) => return Ok(accepted),
            Err(error) => error,
        };
        match error.kind() {
            // A client that gave up while it was waiting in the queue, or a signal (accept(2), ERRORS).
            ErrorKind::ConnectionAborted | ErrorKind::Interrupted => {}
            // EINVAL: this socket doesn't listen.
            ErrorKind::InvalidInput => return Err(error),
            // No descriptor or no memory. The client stays in the queue.
            _ => {
                // A line for each shortage, not one for each attempt.
                if !mem::replace(&mut is_short, true) {
                    labkit::log!(warn, "cannot accept: {error}");
                }
                thread::sleep(PAUSE);
            }
        }
    }
}
