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
    // begin solution item: what you have to remember from one piece to the next
    /// Whether the last byte belonged to a word: the next one may go on with it.
    in_word: bool,
    // end solution item
}

impl Counts {
    /// Counts the next piece. Where a piece ends means nothing: the next one goes on in the middle of a word.
    pub fn feed(&mut self, piece: &[u8]) {
        // begin solution: count newlines, bytes, and each byte of a word that has none before it
        for &byte in piece {
            let in_word = !matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r');
            if in_word && !self.in_word {
                self.words += 1;
            }
            if byte == b'\n' {
                self.lines += 1;
            }
            self.in_word = in_word;
        }
        self.bytes += piece.len() as u64;
        // end solution
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
