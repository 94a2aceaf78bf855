//! What the grader sends, and whether the program has read it.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use nix::poll::PollFlags;

use super::{Connection, End};
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::words::{in_words, shown};

impl Connection {
    /// Sends all of the bytes; the program must read as fast as its own buffers need it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.recorder.sent(format!("{}{}", self.label, shown(bytes)));
        let sent = self.write_some(bytes, Deadline::after(PATIENCE * 4))?;
        if sent < bytes.len() {
            return Err(Fault::expected(format!("all {} bytes to be read", bytes.len()))
                .but_waited(format!("only {sent} bytes were taken")));
        }
        Ok(())
    }

    /// Sends bytes until all are out, or the program refuses more by closing or resetting; returns how many went.
    pub fn send_until_refused(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        self.recorder.sent(format!("{}{}", self.label, shown(bytes)));
        match self.write_some(bytes, Deadline::after(PATIENCE * 4)) {
            Ok(sent) => Ok(sent),
            Err(fault) if self.end == Some(End::Reset) => {
                self.recorder.note(fault.got);
                Ok(0)
            }
            Err(fault) => Err(fault),
        }
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
                    if !self.wait_ready(PollFlags::POLLOUT | readable, deadline)? {
                        return Ok(sent);
                    }
                    self.take_what_came()?;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.end = Some(End::Reset);
                    return Err(Fault::expected(format!("all {} bytes to be read", bytes.len()))
                        .got(format!("{} after {sent} bytes", in_words(&e))));
                }
            }
        }
        Ok(sent)
    }

    /// Sends bytes that must leave while nothing is read back, so that a correct program stalls in its own write.
    /// Returns how many bytes the kernels' buffers took before the deadline.
    pub fn send_without_reading(&mut self, bytes: &[u8], limit: Duration) -> Result<usize, Fault> {
        self.recorder.sent(format!("{}{} (reading nothing)", self.label, shown(bytes)));
        let deadline = Deadline::after(limit);
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.write(&bytes[sent..]) {
                Ok(n) => {
                    sent += n;
                    self.sent += n as u64;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    if !self.wait_ready(PollFlags::POLLOUT, deadline)? {
                        break;
                    }
                }
                Err(e) => {
                    return Err(Fault::expected("the connection to stay open")
                        .got(format!("{} after {sent} bytes", in_words(&e))));
                }
            }
        }
        self.recorder.note(format!("{sent} bytes taken"));
        Ok(sent)
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
        let deadline = Deadline::after(PATIENCE);
        let read = deadline.try_poll(|| -> io::Result<Option<()>> {
            let theirs = self.table.socket(self.remote, self.local)?;
            // A socket that is gone has been closed: what follows will show it.
            let all_read = theirs.is_none_or(|socket| socket.received >= self.sent && socket.unread == 0);
            Ok(all_read.then_some(()))
        })?;
        if read.is_none() {
            return Err(Fault::expected("the program to read what was sent")
                .but_waited(format!("it lay unread for {:?}", deadline.limit())));
        }
        self.recorder.note(format!("read by you at {:.1} ms", self.elapsed_ms()));
        Ok(())
    }

    fn elapsed_ms(&self) -> f64 {
        self.recorder.start().elapsed().as_secs_f64() * 1000.0
    }
}
