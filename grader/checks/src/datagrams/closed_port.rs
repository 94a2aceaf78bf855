//! A UDP port where nobody is.

use std::net::{SocketAddr, UdpSocket};

use crate::fault::Fault;

/// A UDP port of loopback on which nobody receives, nor can anybody while this value lives: the kernel answers a datagram
/// to it with *port unreachable* (ICMP type 3, code 3).
#[derive(Debug)]
pub struct ClosedUdpPort {
    /// Connected to itself: the port is taken, and what comes from anybody else is for no socket.
    _socket: UdpSocket,
    address: SocketAddr,
}

impl ClosedUdpPort {
    pub(crate) fn reserve() -> Result<ClosedUdpPort, Fault> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let address = socket.local_addr()?;
        socket.connect(address)?;
        Ok(ClosedUdpPort { _socket: socket, address })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port, as an argument.
    pub fn port(&self) -> String {
        self.address.port().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::time::Duration;

    #[test]
    fn a_closed_port_refuses_and_stays_closed() {
        let closed = ClosedUdpPort::reserve().unwrap();
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client.connect(closed.address()).unwrap();
        client.send(b"anybody there?").unwrap();
        assert_eq!(client.recv(&mut [0; 1]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(UdpSocket::bind(closed.address()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
