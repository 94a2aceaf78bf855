//! A stream with a deadline: what you did by hand in lab 07, given here.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection on which nothing waits beyond a moment that was set before.
///
/// A socket's own timeouts begin anew with every call, so that a peer that sends a byte now and then is never late. Here
/// each call gets what is *left* of the time. Many reads and writes may share it, until it is [renewed](Self::renew).
#[derive(Debug)]
pub struct DeadlineStream {
    stream: TcpStream,
    deadline: Instant,
}

impl DeadlineStream {
    /// That connection, with so much time from now on.
    #[must_use]
    pub fn new(stream: TcpStream, time: Duration) -> DeadlineStream {
        DeadlineStream { stream, deadline: Instant::now() + time }
    }

    /// Gives it so much time from now on.
    pub fn renew(&mut self, time: Duration) {
        self.deadline = Instant::now() + time;
    }

    /// The connection itself, without a deadline.
    #[must_use]
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn time_left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        // A timeout of zero would mean *for ever* to the kernel.
        if left.is_zero() { Err(time_is_over()) } else { Ok(left) }
    }
}

/// Fails with `TimedOut` when the time is over; what was read before is lost to whoever wanted more.
impl Read for DeadlineStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.time_left()?))?;
        self.stream.read(buffer).map_err(one_name)
    }
}

/// Fails with `TimedOut` when the time is over; nobody knows then how much was sent.
impl Write for DeadlineStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.time_left()?))?;
        self.stream.write(bytes).map_err(one_name)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn time_is_over() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "the time is over")
}

/// A socket's timeout is `WouldBlock` on Unix, and `TimedOut` on Windows.
fn one_name(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { time_is_over() } else { error }
}
