//! How very many clients come.

use std::time::Duration;

use nix::sys::epoll::{EpollEvent, EpollFlags};

use super::client::Client;
use super::{Multitude, trouble};
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::{Fault, ensure};

/// So many come at once. Then the server has time to accept them: its queue is not what is judged here.
const WAVE: usize = 500;

/// A program that sleeps for so long while clients wait in its queue doesn't wait for its turn on a busy machine.
const STALL: Duration = Duration::from_millis(100);

/// A descriptor each, and these for the grader itself.
const SPARE: u64 = 100;

impl Multitude {
    /// So many more connect, and are accepted.
    pub fn connect(&mut self, count: usize) -> Result<(), Fault> {
        self.begin(count)?;
        let goal = self.len();
        while self.clients.len() < goal + count {
            let wave = WAVE.min(goal + count - self.clients.len());
            let deadline = Deadline::after(PATIENCE);
            self.connect_all(wave)?;
            ensure(self.are_established_by(deadline)?, || self.not_all("connected", self.established))?;
            self.expect_empty_queue()?;
        }
        self.recorder.note("all are connected");
        Ok(())
    }

    /// So many more connect as fast as possible. How many of all are connected, by the kernel's side of it, that long after
    /// the last one has tried.
    pub fn connect_at_once(&mut self, count: usize, limit: Duration) -> Result<usize, Fault> {
        self.begin(count)?;
        self.connect_all(count)?;
        self.are_established_by(Deadline::after(limit))?;
        self.recorder.note(format!("{} are connected", self.established));
        Ok(self.established)
    }

    fn begin(&self, count: usize) -> Result<(), Fault> {
        let most = Multitude::most();
        ensure((self.len() + count) as u64 + SPARE <= most, || {
            Fault::skip(format!("needs {} descriptors: {most} are allowed (ulimit -Hn)", self.len() + count))
        })?;
        self.recorder.sent(format!("connect ({count} clients)"));
        Ok(())
    }

    fn connect_all(&mut self, count: usize) -> Result<(), Fault> {
        let events =
            EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
        for _ in 0..count {
            let number = self.clients.len();
            let client = Client::begin(self.server, number)?;
            self.epoll.add(client.fd(), EpollEvent::new(events, number as u64)).map_err(trouble)?;
            self.clients.push(client);
        }
        Ok(())
    }

    fn are_established_by(&mut self, deadline: Deadline) -> Result<bool, Fault> {
        self.hear_until(deadline, |all| all.established == all.clients.len())
    }

    /// Waits until the server has accepted everybody.
    fn expect_empty_queue(&mut self) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let program = self.program;
            let (mut waiting, table, server) = (0, &self.table, self.server);
            let goes_on = Deadline::after(STALL).try_poll(|| {
                // In this order: what it would accept at once is not there any more when it sleeps.
                let is_asleep = program.is_asleep()?;
                waiting = table.listener(server)?.map_or(0, |listener| listener.waiting);
                Ok::<_, Fault>((waiting == 0 || !is_asleep).then_some(()))
            })?;
            if waiting == 0 {
                return Ok(());
            }
            if goes_on.is_none() || deadline.expired() {
                return Err(Fault::expected("the program to accept whoever comes").but_waited(format!(
                    "{waiting} clients wait in its queue, and {} are accepted",
                    self.len() - waiting as usize
                )));
            }
        }
    }

    pub(super) fn not_all(&self, what: &str, count: usize) -> Fault {
        Fault::expected(format!("all {} clients to be {what}", self.len())).but_waited(format!("{count} are"))
    }
}
