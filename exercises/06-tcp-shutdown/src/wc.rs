//! Lines, words and bytes of a stream that comes in pieces.

use std::fmt;
use std::io::{self, Write};

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Newlines.
    pub lines: u64,
    /// Runs of bytes other than space, `\t`, `\n`, `\v`, `\f` and `\r`.
    pub words: u64,
    /// All bytes.
    pub bytes: u64,
    // Your part: what you have to remember from one piece to the next
}

impl Counts {
    /// Counts the next piece. Where a piece ends means nothing: the next one goes on in the middle of a word.
    pub fn feed(&mut self, piece: &[u8]) {
        todo!("count newlines, bytes, and each byte of a word that has none before it")
    }
}

/// As the word counter says it: `3 5 22`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { lines, words, bytes, .. } = self;
        write!(f, "{lines} {words} {bytes}")
    }
}

/// Whatever is written to it is counted, and kept nowhere.
impl Write for Counts {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.feed(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
