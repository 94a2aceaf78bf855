//! Which address of ours a target sees.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

/// The address that the kernel uses for packets to `dst`. It goes into the checksum, and answers come back to it.
///
/// # Errors
/// What the kernel says when it knows no way to `dst`.
pub fn source_ip_for(dst: Ipv4Addr) -> io::Result<Ipv4Addr> {
    // begin solution: connect a UDP socket (which sends nothing) and ask for its local address
    const ANY_PORT: u16 = 9;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect((dst, ANY_PORT))?;
    match socket.local_addr()? {
        SocketAddr::V4(address) => Ok(*address.ip()),
        SocketAddr::V6(_) => unreachable!("the socket was bound to an IPv4 address"),
    }
    // end solution
}
