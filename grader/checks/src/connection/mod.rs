//! The grader's end of a TCP connection, to a student's server or from a student's client.

mod expect;
mod send;

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::SockRef;

use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::process_facts::ProcessFacts;
use crate::recorder::Recorder;
use crate::tcp_table::TcpTable;
use crate::words::shown;

/// A program that sends more than this unasked is flooding: no check expects as much.
const MAX_ARRIVED: usize = 128 << 20;

/// One TCP connection with the student's program at the other end.
///
/// Writes go out at once (TCP_NODELAY) and every wait has a deadline.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    local: SocketAddr,
    remote: SocketAddr,
    label: String,
    program: ProcessFacts,
    recorder: Recorder,
    table: TcpTable,
    /// Bytes that the kernel has taken for the program.
    sent: u64,
    /// Bytes that came and were not asked for yet.
    arrived: Vec<u8>,
    end: Option<End>,
}

/// How the program's side of the stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// FIN: an orderly end.
    Fin,
    /// RST: whatever was under way is lost.
    Reset,
}

impl Connection {
    pub(crate) fn new(
        stream: TcpStream,
        label: &str,
        program: ProcessFacts,
        recorder: &Recorder,
    ) -> Result<Connection, Fault> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Connection {
            local: stream.local_addr()?,
            remote: stream.peer_addr()?,
            stream,
            label: if label.is_empty() { String::new() } else { format!("{label}: ") },
            program,
            recorder: recorder.clone(),
            table: TcpTable::open()?,
            sent: 0,
            arrived: Vec::new(),
            end: None,
        })
    }

    /// The grader's own address of the connection.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The program's address of the connection.
    pub fn remote_addr(&self) -> SocketAddr {
        self.remote
    }

    /// Half-closes: the program reads the end of the stream, and may still answer.
    pub fn fin(&mut self) -> Result<(), Fault> {
        self.recorder.sent(format!("{}FIN", self.label));
        match self.stream.shutdown(Shutdown::Write) {
            // The program may have reset the connection already: the next expectation tells.
            Err(e) if e.kind() != ErrorKind::NotConnected => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// Closes by RST: what is under way in both directions is lost (RFC 9293 §3.5.2).
    pub fn reset(self) -> Result<(), Fault> {
        self.recorder.sent(format!("{}RST", self.label));
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?;
        Ok(())
    }

    /// Closes both directions in order.
    pub fn close(self) {
        self.recorder.sent(format!("{}FIN (closed)", self.label));
    }

    /// Reads what is there, without waiting.
    ///
    /// A FIN right behind bytes is left for the next look (it stays readable), so that bytes are judged before the
    /// story goes on: else it would depend on the machine's mood which of the two a fault is marked at.
    fn take_what_came(&mut self) -> Result<(), Fault> {
        let mut chunk = [0; 64 * 1024];
        let already = self.arrived.len();
        while self.end.is_none() {
            match self.stream.read(&mut chunk) {
                Ok(0) if self.arrived.len() > already => return Ok(()),
                Ok(0) => self.came_to(End::Fin),
                Ok(n) => {
                    self.recorder.received(format!("{}{}", self.label, shown(&chunk[..n])));
                    self.arrived.extend_from_slice(&chunk[..n]);
                    if self.arrived.len() > MAX_ARRIVED {
                        return Err(Fault::expected("an end of the answer").got("more than 128 MiB"));
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::ConnectionReset => self.came_to(End::Reset),
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    fn came_to(&mut self, end: End) {
        self.end = Some(end);
        self.recorder.received(format!("{}{}", self.label, if end == End::Fin { "FIN" } else { "RST" }));
    }

    fn wait_ready(&self, events: PollFlags, deadline: Deadline) -> Result<bool, Fault> {
        let mut polled = [PollFd::new(self.stream.as_fd(), events)];
        // Rounded up, so that the last turn of a loop does not spin for less than a millisecond.
        let timeout =
            PollTimeout::try_from(deadline.left() + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        match poll(&mut polled, timeout) {
            Ok(ready) => Ok(ready > 0),
            Err(nix::errno::Errno::EINTR) => Ok(true),
            Err(e) => Err(Fault::infra(format!("poll: {e}"))),
        }
    }
}
