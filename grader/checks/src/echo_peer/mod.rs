//! The grader as an echo server for many clients at once: what a load generator is tried on.

mod manners;
mod serve;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use socket2::{Domain, Protocol, Socket, Type};

use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::recorder::Recorder;

pub use manners::{Answer, Asked, Manners};
use serve::Peer;

/// How many connections may wait to be accepted: a load generator opens all of its at once.
const BACKLOG: i32 = 4096;

/// What came to the peer.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Visits {
    /// Connections, with those that were rejected.
    pub connections: usize,
    /// How many lines each of those that were served sent, by the number of the connection.
    pub lines: BTreeMap<usize, usize>,
    /// Lines that came while the reply to an earlier one of the same connection was due.
    pub early: usize,
}

/// An echo server of the grader's, in a thread of its own. It serves until it is asked for its [`Visits`], or dropped.
#[derive(Debug)]
pub struct EchoPeer {
    address: SocketAddr,
    /// Closed, it ends the thread.
    stop: Option<UnixStream>,
    /// How many connections there have been at once.
    most: Arc<AtomicUsize>,
    thread: Option<JoinHandle<std::io::Result<Visits>>>,
    recorder: Recorder,
}

impl EchoPeer {
    pub(crate) fn start(manners: Manners, recorder: &Recorder) -> Result<EchoPeer, Fault> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from(socket);
        let address = listener.local_addr()?;
        let (stop, stopped) = UnixStream::pair()?;
        let most = Arc::new(AtomicUsize::new(0));
        let peer = Peer::new(listener, manners, Arc::clone(&most), stopped);
        let thread = std::thread::spawn(move || peer.serve());
        Ok(EchoPeer { address, stop: Some(stop), most, thread: Some(thread), recorder: recorder.clone() })
    }

    /// Where it listens, as an argument: `127.0.0.1:40001`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until so many connections are there at once.
    pub fn expect_at_once(&self, connections: usize) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE);
        let most = || self.most.load(Ordering::SeqCst);
        deadline.poll(|| (most() >= connections).then_some(())).ok_or_else(|| {
            Fault::expected(format!("{connections} connections at once")).but_waited(format!(
                "there were never more than {} in {:?}",
                most(),
                deadline.limit()
            ))
        })
    }

    /// Ends it, and tells what came.
    pub fn visits(mut self) -> Result<Visits, Fault> {
        let visits = self.end().ok_or_else(|| Fault::infra("the echo peer has ended before"))??;
        let lines: usize = visits.lines.values().sum();
        self.recorder.received(format!("{} connections, {lines} lines in all", visits.connections));
        Ok(visits)
    }

    fn end(&mut self) -> Option<Result<Visits, Fault>> {
        drop(self.stop.take());
        let served = self.thread.take()?.join();
        Some(served.map_err(|_| Fault::infra("the echo peer panicked")).and_then(|visits| Ok(visits?)))
    }
}

impl Drop for EchoPeer {
    fn drop(&mut self) {
        // Whoever wants to know has asked before.
        let _ = self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::time::{Duration, Instant};

    use super::*;

    fn visit(peer: &EchoPeer) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(peer.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        BufReader::new(stream)
    }

    fn ask(client: &mut BufReader<TcpStream>, line: &str) -> String {
        client.get_mut().write_all(line.as_bytes()).unwrap();
        answer(client)
    }

    fn answer(client: &mut BufReader<TcpStream>) -> String {
        let mut reply = String::new();
        client.read_line(&mut reply).unwrap();
        reply
    }

    fn start(manners: Manners) -> EchoPeer {
        EchoPeer::start(manners, &Recorder::new()).unwrap()
    }

    #[test]
    fn it_echoes_to_many_and_counts_what_came() {
        let peer = start(Manners::default());
        let mut clients = [visit(&peer), visit(&peer)];
        for client in clients.iter_mut().rev() {
            assert_eq!(ask(client, "a\n"), "ECHO: a\n");
        }
        assert_eq!(ask(&mut clients[0], "b\n"), "ECHO: b\n");
        let visits = peer.visits().unwrap();
        assert_eq!(visits, Visits { connections: 2, lines: BTreeMap::from([(0, 2), (1, 1)]), early: 0 });
    }

    #[test]
    fn lines_that_do_not_wait_for_replies_are_early() {
        let peer = start(Manners::default());
        let mut client = visit(&peer);
        assert_eq!(ask(&mut client, "a\nb\nc"), "ECHO: a\n");
        assert_eq!(answer(&mut client), "ECHO: b\n");
        assert_eq!(ask(&mut client, "\n"), "ECHO: c\n");
        assert_eq!(peer.visits().unwrap().lines[&0], 3);

        let peer =
            start(Manners::default().answers(|_| Answer::Later(Duration::from_millis(1), b"x\n".into())));
        let mut client = visit(&peer);
        assert_eq!(ask(&mut client, "a\nb\n"), "x\n");
        assert_eq!(peer.visits().unwrap().early, 1);
    }

    #[test]
    fn who_finds_no_slot_is_told_and_ended_in_order() {
        let peer = start(Manners::default().slots(1));
        let mut served = visit(&peer);
        assert_eq!(ask(&mut served, "a\n"), "ECHO: a\n");
        let mut rejected = visit(&peer);
        rejected.get_mut().write_all(b"a\n").unwrap();
        let mut all = String::new();
        rejected.read_to_string(&mut all).unwrap();
        assert_eq!(all, "Server is full. Try again later.\n");
        assert_eq!(peer.visits().unwrap().connections, 2);
    }

    #[test]
    fn it_answers_nobody_before_all_are_there() {
        let peer = start(Manners::default().gathers(2));
        let mut first = visit(&peer);
        first.get_mut().write_all(b"a\n").unwrap();
        let mut second = visit(&peer);
        assert_eq!(ask(&mut second, "b\n"), "ECHO: b\n");
        peer.expect_at_once(2).unwrap();
        assert_eq!(answer(&mut first), "ECHO: a\n");
    }

    #[test]
    fn a_late_answer_is_never_early_and_an_end_is_one() {
        let late = Duration::from_millis(30);
        let peer = start(Manners::default().answers(move |asked| match asked.number {
            0 => Answer::Later(late, asked.echo()),
            _ => Answer::End,
        }));
        let mut client = visit(&peer);
        let before = Instant::now();
        assert_eq!(ask(&mut client, "a\n"), "ECHO: a\n");
        assert!(before.elapsed() >= late);
        assert_eq!(ask(&mut client, "b\n"), "");
    }
}
