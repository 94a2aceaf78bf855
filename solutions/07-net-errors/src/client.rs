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
    // begin solution: look the host up, then try one address after another with connect_timeout
    let addresses = lookup(host, port, deadline).map_err(|error| match error.kind() {
        ErrorKind::TimedOut => NetError::TimedOut(Phase::LookUp),
        _ => NetError::Resolve(host.to_owned()),
    })?;

    let mut failure = NetError::Resolve(host.to_owned());
    let mut untried = addresses.len() as u32;
    for address in addresses {
        let share = time_left(deadline, Phase::Connect)? / untried;
        untried -= 1;
        match TcpStream::connect_timeout(&address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = classify(error, Phase::Connect),
        }
    }
    Err(failure)
    // end solution
}

/// Says `message`, and returns the reply: what comes up to a newline (without it), to the end of the stream, or to 1,024
/// bytes.
///
/// # Errors
///
/// [`NetError::ClosedEarly`] if the stream ends before its first byte, [`NetError::TimedOut`] if the reply is not
/// complete at the deadline, [`NetError::Reset`] if the connection breaks.
pub fn exchange(stream: &mut TcpStream, message: &[u8], deadline: Instant) -> Result<Vec<u8>, NetError> {
    // begin solution: send the message, then read until the reply is complete; a timeout for each call, from the deadline
    send(stream, message, deadline)?;

    let mut reply = Vec::new();
    let mut buffer = [0; MAX_REPLY];
    while reply.len() < MAX_REPLY {
        let room = MAX_REPLY - reply.len();
        let length = receive(stream, &mut buffer[..room], deadline)?;
        if length == 0 && reply.is_empty() {
            return Err(NetError::ClosedEarly);
        }
        if length == 0 {
            break;
        }
        reply.extend_from_slice(&buffer[..length]);
        if let Some(end) = reply.iter().position(|&byte| byte == b'\n') {
            reply.truncate(end);
            break;
        }
    }
    Ok(reply)
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// Sends all of the message. `write_all` would begin its timeout anew with each piece that is taken.
fn send(stream: &mut TcpStream, mut message: &[u8], deadline: Instant) -> Result<(), NetError> {
    while !message.is_empty() {
        let left = time_left(deadline, Phase::Send)?;
        let taken = stream.set_write_timeout(Some(left)).and_then(|()| stream.write(message));
        match taken {
            Ok(length) => message = &message[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(classify(error, Phase::Send)),
        }
    }
    Ok(())
}

/// Reads once; 0 bytes are the end of the stream.
fn receive(stream: &mut TcpStream, buffer: &mut [u8], deadline: Instant) -> Result<usize, NetError> {
    loop {
        let left = time_left(deadline, Phase::Receive)?;
        match stream.set_read_timeout(Some(left)).and_then(|()| stream.read(buffer)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result.map_err(|error| classify(error, Phase::Receive)),
        }
    }
}

/// What is left until the deadline: never so little that a share of it would be nothing, because a timeout of zero is an
/// error, and to the kernel it means *for ever*.
fn time_left(deadline: Instant, phase: Phase) -> Result<Duration, NetError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left < Duration::from_millis(1) { Err(NetError::TimedOut(phase)) } else { Ok(left) }
}
// end solution item
