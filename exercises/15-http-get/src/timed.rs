//! A stream that keeps a deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection on which everything together may take until one moment.
///
/// A timeout of a socket belongs to one call, and a server that sends a byte now and then is in time with each of them. So
/// this looks before every call how much time is left, as lab 07 did. Here it is a stream of its own, because then
/// whatever reads from a stream keeps the deadline without knowing of it: a `BufReader`, `write_all`, `read_until`.
#[derive(Debug)]
pub struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Timed {
    /// The stream, until then.
    pub fn new(stream: TcpStream, deadline: Instant) -> Timed {
        Timed { stream, deadline }
    }
}

/// Reads; after `Interrupted` again. When the time is over, the error is `TimedOut` or `WouldBlock`.
impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        todo!("give the stream the time that is left, and read; again if it was interrupted")
    }
}

/// Writes. When the time is over, the error is `TimedOut` or `WouldBlock`.
impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("give the stream the time that is left, and write")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// What is left until the deadline. Never nothing: to a socket, a timeout of zero means *for ever*.
///
/// # Errors
///
/// `TimedOut`, if it has passed.
pub fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left < Duration::from_millis(1) { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}
