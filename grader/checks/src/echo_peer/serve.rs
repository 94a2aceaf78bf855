//! One thread that serves all clients of an echo peer.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Visits;
use super::manners::{Answer, Asked, Manners};

/// What a peer without a free slot says.
const FULL: &[u8] = b"Server is full. Try again later.\n";

/// The peer at work.
pub(super) struct Peer {
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
    /// One to which nobody has come yet. `most` is to tell how many connections there have been at once; the other end of
    /// `stopped`, closed, ends it.
    pub(super) fn new(
        listener: TcpListener,
        manners: Manners,
        most: Arc<AtomicUsize>,
        stopped: UnixStream,
    ) -> Peer {
        Peer {
            listener,
            most,
            stopped,
            manners,
            clients: BTreeMap::new(),
            due: BinaryHeap::new(),
            held: Vec::new(),
            visits: Visits::default(),
        }
    }

    /// Serves until it is stopped, and tells what came.
    pub(super) fn serve(mut self) -> std::io::Result<Visits> {
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
