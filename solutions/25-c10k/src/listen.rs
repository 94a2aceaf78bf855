//! The listener: its queue, and a port that is shared.
//!
//! `std::net::TcpListener::bind` does four steps in one (socket, options, bind, listen), with a queue of 128 and no port that
//! is shared. socket2 has each of them for itself.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// Makes a socket that listens on `address`, doesn't block, and lets up to `backlog` connections wait to be accepted; the
/// kernel takes no more than `/proc/sys/net/core/somaxconn`.
///
/// With `shares_port`, other sockets may listen on the same address, if all of them ask for it, and before they are bound
/// (`SO_REUSEPORT`, socket(7)). The kernel then chooses one of them for each new connection, by a hash of both addresses. Each
/// has a queue of its own. To share a port only takes programs of the same user.
///
/// # Errors
///
/// `AddrInUse` if another socket has the address, `AddrNotAvailable` if no interface of this machine has it,
/// `PermissionDenied` for a port below 1024 without the right to use those.
pub fn listen(address: SocketAddr, backlog: u16, shares_port: bool) -> io::Result<TcpListener> {
    // begin solution: socket, options, bind, listen, in this order
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A server that ends and starts again has its address back at once (lab 04).
    socket.set_reuse_address(true)?;
    // The kernel looks at it when the socket is bound: later would be too late.
    socket.set_reuse_port(shares_port)?;
    socket.bind(&address.into())?;
    socket.listen(backlog.into())?;
    // Tokio's wish: it waits for all its sockets at once, never for one.
    socket.set_nonblocking(true)?;
    Ok(socket.into())
    // end solution
}
