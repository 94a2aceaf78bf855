//! A socket that shares its port with others, and what both servers do with it.

use std::io::{self, Write};
use std::net::{SocketAddrV4, UdpSocket};

use labkit::say;
use socket2::{Domain, Protocol, Socket, Type};

use crate::LARGEST_DATAGRAM;

/// Makes a UDP socket at `address` that lets others have the same address, if they allow it as well.
///
/// For TCP, `SO_REUSEADDR` is about the past: a server gets its port back although old connections linger. For UDP it
/// is about the present: several sockets have one port at the same time. Each of them gets every broadcast and
/// multicast datagram for that port, and one of them gets what is sent to this machine alone.
///
/// # Errors
///
/// `AddrInUse` if another socket has the address and doesn't share it, `AddrNotAvailable` if it isn't this machine's.
pub fn bind_shared(address: SocketAddrV4) -> io::Result<UdpSocket> {
    todo!("make a socket, allow others to share its address, and only then bind it")
}

/// Prints what arrives at `socket`, for ever.
///
/// Writes to `out` a line `ROLE listening on ADDRESS` with the socket's own address, and then for each datagram
/// `The client at ADDRESS says: "TEXT"`; each line as soon as it is true.
///
/// # Errors
///
/// When the socket can't receive any more, or `out` can't be written.
pub fn listen(socket: &UdpSocket, role: &str, out: &mut impl Write) -> io::Result<()> {
    todo!("print the ready line; then receive and print datagram after datagram")
}
