//! How a listener comes to be.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// Makes a socket that listens on `address`, in the four steps that [`TcpListener::bind`] takes at once.
///
/// `backlog` is how many connections may wait there to be accepted. [`TcpListener::bind`] chooses that
/// itself; it is the only reason to do the steps by hand.
///
/// # Errors
///
/// `AddrInUse` if another socket has the address, `AddrNotAvailable` if no interface of this machine has it,
/// `PermissionDenied` for a port below 1024 without the right to use those.
pub fn listen(address: SocketAddr, backlog: u16) -> io::Result<TcpListener> {
    // A socket that can do nothing yet, except become a listener or connect.
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A server that ends and starts again may have its address back at once. Lab 04 shows what happens without.
    socket.set_reuse_address(true)?;
    // Now it has an address of its own; with port 0, the kernel chooses a free port.
    socket.bind(&address.into())?;
    // From here on the kernel takes connections, and keeps them in a queue until `accept` asks for them.
    socket.listen(backlog.into())?;
    Ok(socket.into())
}
