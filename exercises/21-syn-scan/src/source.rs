//! Which address of ours a target sees.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

/// The address that the kernel uses for packets to `dst`. It goes into the checksum, and answers come back to it.
///
/// # Errors
/// What the kernel says when it knows no way to `dst`.
pub fn source_ip_for(dst: Ipv4Addr) -> io::Result<Ipv4Addr> {
    todo!("connect a UDP socket (which sends nothing) and ask for its local address")
}
