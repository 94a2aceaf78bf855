//! Lines that no two are the same, and whether their echo is right.

use super::target::Judgement;

/// What an echo server puts before a line.
const PREFIX: &[u8] = b"ECHO: ";

/// How a server that takes no more clients begins its only line.
pub const FULL: &[u8] = b"Server is full";

/// What `got` is, the bytes that came since the request was sent, if `expected` is the right reply.
///
/// A reply may come in pieces: as long as `got` is a beginning of `expected`, more may follow. A server that is full
/// sends [`FULL`], more words and a newline; that much of it tells what it is, and it may come in pieces too. Every
/// other byte is one too many or a wrong one.
pub fn judge(expected: &[u8], got: &[u8]) -> Judgement {
    // begin solution: compare got with expected, then with FULL: the same, its beginning, or neither
    if got == expected {
        Judgement::Right
    } else if got.starts_with(FULL) {
        Judgement::Rejected
    } else if expected.starts_with(got) || FULL.starts_with(got) {
        Judgement::Incomplete
    } else {
        Judgement::Wrong
    }
    // end solution
}

/// The lines of one connection, in one buffer that is used again and again: `ECHO: `, the line, a newline. The request is
/// the end of it, the right reply is all of it.
#[derive(Debug)]
pub(super) struct Echo {
    reply: Vec<u8>,
}

impl Echo {
    /// The line is a number with as many digits as it is to have bytes, and grows by one with each request. Connections
    /// begin far apart, so that nobody's reply is another's (where so many digits are there).
    pub(super) fn new(connection: u32, payload: usize) -> Echo {
        const APART: u64 = 1_000_000_000;
        let number = (u64::from(connection) * APART).to_string();
        let mut line = vec![b'0'; payload];
        for (digit, &of_number) in line.iter_mut().rev().zip(number.as_bytes().iter().rev()) {
            *digit = of_number;
        }
        Echo { reply: [PREFIX, &line, b"\n"].concat() }
    }

    pub(super) fn advance(&mut self) {
        let digits = self.reply.len() - 1;
        for digit in self.reply[PREFIX.len()..digits].iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
    }

    pub(super) fn request(&self) -> &[u8] {
        &self.reply[PREFIX.len()..]
    }

    pub(super) fn reply(&self) -> &[u8] {
        &self.reply
    }
}
