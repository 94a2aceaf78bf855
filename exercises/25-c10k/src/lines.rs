//! From the pieces that TCP delivers to the answers for whole lines, without a socket and without a wait.
//!
//! What you wrote in lab 19. Between two pieces all that there is to know is in [`Lines`], so whoever reads may be stopped
//! between any two reads, and nothing is lost.

use std::mem;

/// What stands before every echoed line.
const PREFIX: &[u8] = b"ECHO: ";

/// What a client with a line too long is told.
const TOO_LONG: &[u8] = b"ERROR line too long\n";

/// The lines of one client, put together from its pieces.
#[derive(Debug)]
pub struct Lines {
    /// The longest line in bytes, without its newline.
    max: usize,
    /// The beginning of a line that is not complete. Empty, it owns no memory.
    begun: Vec<u8>,
}

/// The answers to all lines that a piece has completed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// What is to be sent: a prefix, a line and a newline for each.
    pub bytes: Vec<u8>,
    /// How many lines are answered by it.
    pub lines: u64,
    /// Whether a line was too long. `bytes` ends with the words for it, and the conversation is over.
    pub too_long: bool,
}

impl Lines {
    /// No line has begun. None may be longer than `max` bytes, without its newline.
    pub fn new(max: usize) -> Lines {
        Lines { max, begun: Vec::new() }
    }

    /// Takes the next bytes of the stream, and answers the lines that are complete with them; an empty piece is the end of the
    /// stream, which completes a line as well.
    ///
    /// However the stream was cut, the answers are the same. At most `max` bytes are kept.
    pub fn push(&mut self, piece: &[u8]) -> Answers {
        let mut answers = Answers::default();
        if piece.is_empty() && self.is_begun() {
            answers.add(&mem::take(&mut self.begun));
        }

        let mut rest = piece;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let line = &rest[..end];
            if self.begun.len() + line.len() > self.max {
                return answers.refused();
            }
            if self.is_begun() {
                self.begun.extend_from_slice(line);
                // Not `clear`: a client that has nothing under way shall own no buffer.
                answers.add(&mem::take(&mut self.begun));
            } else {
                answers.add(line);
            }
            rest = &rest[end + 1..];
        }

        if self.begun.len() + rest.len() > self.max {
            return answers.refused();
        }
        self.begun.extend_from_slice(rest);
        answers
    }

    /// Whether a line has begun, and its end is still to come.
    pub fn is_begun(&self) -> bool {
        !self.begun.is_empty()
    }
}

impl Answers {
    /// One more, to a line without its `\n`.
    fn add(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.bytes.reserve(PREFIX.len() + line.len() + 1);
        self.bytes.extend_from_slice(PREFIX);
        self.bytes.extend_from_slice(line);
        self.bytes.push(b'\n');
        self.lines += 1;
    }

    /// The last ones: a line was too long. Where the next one begins, nobody can know.
    fn refused(mut self) -> Answers {
        self.bytes.extend_from_slice(TOO_LONG);
        self.too_long = true;
        self
    }
}
