//! How the listener comes to be.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted. A thousand clients may come within the same millisecond, and who finds the
/// queue full tries again a second later. The kernel takes no more than `/proc/sys/net/core/somaxconn`.
const BACKLOG: u32 = 4096;

/// Makes a socket that listens on `address`. It must be called inside a runtime, which will watch the socket.
///
/// # Errors
///
/// `AddrInUse` if another socket has the address, `AddrNotAvailable` if no interface of this machine has it,
/// `PermissionDenied` for a port below 1024 without the right to use those.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that ends and starts again has its address back at once (lab 04).
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
