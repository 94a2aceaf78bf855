//! What the grader sends, and whether the program has read it.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use nix::poll::PollFlags;

use super::{Connection, End};
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::tcp_table::TcpTable;
use crate::words::{in_words, shown};

/// A program that sleeps for so long beside what it could read does not wait for its turn on a busy machine: what came
/// would have woken it.
const STALL: Duration = Duration::from_millis(100);

impl Connection {
    /// Sends all of the bytes; the program must read as fast as its own buffers need it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.recorder.sent(format!("{}{}", self.label, shown(bytes)));
        let sent = self.write_some(bytes, Deadline::after(PATIENCE * 4))?;
        if sent < bytes.len() {
            return self.fails(
                Fault::expected(format!("all {} bytes to be read", bytes.len()))
                    .but_waited(format!("only {sent} bytes were taken")),
            );
        }
        Ok(())
    }

    /// Sends a piece so many times, or until the program refuses more by closing or resetting.
    pub fn send_until_refused(&mut self, piece: &[u8], times: usize) -> Result<(), Fault> {
        self.recorder.sent(format!("{}{}, {times} times", self.label, shown(piece)));
        let deadline = Deadline::after(PATIENCE * 4);
        for _ in 0..times {
            match self.write_some(piece, deadline) {
                Ok(sent) if sent == piece.len() => {}
                Ok(_) => break,
                Err(fault) if self.end == Some(End::Reset) => {
                    self.recorder.note(fault.got);
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Sends a byte now and then, with a gap behind each, so many times or until the program has ended the connection.
    pub fn drip_until_ended(&mut self, gap: Duration, times: usize) -> Result<(), Fault> {
        for _ in 0..times {
            self.send_until_refused(b"x", 1)?;
            if self.wait_for_end(gap)?.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn write_some(&mut self, bytes: &[u8], deadline: Deadline) -> Result<usize, Fault> {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.write(&bytes[sent..]) {
                Ok(n) => {
                    sent += n;
                    self.sent += n as u64;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    // Reading what comes meanwhile keeps an echo server from waiting for us.
                    let readable = if self.end.is_none() { PollFlags::POLLIN } else { PollFlags::empty() };
                    if !self.wait_ready(PollFlags::POLLOUT | readable, deadline)? && deadline.expired() {
                        return Ok(sent);
                    }
                    self.take_what_came()?;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.end = Some(End::Reset);
                    return self.fails(
                        Fault::expected(format!("all {} bytes to be read", bytes.len()))
                            .got(format!("{} after {sent} bytes", in_words(&e))),
                    );
                }
            }
        }
        Ok(sent)
    }

    /// Sends pieces and reads nothing back, until the program reads no more: a correct one stalls in a write of its own
    /// before long. Returns how many bytes went, which are all if it reads whatever comes.
    pub fn send_until_stalled<P: AsRef<[u8]>>(
        &mut self,
        pieces: impl IntoIterator<Item = P>,
    ) -> Result<usize, Fault> {
        self.recorder.sent(format!("{}as much as you take (reading nothing)", self.label));
        let deadline = Deadline::after(PATIENCE * 4);
        let before = self.sent;
        for piece in pieces {
            // A second look may see it differently, as buffers grow: whoever stops within a piece begins no other.
            if self.stalls_within(piece.as_ref(), deadline)? || self.is_left_unread()? {
                break;
            }
        }
        let sent = self.sent - before;
        self.recorder.note(format!("{sent} bytes taken"));
        Ok(usize::try_from(sent).expect("they were in memory"))
    }

    /// Sends the piece, and returns whether the program stopped to read before all of it went.
    fn stalls_within(&mut self, mut piece: &[u8], deadline: Deadline) -> Result<bool, Fault> {
        while !piece.is_empty() {
            match self.stream.write(piece) {
                Ok(n) => {
                    piece = &piece[n..];
                    self.sent += n as u64;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    if self.is_left_unread()? {
                        return Ok(true);
                    }
                    // It may stall at any moment, and then nothing is ever taken again.
                    let look = Deadline::after(STALL.min(deadline.turn()));
                    if !self.wait_ready(PollFlags::POLLOUT, look)? && deadline.expired() {
                        return self.fails(
                            Fault::expected("the program to take everything, or to stop reading")
                                .but_waited(format!("it was busy with the rest for {:?}", deadline.limit())),
                        );
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    return self.fails(Fault::expected("the connection to stay open").got(format!(
                        "{} after {} bytes",
                        in_words(&e),
                        self.sent
                    )));
                }
            }
        }
        Ok(false)
    }

    /// Whether the program has stopped to read: some of what was sent lies there, and all its threads sleep on.
    fn is_left_unread(&mut self) -> Result<bool, Fault> {
        let (table, program) = (TcpTable::opened(&mut self.table)?, self.program);
        let goes_on = Deadline::after(STALL).try_poll(|| {
            // In this order: what it would read at once is not there any more when it sleeps.
            let is_asleep = program.is_asleep()?;
            let theirs = table.socket(self.remote, self.local)?;
            let is_unread = theirs.is_some_and(|socket| socket.unread > 0);
            Ok::<_, Fault>((!is_asleep || !is_unread).then_some(()))
        })?;
        Ok(goes_on.is_none())
    }

    /// Sends a piece and waits until the program's kernel has handed it over: a `read` of its own returned it.
    ///
    /// Event: the receive queue of the program's socket is empty again.
    pub fn send_and_wait_until_read(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.send(piece)?;
        self.wait_until_read()
    }

    /// Waits until the program has read all that was sent.
    pub fn wait_until_read(&mut self) -> Result<(), Fault> {
        let table = TcpTable::opened(&mut self.table)?;
        let deadline = Deadline::after(PATIENCE);
        let read = deadline.try_poll(|| -> io::Result<Option<()>> {
            let theirs = table.socket(self.remote, self.local)?;
            // A socket that is gone has been closed: what follows will show it.
            let all_read = theirs.is_none_or(|socket| socket.received >= self.sent && socket.unread == 0);
            Ok(all_read.then_some(()))
        })?;
        if read.is_none() {
            return self.fails(
                Fault::expected("the program to read what was sent")
                    .but_waited(format!("it lay unread for {:?}", deadline.limit())),
            );
        }
        self.recorder.note(format!("read by you at {:.1} ms", self.elapsed_ms()));
        Ok(())
    }

    fn elapsed_ms(&self) -> f64 {
        self.recorder.start().elapsed().as_secs_f64() * 1000.0
    }
}
