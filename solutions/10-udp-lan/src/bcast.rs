//! To everybody on a network.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

/// What the client says.
pub const MESSAGE: &str = "Broadcast datagram!";

/// The address that stands for everybody on the network of `ip`, whose first `prefix` bits are the network's.
///
/// The other bits number the hosts, and all of them set means *every host* (RFC 919): `10.0.2.255` for `10.0.2.5/24`.
/// A `prefix` beyond 32 is taken for 32.
pub fn broadcast_address(ip: Ipv4Addr, prefix: u8) -> Ipv4Addr {
    // begin solution: keep the network's bits, and set all others
    // A shift by all 32 bits overflows: then no bit is left for hosts.
    let hosts = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    Ipv4Addr::from_bits(ip.to_bits() | hosts)
    // end solution
}

/// Sends [`MESSAGE`] to `to`; with `flag`, on a socket that may broadcast (`SO_BROADCAST`).
///
/// # Errors
///
/// `PermissionDenied` if `to` is a broadcast address and the socket may not: the kernel wants to be sure that a program
/// means everybody.
pub fn shout(to: SocketAddrV4, flag: bool) -> io::Result<()> {
    // begin solution: make a socket, set its flag if asked for, and send
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.set_broadcast(flag)?;
    socket.send_to(MESSAGE.as_bytes(), to)?;
    Ok(())
    // end solution
}
