//! To whoever has joined a group.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use socket2::SockRef;

use crate::server::bind_shared;

/// What the client says, unless `--message` says otherwise.
pub const MESSAGE: &str = "Multicast datagram!";

/// Reads a group's address from the command line: 224.0.0.0 to 239.255.255.255 (RFC 5771).
///
/// # Errors
///
/// In words, for the user, when `text` is no such address.
pub fn parse_group(text: &str) -> Result<Ipv4Addr, String> {
    // begin solution: an IPv4 address, and one that is a group's
    let group: Ipv4Addr = text.parse().map_err(|_| "not an IPv4 address".to_owned())?;
    if group.is_multicast() {
        Ok(group)
    } else {
        Err("not a multicast address (224.0.0.0 to 239.255.255.255)".to_owned())
    }
    // end solution
}

/// Makes a socket that gets what is sent to `group`, and nothing else, on the network of this machine's address
/// `interface`.
///
/// Two things make it so. To *join* tells the kernel that this machine wants the group's datagrams from that network.
/// To *bind* to the group's own address keeps away what comes to the same port for others: joining is done by a socket,
/// but it is the machine that has joined (ip(7), `IP_MULTICAST_ALL`).
///
/// # Errors
///
/// When no interface of this machine has the address `interface`, or those of [`bind_shared`].
pub fn join(group: SocketAddrV4, interface: Ipv4Addr) -> io::Result<UdpSocket> {
    // begin solution: bind to the group's address, shared, and join the group on the interface
    let socket = bind_shared(group)?;
    socket.join_multicast_v4(group.ip(), &interface)?;
    Ok(socket)
    // end solution
}

/// Sends `message` to `group` on the network of this machine's address `interface`, past `ttl` - 1 routers at most.
///
/// A group is on no network in particular, so there may be no route to it: the sender says by which interface its
/// datagrams leave (`IP_MULTICAST_IF`).
///
/// # Errors
///
/// `AddrNotAvailable` when no interface of this machine has the address `interface`.
pub fn send(group: SocketAddrV4, interface: Ipv4Addr, ttl: u8, message: &[u8]) -> io::Result<()> {
    // begin solution: make a socket, choose its interface and its TTL for groups, and send
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    SockRef::from(&socket).set_multicast_if_v4(&interface)?;
    socket.set_multicast_ttl_v4(ttl.into())?;
    socket.send_to(message, group)?;
    Ok(())
    // end solution
}
