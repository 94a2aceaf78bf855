//! From the pieces that TCP delivers to the answers for whole lines, without a socket and without a wait.
//!
//! Lab 03 pulled lines out of a `BufRead`, which blocked until one was whole. Here it is turned round: bytes are pushed in
//! as they come, as into lab 13's decoder. Between two pieces all that there is to know is in [`Lines`], so whoever
//! reads may be stopped between any two reads, and nothing is lost.

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
    // Your part: what you keep between two pieces
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
        todo!("nothing is kept yet")
    }

    /// Takes the next bytes of the stream, and answers the lines that are complete with them; an empty piece is the end of the
    /// stream, which completes a line as well.
    ///
    /// However the stream was cut, the answers are the same. At most `max` bytes are kept.
    pub fn push(&mut self, piece: &[u8]) -> Answers {
        todo!("answer what the piece completes, keep the rest of it, unless it is too long")
    }

    /// Whether a line has begun, and its end is still to come.
    pub fn is_begun(&self) -> bool {
        todo!("is anything kept?")
    }
}

// Your part: helpers of your own
