//! One question over UDP, and which answers to believe.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant, SystemTime};

use crate::packet::{CLIENT, LENGTH, NtpPacket, SERVER};
use crate::time::{NtpTs, offset_delay};

/// How long and how often to ask.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long to wait for the answer to one request.
    pub timeout: Duration,
    /// How many requests to send at most, the first one included.
    pub tries: u32,
}

/// What a server's answer told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// When the answer left, by the server's clock.
    pub server_time: SystemTime,
    /// By how many seconds the server's clock is ahead of ours.
    pub offset: f64,
    /// How many seconds request and answer were on their way.
    pub delay: f64,
    /// How far the server is from a reference clock.
    pub stratum: u8,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "server time: {}", labkit::time::iso8601(self.server_time))?;
        writeln!(f, "offset: {:+.6} s", self.offset)?;
        writeln!(f, "delay: {:.6} s", self.delay)?;
        write!(f, "stratum: {}", self.stratum)
    }
}

/// Why there is no time.
#[derive(Debug, thiserror::Error)]
pub enum SntpError {
    /// No request was answered in its time.
    #[error("no answer to {0} requests")]
    NoAnswer(u32),
    /// The server wants no more requests, and says why in four letters, as `RATE` (RFC 5905 §7.4).
    #[error("the server wants no more requests: {}", _0.escape_ascii())]
    KissOfDeath([u8; 4]),
    /// The server says that its own clock can't be trusted.
    #[error("the server's clock is unsynchronised")]
    Unsynchronised,
    /// The socket's own trouble, or a refusal.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Asks the server at `server` for the time, with a new request each time that one was not answered.
///
/// The transmit timestamp of a request is the time at which that request leaves. What is an answer, and which
/// answers must not be used, says the [crate's documentation](crate).
///
/// # Errors
///
/// [`SntpError::NoAnswer`] after the last try. [`SntpError::KissOfDeath`] and [`SntpError::Unsynchronised`] at the
/// first such answer: the server has spoken, and nothing more is sent. [`SntpError::Io`] with what a call on the
/// socket returned, as `ConnectionRefused` where no server is.
pub fn query(server: SocketAddr, patience: &Patience) -> Result<Answer, SntpError> {
    // begin solution: connect a socket; then send a request and wait for its answer, at most `tries` times
    let socket = UdpSocket::bind(labkit::any_port_towards(server))?;
    // From now on the kernel lets nothing through that comes from elsewhere.
    socket.connect(server)?;

    for _ in 0..patience.tries {
        let sent = NtpTs::from_system(SystemTime::now());
        let request = NtpPacket { vn: 4, mode: CLIENT, xmit_ts: sent, ..NtpPacket::default() };
        socket.send(&request.to_bytes())?;
        if let Some((answer, received)) = wait_for_answer(&socket, sent, patience.timeout)? {
            return judge(&answer, sent, received);
        }
    }
    Err(SntpError::NoAnswer(patience.tries))
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// The answer to the request of that transmit timestamp, and when it came; `None` if it doesn't come in time.
fn wait_for_answer(
    socket: &UdpSocket,
    sent: NtpTs,
    timeout: Duration,
) -> io::Result<Option<(NtpPacket, NtpTs)>> {
    let deadline = Instant::now() + timeout;
    let mut buffer = [0; LENGTH];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        // Set anew before each receive: a stranger's datagrams must not give the server more time.
        socket.set_read_timeout(Some(left))?;
        // What is longer than the buffer loses its end, which is passed over anyway.
        let length = match socket.recv(&mut buffer) {
            Ok(length) => length,
            // A read timeout: WouldBlock on Unix, TimedOut on Windows. The loop sees that no time is left.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let received = NtpTs::from_system(SystemTime::now());
        let Ok(packet) = NtpPacket::parse(&buffer[..length]) else { continue };
        // Only who has seen the request can repeat its timestamp.
        if packet.mode == SERVER && packet.orig_ts == sent {
            return Ok(Some((packet, received)));
        }
    }
}

/// What an answer tells, unless it says that it must not be used.
fn judge(answer: &NtpPacket, sent: NtpTs, received: NtpTs) -> Result<Answer, SntpError> {
    const NOT_SYNCHRONISED: u8 = 3;
    const SYNCHRONISED: std::ops::RangeInclusive<u8> = 1..=15;

    // First, because a kiss of death says of its clock that it is not synchronised as well.
    if answer.stratum == 0 {
        return Err(SntpError::KissOfDeath(answer.ref_id));
    }
    if answer.li == NOT_SYNCHRONISED
        || !SYNCHRONISED.contains(&answer.stratum)
        || answer.xmit_ts == NtpTs::default()
    {
        return Err(SntpError::Unsynchronised);
    }
    let (offset, delay) = offset_delay(sent, answer.recv_ts, answer.xmit_ts, received);
    Ok(Answer { server_time: answer.xmit_ts.to_system(), offset, delay, stratum: answer.stratum })
}
// end solution item
