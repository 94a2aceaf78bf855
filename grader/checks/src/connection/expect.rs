//! What the grader expects to come, and what it says when something else does.

use std::time::{Duration, Instant};

use nix::poll::PollFlags;
use wire::bytes::escape;

use super::{Connection, End};
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::words::shown;

impl Connection {
    /// Expects exactly this line; give it without its newline.
    pub fn expect_line(&mut self, expected: &str) -> Result<(), Fault> {
        let mut wanted = expected.as_bytes().to_vec();
        wanted.push(b'\n');
        let line = self.line_for(&escape(&wanted))?;
        if line == wanted {
            return Ok(());
        }
        self.fails(Fault::expected(escape(&wanted)).got_bytes(&wanted, &line))
    }

    /// The next line with its newline, or what came before the end of the stream.
    pub fn line(&mut self) -> Result<Vec<u8>, Fault> {
        self.line_for("a line")
    }

    fn line_for(&mut self, what: &str) -> Result<Vec<u8>, Fault> {
        let newline = |arrived: &[u8]| arrived.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
        self.take_when(what, PATIENCE, newline)
    }

    /// Expects exactly these bytes next.
    pub fn expect_bytes(&mut self, expected: &[u8]) -> Result<(), Fault> {
        let what = shown(expected);
        let mut right = 0;
        let got = self.take_when(&what, PATIENCE * 2, |arrived| {
            let count = arrived.len().min(expected.len());
            // Wrong already: show what is there instead of waiting for the rest.
            if arrived[right..count] != expected[right..count] {
                return Some(count);
            }
            right = count;
            (count == expected.len()).then_some(count)
        })?;
        if got == expected {
            return Ok(());
        }
        self.fails(Fault::expected(what).got_bytes(expected, &got))
    }

    /// Expects that many bytes, whatever they are.
    pub fn take(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        self.take_when(&format!("{count} bytes"), PATIENCE * 2, |arrived| {
            (arrived.len() >= count).then_some(count)
        })
    }

    /// Expects the stream's orderly end (FIN) and nothing before it.
    pub fn expect_eof(&mut self) -> Result<(), Fault> {
        self.expect_eof_within(PATIENCE)
    }

    /// As [`Connection::expect_eof`], with a limit of its own.
    pub fn expect_eof_within(&mut self, limit: Duration) -> Result<(), Fault> {
        let deadline = Deadline::after(limit);
        match self.wait_for_end_until(deadline)? {
            Some(End::Fin) if self.arrived.is_empty() => Ok(()),
            Some(End::Fin) => {
                self.fails(Fault::expected("the end of the stream (FIN)").got(self.what_came()))
            }
            Some(End::Reset) => self.fails(
                Fault::expected("the end of the stream (FIN)").got(format!("RST {}", self.after_what())),
            ),
            None => self.fails(Fault::expected("the end of the stream (FIN)").but_waited(format!(
                "the connection is still open after {:?}{}",
                deadline.limit(),
                self.with_what()
            ))),
        }
    }

    /// Waits until the program's side of the stream has ended, one way or the other; what came stays to be taken.
    pub fn wait_for_end(&mut self, limit: Duration) -> Result<Option<End>, Fault> {
        self.wait_for_end_until(Deadline::after(limit))
    }

    /// As [`Connection::wait_for_end`], where the deadline is told afterwards.
    pub(crate) fn wait_for_end_until(&mut self, deadline: Deadline) -> Result<Option<End>, Fault> {
        loop {
            self.take_what_came()?;
            if self.end.is_some() || deadline.expired() {
                return Ok(self.end);
            }
            self.wait_ready(PollFlags::POLLIN, deadline)?;
        }
    }

    /// All bytes to the end of the stream, and how it ended.
    pub fn read_to_end(&mut self, limit: Duration) -> Result<(Vec<u8>, End), Fault> {
        let deadline = Deadline::after(limit);
        match self.wait_for_end_until(deadline)? {
            Some(end) => Ok((self.arrived.take_all(), end)),
            None => self.fails(Fault::expected("the end of the stream").but_waited(format!(
                "the connection is still open after {:?}{}",
                deadline.limit(),
                self.with_what()
            ))),
        }
    }

    /// When something next arrives (bytes or the end), or `None` when nothing does until the limit.
    pub fn wait_for_anything(&mut self, limit: Duration) -> Result<Option<Instant>, Fault> {
        let deadline = Deadline::after(limit);
        loop {
            self.take_what_came()?;
            if !self.arrived.is_empty() || self.end.is_some() {
                return Ok(Some(Instant::now()));
            }
            if !self.wait_ready(PollFlags::POLLIN, deadline)? && deadline.expired() {
                return Ok(None);
            }
        }
    }

    /// Expects to be left alone for so long: neither bytes nor the end.
    pub fn expect_nothing_for(&mut self, time: Duration) -> Result<(), Fault> {
        match self.wait_for_anything(time)? {
            None => Ok(()),
            // Whatever it is, this fails and shows it.
            Some(_) => self.expect_silence(),
        }
    }

    /// How many bytes have come that nothing asked for yet.
    pub fn arrived(&self) -> &[u8] {
        &self.arrived
    }

    /// Takes the bytes up to where `enough` says, waiting for more until the limit.
    fn take_when(
        &mut self,
        what: &str,
        limit: Duration,
        mut enough: impl FnMut(&[u8]) -> Option<usize>,
    ) -> Result<Vec<u8>, Fault> {
        let deadline = Deadline::after(limit);
        // What is there already is judged before anything else comes: else it would depend on the machine's mood where in the
        // story a fault is marked.
        loop {
            if let Some(count) = enough(&self.arrived) {
                return Ok(self.arrived.take(count));
            }
            if self.end.is_some() {
                return self.fails(Fault::expected(what).got(self.what_came()));
            }
            let is_late = !self.wait_ready(PollFlags::POLLIN, deadline)? && deadline.expired();
            self.take_what_came()?;
            if is_late && self.end.is_none() && enough(&self.arrived).is_none() {
                let came = if self.arrived.is_empty() { "nothing".to_owned() } else { self.what_came() };
                return self
                    .fails(Fault::expected(what).but_waited(format!("{came} in {:?}", deadline.limit())));
            }
        }
    }

    /// Checks that the program answers nothing to what it has read.
    ///
    /// No time is waited: when all is read and every thread of the program sleeps, nothing more can come until
    /// something arrives (but for the program's own timers).
    pub fn expect_silence(&mut self) -> Result<(), Fault> {
        self.wait_until_read()?;
        let deadline = Deadline::after(PATIENCE);
        if deadline.poll(|| self.program.is_asleep().unwrap_or(true).then_some(())).is_none() {
            return self.fails(
                Fault::expected("the program to wait for more input")
                    .but_waited(format!("it was still busy after {:?}", deadline.limit())),
            );
        }
        self.take_what_came()?;
        if self.arrived.is_empty() && self.end.is_none() {
            return Ok(());
        }
        self.fails(Fault::expected("nothing yet").got(self.what_came()))
    }

    fn what_came(&self) -> String {
        let end = match self.end {
            Some(End::Fin) => "the end of the stream (FIN)",
            Some(End::Reset) => "a reset (RST)",
            None => "",
        };
        match (self.arrived.is_empty(), end) {
            (true, "") => "nothing".to_owned(),
            (true, end) => end.to_owned(),
            (false, "") => shown(&self.arrived),
            (false, end) => format!("{}, then {end}", shown(&self.arrived)),
        }
    }

    fn after_what(&self) -> String {
        if self.arrived.is_empty() { "at once".to_owned() } else { format!("after {}", shown(&self.arrived)) }
    }

    fn with_what(&self) -> String {
        if self.arrived.is_empty() { String::new() } else { format!(", and sent {}", shown(&self.arrived)) }
    }
}
