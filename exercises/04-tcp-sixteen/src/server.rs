//! The server: sixteen bytes from each client, sixteen bytes back.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use socket2::{Domain, Protocol, Socket, Type};

use crate::io::{RecvError, recv_exact, send_all};
use labkit::say;

/// Makes a socket that listens on `address`, and on no other. In lab 02 this was given.
///
/// `backlog` is how many connections may wait to be accepted. `reuse` is the option `SO_REUSEADDR`: whether the
/// address may be bound although old connections of it are still remembered by the kernel (`TIME_WAIT`).
///
/// # Errors
///
/// `AddrInUse` if another socket has the address, `AddrNotAvailable` if no interface of this machine has it,
/// `PermissionDenied` for a port below 1024 without the right to use those.
pub fn listen(address: SocketAddr, backlog: u16, reuse: bool) -> io::Result<TcpListener> {
    todo!("make the socket, set its option, bind, listen")
}

/// Prints the ready line, then talks with one client after another; with `once` only with the first.
///
/// Writes each line to `out` as soon as it is true. What goes wrong with a client is logged, and the next one served.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve(listener: &TcpListener, once: bool, out: &mut impl Write) -> io::Result<()> {
    todo!("print the ready line; then accept, say who came, and talk, client after client")
}

/// Talks with one client: says what the two ends of the connection are, receives, answers and closes.
///
/// # Errors
///
/// When the client's message does not arrive whole, or the answer can't be sent or `out` not be written.
pub fn talk(mut stream: TcpStream, client: SocketAddr, out: &mut impl Write) -> Result<(), RecvError> {
    todo!("print both addresses, receive the message and print it, send the reply, close with labkit::close")
}
