//! A name's addresses, or the end of one's patience.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// All addresses of `host`, each with that port, in the order in which the resolver would have them tried.
///
/// `host` may be a name or an address. Unlike [`ToSocketAddrs`], which does the same and takes as long as it likes (ten
/// seconds and more, where a name server does not answer), this waits no longer than until `deadline`. The question is
/// asked in another *thread*, a second line of execution in the same program: when the time is over, that thread is
/// left to itself. Lab 11 comes to threads; here it is enough to know what this function returns.
///
/// # Errors
///
/// `TimedOut` after the deadline. Any other kind means that there is no such host: the resolver's own errors have none
/// that would tell more.
pub fn lookup(host: &str, port: u16, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    let (sender, answer) = mpsc::channel();
    let question = (host.to_owned(), port);
    thread::Builder::new().spawn(move || {
        let addresses = question.to_socket_addrs().map(Iterator::collect);
        // Nobody listens any more if the answer comes too late.
        let _ = sender.send(addresses);
    })?;
    let left = deadline.saturating_duration_since(Instant::now());
    answer.recv_timeout(left).unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}
