//! A server of the student's, and the clients that the grader plays for it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};

use nix::sys::signal::Signal;
use socket2::{Domain, Protocol, Socket, Type};

use crate::connection::Connection;
use crate::datagrams::UdpPeer;
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::{Fault, ensure};
use crate::multitude::Multitude;
use crate::process_facts::ProcessFacts;
use crate::program::Program;
use crate::recorder::Recorder;
use crate::tcp_table::TcpTable;
use crate::udp_table::udp_sockets;
use crate::words::in_words;

/// A student's server that said it is ready.
#[derive(Debug)]
pub struct Server {
    program: Program,
    address: SocketAddr,
    recorder: Recorder,
}

impl Server {
    /// Waits for the ready line of a program, `… listening on ADDRESS`, and makes sure that it is this one which listens there.
    pub(crate) fn wait_until_ready(
        name: &str,
        program: Program,
        recorder: &Recorder,
    ) -> Result<Server, Fault> {
        let address =
            program.wait_for_stdout("the ready line `… listening on ADDRESS:PORT`", ready_address)?;
        recorder.remark(format!("ready on {address}"));
        // Whoever else answers there, it isn't the program under test.
        ensure(holds_it_itself(&program, address)?, || {
            Fault::expected(format!("{name} to listen on {address} itself"))
                .got("another process holds that socket")
        })?;
        Ok(Server { program, address, recorder: recorder.clone() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a connection to it.
    pub fn connect(&self) -> Result<Connection, Fault> {
        self.connect_as("")
    }

    /// Opens a connection to its port at that address of this machine.
    pub fn connect_at(&self, address: &str) -> Result<Connection, Fault> {
        let address = self.port_at(address)?;
        self.recorder.sent(format!("connect to {address}"));
        let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| {
            Fault::expected(format!("the server to accept a connection on {address}")).got(in_words(&error))
        })?;
        Connection::new(stream, "", self.program.facts(), &self.recorder)
    }

    /// Expects nobody to listen on its port at that address of this machine.
    pub fn expect_refused_at(&self, address: &str) -> Result<(), Fault> {
        let address = self.port_at(address)?;
        self.recorder.sent(format!("connect to {address}"));
        let got = match TcpStream::connect_timeout(&address, PATIENCE) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                self.recorder.received("RST");
                return Ok(());
            }
            Err(error) => in_words(&error),
            Ok(_) => "a connection".to_owned(),
        };
        Err(Fault::expected(format!("a connection to {address} to be refused")).got(got))
    }

    /// Waits until nobody listens on its address any more: who connects is refused.
    pub fn expect_refused(&self) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE);
        let table = TcpTable::open()?;
        let closed =
            deadline.try_poll(|| Ok::<_, Fault>(table.listener(self.address)?.is_none().then_some(())))?;
        closed.ok_or_else(|| {
            Fault::expected(format!("the server to listen on {} no more", self.address))
                .but_waited(format!("it still listens after {:?}", deadline.limit()))
        })?;
        self.expect_refused_at(&self.address.ip().to_string())
    }

    fn port_at(&self, address: &str) -> Result<SocketAddr, Fault> {
        let ip = address.parse().map_err(|_| Fault::infra(format!("bad address {address}")))?;
        Ok(SocketAddr::new(ip, self.address.port()))
    }

    /// Opens a connection that takes a few KiB at a time (`SO_RCVBUF` 4096, set before the handshake), so that a
    /// server soon meets the limits of its own writes.
    pub fn connect_with_small_buffer(&self) -> Result<Connection, Fault> {
        self.recorder.sent("connect (with a receive buffer of 4 KiB)");
        let socket = Socket::new(Domain::for_address(self.address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_recv_buffer_size(4096)?;
        socket.connect_timeout(&self.address.into(), PATIENCE).map_err(|error| self.not_accepted(&error))?;
        Connection::new(socket.into(), "", self.program.facts(), &self.recorder)
    }

    /// Opens a connection that the story calls by this name.
    pub fn connect_as(&self, label: &str) -> Result<Connection, Fault> {
        let prefix = if label.is_empty() { String::new() } else { format!("{label}: ") };
        self.recorder.sent(format!("{prefix}connect"));
        let stream =
            TcpStream::connect_timeout(&self.address, PATIENCE).map_err(|error| self.not_accepted(&error))?;
        Connection::new(stream, label, self.program.facts(), &self.recorder)
    }

    /// Makes room for very many clients of it, of whom none is there yet.
    pub fn multitude(&self) -> Result<Multitude, Fault> {
        Multitude::new(self.address, self.program.facts(), &self.recorder)
    }

    /// Opens a UDP socket on loopback, as a client of this server, that the story calls by this name. It waits no longer
    /// than the server lives.
    pub fn udp_client(&self, label: &str) -> Result<UdpPeer, Fault> {
        let mut peer = UdpPeer::bind("127.0.0.1:0", label, &self.recorder)?;
        peer.watch(self.facts());
        Ok(peer)
    }

    fn not_accepted(&self, error: &std::io::Error) -> Fault {
        Fault::expected(format!("the server to accept a connection on {}", self.address)).got(in_words(error))
    }

    /// The program behind it.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Result<(), Fault> {
        self.program.signal(signal)
    }

    /// Waits until every thread of it sleeps, or it has ended: what it had to do is done.
    pub fn wait_until_asleep(&self) -> Result<(), Fault> {
        self.program.wait_until_asleep()
    }

    /// Waits for a line on its stderr for which the question has an answer.
    pub fn wait_for_stderr<T>(&self, what: &str, question: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        self.program.wait_for_stderr(what, question)
    }

    /// What the kernel says about it.
    pub fn facts(&self) -> ProcessFacts {
        self.program.facts()
    }

    /// How many connections may wait to be accepted, by the kernel's account.
    pub fn backlog(&self) -> Result<u32, Fault> {
        let listener = TcpTable::open()?.listener(self.address)?;
        listener.map(|listener| listener.backlog).ok_or_else(|| {
            Fault::expected(format!("the server to listen on {}", self.address)).got("nobody listens there")
        })
    }

    /// Waits until the server has no more descriptors open than this.
    pub fn expect_descriptors_back_to(&self, baseline: usize) -> Result<(), Fault> {
        let mut now = 0;
        Deadline::after(PATIENCE)
            .try_poll(|| {
                now = self.facts().descriptors()?;
                Ok::<_, Fault>((now <= baseline).then_some(()))
            })?
            .ok_or_else(|| {
                Fault::expected(format!("{baseline} open descriptors, as before the clients"))
                    .got(format!("{now} descriptors are still open"))
            })
    }
}

/// The address in a ready line: `(?i)listening on (\S+:\d+)`.
pub(crate) fn ready_address(line: &str) -> Option<SocketAddr> {
    const WORDS: &str = "listening on ";
    let at = line.to_ascii_lowercase().find(WORDS)?;
    line.get(at + WORDS.len()..)?.split_whitespace().next()?.parse().ok()
}

/// Whether a socket that listens on an address by TCP or, if none does, one that receives there by UDP is the program's
/// own, and shared with no other process, which would answer in its place; also when there is none at all, which others
/// will notice.
fn holds_it_itself(program: &Program, address: SocketAddr) -> Result<bool, Fault> {
    let listening = TcpTable::open()?.listeners(address)?;
    let inodes: Vec<u32> = match listening.is_empty() {
        false => listening.iter().map(|listener| listener.inode).collect(),
        true => udp_sockets(program.facts(), address)?.iter().map(|socket| socket.inode).collect(),
    };
    let own = inodes.iter().map(|&inode| program.facts().holds_socket_alone(inode));
    Ok(inodes.is_empty() || own.collect::<Result<Vec<_>, _>>()?.contains(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_line_is_found_in_any_case_and_wording() {
        let address = Some("127.0.0.1:9999".parse().unwrap());
        assert_eq!(ready_address("TCP echo server listening on 127.0.0.1:9999"), address);
        assert_eq!(ready_address("Listening ON 127.0.0.1:9999 (line mode)"), address);
        assert_eq!(ready_address("listening on port 9999"), None);
        assert_eq!(ready_address("ready"), None);
    }
}
