//! The grader as a TCP server for a student's client.

use std::net::{SocketAddr, TcpListener};

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
