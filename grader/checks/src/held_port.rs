//! Ports of loopback that are held so that nobody answers there.

use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::deadline::PATIENCE;
use crate::fault::Fault;

/// A port of loopback that nobody else can have while this value lives, and that stays as it is.
#[derive(Debug)]
pub struct HeldPort {
    _socket: OwnedFd,
    address: SocketAddr,
}

impl HeldPort {
    /// On which nobody listens: a connection to it is refused.
    pub(crate) fn closed() -> Result<HeldPort, Fault> {
        // Bound, so that the port is taken, and never listening.
        let (socket, address) = bound()?;
        Ok(HeldPort { _socket: socket.into(), address })
    }

    /// Whose queue of connections is full: Linux throws every further SYN away, and who connects there hears nothing, as
    /// from behind a firewall. (So it is while `net.ipv4.tcp_abort_on_overflow` is 0, which is its default.)
    pub(crate) fn deaf() -> Result<HeldPort, Fault> {
        let (listener, address) = bound()?;
        listener.listen(0)?;
        // The one that fills the queue: a backlog of 0 lets one wait. It waits there also when its client has gone.
        drop(TcpStream::connect_timeout(&address, PATIENCE)?);
        Ok(HeldPort { _socket: listener.into(), address })
    }

    /// Of UDP, on which nobody receives: the kernel answers a datagram to it with *port unreachable* (ICMP type 3, code 3).
    pub(crate) fn closed_udp() -> Result<HeldPort, Fault> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let address = socket.local_addr()?;
        // Connected to itself: the port is taken, and what comes from anybody else is for no socket.
        socket.connect(address)?;
        Ok(HeldPort { _socket: socket.into(), address })
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

/// A TCP socket with a port of its own.
fn bound() -> Result<(Socket, SocketAddr), Fault> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))?;
    let address = socket.local_addr()?.as_socket().ok_or_else(|| Fault::infra("a socket without address"))?;
    Ok((socket, address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::net::TcpListener;
    use std::time::Duration;

    #[test]
    fn a_closed_port_refuses_and_stays_closed() {
        let closed = HeldPort::closed().unwrap();
        assert_eq!(TcpStream::connect(closed.address()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(TcpListener::bind(closed.address()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }

    #[test]
    fn a_deaf_port_does_not_answer() {
        let deaf = HeldPort::deaf().unwrap();
        let error = TcpStream::connect_timeout(&deaf.address(), Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn a_closed_udp_port_refuses_and_stays_closed() {
        let closed = HeldPort::closed_udp().unwrap();
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client.connect(closed.address()).unwrap();
        client.send(b"anybody there?").unwrap();
        assert_eq!(client.recv(&mut [0; 1]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(UdpSocket::bind(closed.address()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
