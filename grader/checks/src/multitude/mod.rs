//! Very many TCP clients of one server, played by one thread.
//!
//! A [`Connection`](crate::Connection) tells everything about itself and is looked after by whoever has it. Ten thousand of them
//! need another way: non-blocking sockets behind one epoll, a few hundred bytes each, and a story that tells of all of them in
//! one step. They come from several addresses of 127/8, since the ports of one may be few.

mod arrive;
mod client;
mod talk;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use self::client::Client;
use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::process_facts::ProcessFacts;
use crate::recorder::Recorder;
use crate::tcp_table::TcpTable;

/// How many of them are looked at in one turn.
const EVENTS: usize = 1024;

/// How long a turn waits for them at most, so that a deadline is kept.
const TURN: Duration = Duration::from_millis(20);

/// All clients, numbered in the order in which they came. Dropped, they close all at once.
#[derive(Debug)]
pub struct Multitude {
    server: SocketAddr,
    program: ProcessFacts,
    recorder: Recorder,
    epoll: Epoll,
    table: TcpTable,
    clients: Vec<Client>,
    /// Of how many the connection is made.
    established: usize,
    /// How many the server has ended, and when the first of them.
    ended: usize,
    first_end: Option<Instant>,
    /// How many wait for an answer.
    waiting: usize,
}

impl Multitude {
    /// How many descriptors a process may have here at most: the hard limit of this one. Who wants as many clients needs some
    /// more for itself.
    pub fn most() -> u64 {
        getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(_, hard)| hard)
    }

    pub(crate) fn new(
        server: SocketAddr,
        program: ProcessFacts,
        recorder: &Recorder,
    ) -> Result<Multitude, Fault> {
        // The grader's own descriptors. Programs that are started from now on have them too, unless the bench limits those.
        let most = Multitude::most();
        setrlimit(Resource::RLIMIT_NOFILE, most, most).map_err(trouble)?;
        Ok(Multitude {
            server,
            program,
            recorder: recorder.clone(),
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(trouble)?,
            table: TcpTable::open()?,
            clients: Vec::new(),
            established: 0,
            ended: 0,
            first_end: None,
            waiting: 0,
        })
    }

    /// How many came.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether nobody came yet.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// How many connections the server has ended, as far as was heard.
    pub fn ended(&self) -> usize {
        self.ended
    }

    /// When the first of these ends was heard.
    pub fn first_end(&self) -> Option<Instant> {
        self.first_end
    }

    /// Closes the connections by RST, all at once.
    pub fn reset(self) -> Result<(), Fault> {
        self.recorder.sent(format!("{} clients: RST", self.len()));
        self.clients.iter().try_for_each(Client::will_reset)
    }

    /// Hears what comes, at least once and until the deadline or until it is done.
    fn hear_until(
        &mut self,
        deadline: Deadline,
        mut is_done: impl FnMut(&Multitude) -> bool,
    ) -> Result<bool, Fault> {
        loop {
            let last = deadline.expired();
            self.turn(if last { Duration::ZERO } else { TURN.min(deadline.turn()) })?;
            if is_done(self) {
                return Ok(true);
            }
            if last {
                return Ok(false);
            }
        }
    }

    /// Waits for news of any client, and takes them.
    fn turn(&mut self, time: Duration) -> Result<(), Fault> {
        let mut events = [EpollEvent::empty(); EVENTS];
        let timeout = EpollTimeout::try_from(time + Duration::from_millis(1)).unwrap_or(EpollTimeout::ZERO);
        let count = match self.epoll.wait(&mut events, timeout) {
            Ok(count) => count,
            Err(Errno::EINTR) => 0,
            Err(error) => return Err(trouble(error)),
        };
        for event in &events[..count] {
            let number = event.data() as usize;
            let news = self.clients[number].news(event.events(), number)?;
            self.established += usize::from(news.is_established);
            self.waiting -= usize::from(news.is_answered);
            if news.has_ended {
                self.ended += 1;
                self.first_end.get_or_insert_with(Instant::now);
            }
        }
        Ok(())
    }
}

fn trouble(error: Errno) -> Fault {
    Fault::infra(format!("very many clients: {error}"))
}
