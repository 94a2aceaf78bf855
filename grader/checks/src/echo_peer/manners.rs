//! How an echo peer behaves.

use std::fmt;
use std::time::Duration;

/// How the peer behaves. At first as it should: each line comes back behind `ECHO: `, at once, to any number of clients.
pub struct Manners {
    pub(super) slots: usize,
    pub(super) gathers: usize,
    pub(super) answers: Box<dyn FnMut(&Asked<'_>) -> Answer + Send>,
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
