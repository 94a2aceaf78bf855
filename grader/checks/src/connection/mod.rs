//! The grader's end of a TCP connection, to a student's server or from a student's client.

mod arrived;
mod expect;
mod send;

use std::io::ErrorKind;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, IntoRawFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::SockRef;

use self::arrived::Arrived;
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
    /// Opened when it is first asked: many connections never do.
    table: Option<TcpTable>,
    /// Bytes that the kernel has taken for the program.
    sent: u64,
    arrived: Arrived,
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
            table: None,
            sent: 0,
            arrived: Arrived::default(),
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

    /// Takes as much at a time as other connections do, from now on: see
    /// [`Server::connect_with_small_buffer`](crate::Server::connect_with_small_buffer).
    pub fn enlarge_buffer(&mut self) -> Result<(), Fault> {
        Ok(SockRef::from(&self.stream).set_recv_buffer_size(1 << 20)?)
    }

    /// Reads what is there, without waiting; of very much only the beginning.
    ///
    /// A FIN right behind bytes is left for the next look (it stays readable), so that bytes are judged before the
    /// story goes on: else it would depend on the machine's mood which of the two a fault is marked at.
    fn take_what_came(&mut self) -> Result<(), Fault> {
        if self.end.is_some() {
            return Ok(());
        }
        let before = self.arrived.len();
        let turn = self.arrived.read_from(&self.stream);
        let is_more = self.arrived.len() > before;
        if is_more {
            self.recorder.received(format!("{}{}", self.label, shown(&self.arrived[before..])));
        }
        if self.arrived.len() > MAX_ARRIVED {
            return Err(Fault::expected("an end of the answer").got("more than 128 MiB"));
        }
        match turn {
            Ok(has_ended) if has_ended && !is_more => self.came_to(End::Fin),
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(e) if e.kind() == ErrorKind::ConnectionReset => self.came_to(End::Reset),
            Err(e) => return Err(e.into()),
        }
        Ok(())
    }

    /// Fails, and keeps the connection open to the runner's end: what a program says when the grader leaves is no part of the
    /// story, and would be in the report only if it is said before the program is ended.
    fn fails<T>(&self, fault: Fault) -> Result<T, Fault> {
        if let Ok(stream) = self.stream.try_clone() {
            let _ = stream.into_raw_fd();
        }
        Err(fault)
    }

    fn came_to(&mut self, end: End) {
        self.end = Some(end);
        self.recorder.received(format!("{}{}", self.label, if end == End::Fin { "FIN" } else { "RST" }));
    }

    fn wait_ready(&self, events: PollFlags, deadline: Deadline) -> Result<bool, Fault> {
        let mut polled = [PollFd::new(self.stream.as_fd(), events)];
        // Rounded up, so that the last turn of a loop does not spin for less than a millisecond.
        let timeout =
            PollTimeout::try_from(deadline.turn() + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        match poll(&mut polled, timeout) {
            Ok(ready) => Ok(ready > 0),
            Err(nix::errno::Errno::EINTR) => Ok(true),
            Err(e) => Err(Fault::infra(format!("poll: {e}"))),
        }
    }
}
