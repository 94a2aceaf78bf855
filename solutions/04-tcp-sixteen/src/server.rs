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
    // begin solution: make the socket, set its option, bind, listen
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Before bind, which is what looks at it.
    socket.set_reuse_address(reuse)?;
    socket.bind(&address.into())?;
    socket.listen(backlog.into())?;
    Ok(socket.into())
    // end solution
}

/// Prints the ready line, then talks with one client after another; with `once` only with the first.
///
/// Writes each line to `out` as soon as it is true. What goes wrong with a client is logged, and the next one served.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve(listener: &TcpListener, once: bool, out: &mut impl Write) -> io::Result<()> {
    // begin solution: print the ready line; then accept, say who came, and talk, client after client
    say(out, &format!("Listening on {}", listener.local_addr()?))?;
    loop {
        let (stream, client) = listener.accept()?;
        say(out, &format!("We have accepted a connection from {client}"))?;
        if let Err(error) = talk(stream, client, out) {
            labkit::log!(warn, "{client}: {error}");
        }
        if once {
            return Ok(());
        }
    }
    // end solution
}

/// Talks with one client: says what the two ends of the connection are, receives, answers and closes.
///
/// # Errors
///
/// When the client's message does not arrive whole, or the answer can't be sent or `out` not be written.
pub fn talk(mut stream: TcpStream, client: SocketAddr, out: &mut impl Write) -> Result<(), RecvError> {
    // begin solution: print both addresses, receive the message and print it, send the reply, close with labkit::close
    say(out, &format!("  Socket name: {}", stream.local_addr()?))?;
    say(out, &format!("  Socket peer: {client}"))?;
    let message = recv_exact(&mut stream, crate::LENGTH)?;
    say(out, &format!("  Incoming sixteen-octet message: {:?}", String::from_utf8_lossy(&message)))?;
    send_all(&mut stream, crate::FAREWELL)?;
    labkit::close(stream)?;
    say(out, "  Reply sent, socket closed")?;
    Ok(())
    // end solution
}
