//! A datagram from port 0: RFC 768 allows it to a sender that wants no answer, and none can be sent.

use std::io::ErrorKind;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};

use crate::fault::Fault;

/// Sends one datagram with source port 0 to an IPv4 address, through a raw socket: no other has that port. Whoever
/// answers it is told that this can't be (`EINVAL`, from Linux's `sendto`).
pub(crate) fn send_without_port(to: SocketAddr, payload: &[u8]) -> Result<(), Fault> {
    let socket = match Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::UDP)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Err(Fault::skip("needs raw sockets, for a datagram from port 0"));
        }
        socket => socket?,
    };
    // Of a raw socket's address only the host is looked at; the port stands in the header.
    let host = SocketAddr::new(to.ip(), 0);
    socket.send_to(&udp(to.port(), payload)?, &host.into())?;
    Ok(())
}

/// A header from port 0, and the payload. A checksum of 0 means that there is none (RFC 768).
fn udp(port: u16, payload: &[u8]) -> Result<Vec<u8>, Fault> {
    let length = u16::try_from(8 + payload.len()).map_err(|_| Fault::infra("too long for a datagram"))?;
    let header = [0, port, length, 0].map(u16::to_be_bytes).concat();
    Ok([&header, payload].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_port_zero_and_its_own_length() {
        assert_eq!(udp(9090, b"Hi").unwrap(), b"\0\0\x23\x82\0\x0a\0\0Hi");
        assert!(udp(9090, &[0; 65_528]).is_err());
    }
}
