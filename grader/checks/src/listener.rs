//! The grader as a TCP server for a student's client.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::connection::Connection;
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::process_facts::ProcessFacts;
use crate::recorder::Recorder;

/// A listening socket of the grader's.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    recorder: Recorder,
}

impl Listener {
    pub(crate) fn bind(address: &str, recorder: &Recorder) -> Result<Listener, Fault> {
        let address: SocketAddr =
            address.parse().map_err(|_| Fault::infra(format!("bad address {address}")))?;
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket
            .bind(&SockAddr::from(address))
            .map_err(|error| Fault::infra(format!("Failed to listen on {address}: {error}")))?;
        socket.listen(128)?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from(socket);
        Ok(Listener { address: listener.local_addr()?, listener, recorder: recorder.clone() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port, as an argument.
    pub fn port(&self) -> String {
        self.address.port().to_string()
    }

    /// Waits for the client whose process has that id; no longer than that lives.
    pub fn accept(&self, client: u32) -> Result<Connection, Fault> {
        let client = ProcessFacts::of(client);
        let deadline = Deadline::after(PATIENCE);
        let accepted = deadline.poll(|| {
            // In this order: it may connect and end between two looks.
            let has_ended = client.has_ended();
            self.listener.accept().ok().map(Some).or(has_ended.then_some(None))
        });
        let expected = || Fault::expected(format!("the client to connect to {}", self.address));
        match accepted {
            Some(Some((stream, _))) => {
                self.recorder.received("connect");
                Connection::new(stream, "", client, &self.recorder)
            }
            Some(None) => Err(expected().got("its end, without a connection")),
            None => Err(expected().but_waited(format!("no connection in {:?}", deadline.limit()))),
        }
    }

    /// Whether nobody has connected so far.
    pub fn nobody_came(&self) -> bool {
        self.listener.accept().is_err()
    }
}

/// A port of loopback on which nobody listens, nor can anybody while this value lives: a connection to it is refused.
#[derive(Debug)]
pub struct ClosedPort {
    /// Bound, so that the port is taken, and never listening.
    _socket: Socket,
    address: SocketAddr,
}

impl ClosedPort {
    pub(crate) fn reserve() -> Result<ClosedPort, Fault> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))?;
        let address =
            socket.local_addr()?.as_socket().ok_or_else(|| Fault::infra("a socket without address"))?;
        Ok(ClosedPort { _socket: socket, address })
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

/// A port of loopback whose queue of connections is full: Linux throws every further SYN away, and who connects there
/// hears nothing, as from behind a firewall. (So it is while `net.ipv4.tcp_abort_on_overflow` is 0, which is its default.)
#[derive(Debug)]
pub struct DeafPort {
    _listener: Socket,
    /// The one that fills the queue: a backlog of 0 lets one wait.
    _waiting: TcpStream,
    address: SocketAddr,
}

impl DeafPort {
    pub(crate) fn reserve() -> Result<DeafPort, Fault> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        listener.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))?;
        listener.listen(0)?;
        let address =
            listener.local_addr()?.as_socket().ok_or_else(|| Fault::infra("a socket without address"))?;
        let waiting = TcpStream::connect_timeout(&address, PATIENCE)?;
        Ok(DeafPort { _listener: listener, _waiting: waiting, address })
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
        let closed = ClosedPort::reserve().unwrap();
        assert_eq!(TcpStream::connect(closed.address()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(TcpListener::bind(closed.address()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }

    #[test]
    fn a_deaf_port_does_not_answer() {
        let deaf = DeafPort::reserve().unwrap();
        let error = TcpStream::connect_timeout(&deaf.address(), Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
