//! What has come on a connection and waits to be asked for.

use std::io::{self, Read};
use std::ops::Deref;

/// How much is read before somebody looks at it: a flood must come to where it is judged, and memory stay small.
const TURN: u64 = 1 << 20;

/// Bytes in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    bytes: Vec<u8>,
    /// So many at the beginning are taken: to move the rest for each message would cost more than the message.
    taken: usize,
}

impl Arrived {
    /// Reads until there is nothing more, which is the stream's own kind of error, its end (then true), or enough for
    /// one turn.
    pub(super) fn read_from(&mut self, stream: impl Read) -> io::Result<bool> {
        if self.taken > self.bytes.len() / 2 {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        // Whatever comes before an error is kept.
        let length = stream.take(TURN).read_to_end(&mut self.bytes)?;
        Ok((length as u64) < TURN)
    }

    /// The first so many.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let first = self[..count].to_vec();
        self.taken += count;
        first
    }

    /// All of them.
    pub(super) fn take_all(&mut self) -> Vec<u8> {
        self.take(self.len())
    }
}

impl Deref for Arrived {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    /// Some pieces, then an error that is none.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(ErrorKind::WouldBlock.into());
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn all_that_is_there_is_kept_in_order() {
        let mut arrived = Arrived::default();
        let mut expected = Vec::new();
        for turn in 0..50_u8 {
            let pieces = vec![vec![turn; 20], vec![turn + 100; 3]];
            expected.extend(pieces.concat());
            let nothing_more = arrived.read_from(Pieces(pieces)).unwrap_err();
            assert_eq!(nothing_more.kind(), ErrorKind::WouldBlock);
            let got = arrived.take(usize::from(turn) % 24);
            assert_eq!(got, expected.drain(..got.len()).collect::<Vec<_>>());
        }
        assert_eq!(&*arrived, expected);
        assert_eq!(arrived.take_all(), expected);
        assert!(arrived.is_empty());
    }

    #[test]
    fn an_end_is_told_and_a_flood_is_cut() {
        let mut arrived = Arrived::default();
        assert!(arrived.read_from(&b"end"[..]).unwrap());
        assert_eq!(&*arrived, b"end");
        assert!(!arrived.read_from(io::repeat(b'x')).unwrap());
        assert_eq!(arrived.len() as u64, 3 + TURN);
    }
}
