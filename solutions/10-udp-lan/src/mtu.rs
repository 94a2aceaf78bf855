//! How long a packet may be on the way to a host.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use labkit::sys::{PmtuDiscover, ip_mtu, set_pmtu_discover};

use crate::LARGEST_DATAGRAM;

/// More bytes than any datagram can have.
const TOO_BIG: usize = 999_999;

/// Linux's number for *message too long* (errno(3)): [`io::ErrorKind`] has no name for it.
pub const EMSGSIZE: i32 = 90;

/// What [`probe`] found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Whether the big datagram was sent.
    pub big_ok: bool,
    /// How long a packet may be on the way, with its headers, in bytes.
    pub mtu: u32,
    /// [`largest_payload`] for that.
    pub largest: u32,
}

/// The largest UDP payload, in bytes, of one IPv4 packet on a network with this MTU.
///
/// The packet begins with 20 bytes of IPv4 header (without options) and 8 of UDP header. IPv4 writes a packet's length
/// in 16 bits, so no packet is longer than 65,535 bytes, whatever the network allows. 0 if not even the headers fit.
pub fn largest_payload(mtu: u32) -> u32 {
    // begin solution: the longest packet that both allow, less the headers
    const HEADERS: u32 = 20 + 8;
    mtu.min(u16::MAX.into()).saturating_sub(HEADERS)
    // end solution
}

/// Sends a datagram that is too big, and asks the kernel what would have fitted.
///
/// Without `fragments`, the socket says "don't fragment" ([`PmtuDiscover::Do`]) and sends 999,999 bytes, which can't be
/// sent: the kernel refuses with [`EMSGSIZE`]. With `fragments`, it allows them ([`PmtuDiscover::Dont`]) and sends
/// 65,507 bytes, the most that UDP can carry. The MTU is the kernel's answer for this socket ([`ip_mtu`]), which must be
/// connected for that: the MTU depends on the way.
///
/// # Errors
///
/// When there is no way to `to`, or the datagram can't be sent for another reason than its size.
pub fn probe(to: SocketAddrV4, fragments: bool) -> io::Result<Probe> {
    // begin solution: connect, set the mode, send the big datagram, take EMSGSIZE for an answer, ask for the MTU
    let (mode, size) = match fragments {
        true => (PmtuDiscover::Dont, LARGEST_DATAGRAM),
        false => (PmtuDiscover::Do, TOO_BIG),
    };
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(to)?;
    set_pmtu_discover(&socket, mode)?;

    let big_ok = match socket.send(&vec![b'#'; size]) {
        Ok(_) => true,
        Err(error) if error.raw_os_error() == Some(EMSGSIZE) => false,
        Err(error) => return Err(error),
    };
    let mtu = ip_mtu(&socket)?;
    Ok(Probe { big_ok, mtu, largest: largest_payload(mtu) })
    // end solution
}
