//! The grader as an echo server for many clients at once: what a load generator is tried on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Protocol, Socket, Type};

use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::recorder::Recorder;

/// How many connections may wait to be accepted: a load generator opens all of its at once.
const BACKLOG: i32 = 4096;

/// What a peer without a free slot says.
const FULL: &[u8] = b"Server is full. Try again later.\n";

/// How the peer behaves. At first as it should: each line comes back behind `ECHO: `, at once, to any number of clients.
pub struct Manners {
    slots: usize,
    gathers: usize,
    answers: Box<dyn FnMut(&Asked<'_>) -> Answer + Send>,
}

/// A line that came, with its newline.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Of which connection, in the order in which they were accepted, from 0.
    pub connection: usize,
    /// How many lines that connection has sent before.
    pub number: usize,
    /// The line.
    pub line: &'a [u8],
}

/// What the peer does with a line.
#[derive(Debug)]
pub enum Answer {
    /// Sends this.
    Now(Vec<u8>),
    /// Sends this so much later.
    Later(Duration, Vec<u8>),
    /// Says nothing.
    Never,
    /// Ends the connection in order.
    End,
}

impl Default for Manners {
    fn default() -> Manners {
        let answers = Box::new(|asked: &Asked<'_>| Answer::Now(asked.echo()));
        Manners { slots: usize::MAX, gathers: 0, answers }
    }
}

impl Manners {
    /// Only the first so many connections ever are served. Each other one is told that the server is full, and ended in
    /// order: half-closed, and what it still sends is read, so that no RST destroys the words.
    pub fn slots(self, slots: usize) -> Manners {
        Manners { slots, ..self }
    }

    /// Nobody is answered before so many connections are there at once.
    pub fn gathers(self, connections: usize) -> Manners {
        Manners { gathers: connections, ..self }
    }

    /// What is done with each line.
    pub fn answers(self, answers: impl FnMut(&Asked<'_>) -> Answer + Send + 'static) -> Manners {
        Manners { answers: Box::new(answers), ..self }
    }
}

impl fmt::Debug for Manners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manners")
            .field("slots", &self.slots)
            .field("gathers", &self.gathers)
            .finish_non_exhaustive()
    }
}

impl Asked<'_> {
    /// The right reply.
    pub fn echo(&self) -> Vec<u8> {
        [b"ECHO: ", self.line].concat()
    }
}

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
        let peer = Peer {
            listener,
            most: Arc::clone(&most),
            stopped,
            manners,
            clients: BTreeMap::new(),
            due: BinaryHeap::new(),
            held: Vec::new(),
            visits: Visits::default(),
        };
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

struct Peer {
    listener: TcpListener,
    stopped: UnixStream,
    most: Arc<AtomicUsize>,
    manners: Manners,
    clients: BTreeMap<usize, Client>,
    due: BinaryHeap<Reverse<(Instant, usize, Vec<u8>)>>,
    /// Answers that wait until all connections are there that it gathers.
    held: Vec<(usize, Vec<u8>)>,
    visits: Visits,
}

struct Client {
    stream: TcpStream,
    arrived: Vec<u8>,
    lines: usize,
    replies: usize,
    /// It was rejected: what it says is read and forgotten.
    is_rejected: bool,
}

impl Peer {
    fn serve(mut self) -> std::io::Result<Visits> {
        while !self.wait()? {
            while self.due.peek().is_some_and(|Reverse((when, ..))| *when <= Instant::now()) {
                let Some(Reverse((_, client, reply))) = self.due.pop() else { break };
                self.send(client, &reply);
            }
            self.accept()?;
            for number in self.clients.keys().copied().collect::<Vec<_>>() {
                self.hear(number);
            }
        }
        Ok(self.visits)
    }

    /// Waits until something can be done; true is the end.
    fn wait(&self) -> std::io::Result<bool> {
        let readable = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut polled = vec![readable(self.stopped.as_fd()), readable(self.listener.as_fd())];
        polled.extend(self.clients.values().map(|client| readable(client.stream.as_fd())));
        let timeout = self.due.peek().map_or(PollTimeout::NONE, |Reverse((when, ..))| {
            // Rounded up: a reply is never early, and the last fraction of a millisecond is no busy loop.
            let left = when.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        });
        match poll(&mut polled, timeout) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(polled[0].any().unwrap_or(false)),
            Err(error) => Err(error.into()),
        }
    }

    fn accept(&mut self) -> std::io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(true)?;
                    stream.set_nodelay(true)?;
                    let number = self.visits.connections;
                    self.visits.connections += 1;
                    let is_rejected = number >= self.manners.slots;
                    let client = Client { stream, arrived: Vec::new(), lines: 0, replies: 0, is_rejected };
                    self.clients.insert(number, client);
                    self.most.fetch_max(self.clients.len(), Ordering::SeqCst);
                    if is_rejected {
                        self.send(number, FULL);
                        self.half_close(number);
                    } else {
                        self.visits.lines.insert(number, 0);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // A client that was gone before it was accepted.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => return Err(error),
            }
        }
        if self.is_gathered() {
            for (client, reply) in std::mem::take(&mut self.held) {
                self.send(client, &reply);
            }
        }
        Ok(())
    }

    /// Once they have been there together, they may go.
    fn is_gathered(&mut self) -> bool {
        if self.clients.len() >= self.manners.gathers {
            self.manners.gathers = 0;
        }
        self.manners.gathers == 0
    }

    /// Reads what a client has said, and does what the manners say.
    fn hear(&mut self, number: usize) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let mut piece = [0; 16 * 1024];
        loop {
            match client.stream.read(&mut piece) {
                Ok(0) => {
                    self.clients.remove(&number);
                    return;
                }
                Ok(_) if client.is_rejected => {}
                Ok(length) => client.arrived.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.clients.remove(&number);
                    return;
                }
            }
        }
        while let Some(client) = self.clients.get_mut(&number) {
            let Some(end) = client.arrived.iter().position(|&byte| byte == b'\n') else { return };
            let line: Vec<u8> = client.arrived.drain(..=end).collect();
            self.visits.early += usize::from(client.lines > client.replies);
            let asked = Asked { connection: number, number: client.lines, line: &line };
            client.lines += 1;
            *self.visits.lines.entry(number).or_default() += 1;
            match (self.manners.answers)(&asked) {
                Answer::Now(reply) if self.manners.gathers > 0 => self.held.push((number, reply)),
                Answer::Now(reply) => self.send(number, &reply),
                Answer::Later(time, reply) => self.due.push(Reverse((Instant::now() + time, number, reply))),
                Answer::Never => {}
                Answer::End => self.half_close(number),
            }
        }
    }

    fn send(&mut self, number: usize, reply: &[u8]) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        client.replies += 1;
        // A client that has gone, or that leaves so much unread that no line fits any more, is not served any more.
        if !client.stream.write(reply).is_ok_and(|taken| taken == reply.len()) {
            self.clients.remove(&number);
        }
    }

    fn half_close(&mut self, number: usize) {
        if let Some(client) = self.clients.get_mut(&number) {
            client.is_rejected = true;
            // It may have gone.
            let _ = client.stream.shutdown(Shutdown::Write);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

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
