//! From a name to a connection: what lab 07 was about.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use crate::error::HttpError;
use crate::timed::{Timed, time_left};

/// Connects to the first address of `host` that answers, before `deadline`, which the stream will keep from then on.
///
/// Each address may take an equal share of the time that is left when its turn comes.
///
/// # Errors
///
/// [`HttpError::Name`] if the host has no address, [`HttpError::TimedOut`] if the deadline passes, else what went wrong
/// with the last address.
pub fn connect(host: &str, port: u16, deadline: Instant) -> Result<Timed, HttpError> {
    let addresses = lookup(host, port, deadline)?;
    let mut failure = HttpError::Name(host.to_owned());
    let mut untried = addresses.len() as u32;
    for address in addresses {
        let share = time_left(deadline)? / untried;
        untried -= 1;
        match TcpStream::connect_timeout(&address, share) {
            Ok(stream) => return Ok(Timed::new(stream, deadline)),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

/// All addresses of the host. The resolver knows no deadline: if it is not back in time, it is left to itself.
fn lookup(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, HttpError> {
    let (sender, answer) = mpsc::channel();
    let question = (host.to_owned(), port);
    thread::Builder::new().spawn(move || {
        let addresses: io::Result<Vec<SocketAddr>> = question.to_socket_addrs().map(Iterator::collect);
        // Nobody listens any more if the answer comes too late.
        let _ = sender.send(addresses);
    })?;
    match answer.recv_timeout(time_left(deadline)?) {
        Ok(addresses) => addresses.map_err(|_| HttpError::Name(host.to_owned())),
        Err(_) => Err(HttpError::TimedOut),
    }
}
