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
    // begin solution: 32 random bits; std::hash::RandomState gets its seed from the system
    use std::hash::{BuildHasher as _, RandomState};

    // The lower half of the 64 bits is as random as the whole.
    RandomState::new().hash_one(0) as u32
    // end solution
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
    // begin solution: connect a socket; for each delay send the request, and wait for a response with its id
    let socket = UdpSocket::bind(any_port_towards(server))?;
    // From now on the kernel lets nothing through that comes from elsewhere.
    socket.connect(server)?;
    say(out, &format!("Client socket name is {}", socket.local_addr()?))?;

    let id = random_id();
    let request = encode(&Msg { kind: Kind::Request, id, payload: message.to_vec() });
    let response_to_it = |datagram: &[u8]| match decode(datagram) {
        Ok(Msg { kind: Kind::Response, id: same, payload }) if same == id => Some(payload),
        _ => None,
    };
    for delay in delays {
        send(&socket, &request)?;
        say(out, &format!("Waiting up to {} seconds for a reply", delay.as_secs_f64()))?;
        if let Some(payload) = wait(&socket, *delay, response_to_it)? {
            return Ok(payload);
        }
    }
    Err(GiveUp::NoResponse)
    // end solution
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
    // begin solution: as request, with a socket that is not connected, without header, and without a look at what comes
    let socket = UdpSocket::bind(any_port_towards(server))?;
    say(out, &format!("Client socket name is {}", socket.local_addr()?))?;
    for delay in delays {
        socket.send_to(message, server)?;
        say(out, &format!("Waiting up to {} seconds for a reply", delay.as_secs_f64()))?;
        if let Some(reply) = wait(&socket, *delay, |datagram| Some(datagram.to_vec()))? {
            return Ok(reply);
        }
    }
    Err(GiveUp::NoResponse)
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Sends on a connected socket.
///
/// The kernel reports a refusal with the next call on the socket, which may be this one: then nothing has been sent yet.
fn send(socket: &UdpSocket, datagram: &[u8]) -> io::Result<()> {
    match socket.send(datagram) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => socket.send(datagram).map(drop),
        sent => sent.map(drop),
    }
}

/// Receives until `take` takes a datagram, or for so long.
fn wait<T>(socket: &UdpSocket, delay: Duration, take: impl Fn(&[u8]) -> Option<T>) -> io::Result<Option<T>> {
    let deadline = Instant::now() + delay;
    let mut buffer = [0; LARGEST_DATAGRAM];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        // Set anew before each receive: what is ignored must not make the wait longer.
        socket.set_read_timeout(Some(left))?;
        match socket.recv(&mut buffer) {
            Ok(length) => {
                if let Some(taken) = take(&buffer[..length]) {
                    return Ok(Some(taken));
                }
            }
            // The time is over (WouldBlock on Unix, TimedOut on Windows), a signal came, or nobody listens there now:
            // the loop looks whether there is time left.
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                ErrorKind::Interrupted | ErrorKind::ConnectionRefused => {}
                _ => return Err(error),
            },
        }
    }
}
// end solution item
