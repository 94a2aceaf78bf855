//! Sockets whose buffers have the size that somebody wants.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

use socket2::{Domain, Protocol, Socket, Type};

/// How much the kernel may keep for a connection, in bytes, in each direction; `None` leaves it to the kernel, which begins
/// small and goes up to some megabytes. Linux doubles the numbers, for its own bookkeeping (socket(7)).
#[derive(Clone, Copy, Debug, Default)]
pub struct Buffers {
    /// Of what was sent and is not yet acknowledged, or not yet under way (`SO_SNDBUF`).
    pub send: Option<usize>,
    /// Of what has come and is not yet read (`SO_RCVBUF`).
    pub receive: Option<usize>,
}

/// A listener on `address`. The connections that it accepts inherit its buffers.
///
/// # Errors
///
/// As of [`TcpListener::bind`].
pub fn listen(address: SocketAddr, buffers: Buffers) -> io::Result<TcpListener> {
    let socket = new(address, buffers)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}

/// A connection to the first of `addresses` that takes it.
///
/// # Errors
///
/// The error of the last address; `AddrNotAvailable` if there is none.
pub fn connect(addresses: &[SocketAddr], buffers: Buffers) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        let socket = new(*address, buffers)?;
        match socket.connect(&(*address).into()) {
            Ok(()) => return Ok(socket.into()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The sizes are set before anything else: the handshake tells the other side how much may be under way.
fn new(address: SocketAddr, buffers: Buffers) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if let Some(size) = buffers.send {
        socket.set_send_buffer_size(size)?;
    }
    if let Some(size) = buffers.receive {
        socket.set_recv_buffer_size(size)?;
    }
    Ok(socket)
}
