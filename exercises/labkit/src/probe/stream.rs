//! Streams that do what a script says, for functions that take any `Read` or any `Write`.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::str::FromStr;

use super::to_bytes;

/// A stream whose reads return what a script says: one event a read, `6869,interrupted,-`, and the end after the last.
///
/// An event is the bytes that one read returns at most (what the caller has no room for comes with the next read), or
/// an error: `interrupted`, `reset`, `wouldblock`. No bytes, `-`, are an end too.
#[derive(Clone, Debug)]
pub struct Reads {
    events: VecDeque<Result<Vec<u8>, ErrorKind>>,
}

impl Reads {
    /// How many bytes no read has asked for yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.events.iter().flatten().map(Vec::len).sum()
    }
}

impl FromStr for Reads {
    type Err = String;

    fn from_str(script: &str) -> Result<Reads, String> {
        let event = |word: &str| failure(word).map_or_else(|| to_bytes(word).map(Ok), |kind| Ok(Err(kind)));
        Ok(Reads { events: script.split(',').map(event).collect::<Result<_, _>>()? })
    }
}

impl Read for Reads {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(event) = self.events.pop_front() else { return Ok(0) };
        let mut piece = event?;
        let rest = piece.split_off(piece.len().min(buffer.len()));
        if !rest.is_empty() {
            self.events.push_front(Ok(rest));
        }
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

/// A stream whose writes take what a script says: one event a write, `3,interrupted,0`, and everything after the last.
///
/// An event is how many bytes one write takes at most, or an error: `interrupted`, `reset`, `wouldblock`. A script that
/// says nothing is `-`.
#[derive(Clone, Debug)]
pub struct Writes {
    events: VecDeque<Result<usize, ErrorKind>>,
    written: Vec<u8>,
}

impl Writes {
    /// All that was taken so far.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        &self.written
    }
}

impl FromStr for Writes {
    type Err = String;

    fn from_str(script: &str) -> Result<Writes, String> {
        let number = |word: &str| word.parse().map(Ok).map_err(|_| format!("no event of a stream: {word}"));
        let event = |word: &str| failure(word).map_or_else(|| number(word), |kind| Ok(Err(kind)));
        let events = match script {
            "-" => VecDeque::new(),
            script => script.split(',').map(event).collect::<Result<_, _>>()?,
        };
        Ok(Writes { events, written: Vec::new() })
    }
}

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.events.pop_front().unwrap_or(Ok(usize::MAX))?;
        let taken = bytes.len().min(most);
        self.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failure(word: &str) -> Option<ErrorKind> {
    match word {
        "interrupted" => Some(ErrorKind::Interrupted),
        "reset" => Some(ErrorKind::ConnectionReset),
        "wouldblock" => Some(ErrorKind::WouldBlock),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_returns_one_event_and_what_has_no_room_waits() {
        let mut stream: Reads = "6869,interrupted,6a6b6c".parse().unwrap();
        let mut buffer = [0; 2];
        assert_eq!(stream.read(&mut buffer).unwrap(), 2);
        assert_eq!(stream.read(&mut buffer).unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!((stream.read(&mut buffer).unwrap(), stream.left()), (2, 1));
        assert_eq!((stream.read(&mut buffer).unwrap(), &buffer), (1, b"lk"));
        assert_eq!(stream.read(&mut buffer).unwrap(), 0);
    }

    #[test]
    fn a_write_takes_one_event_and_in_the_end_everything() {
        let mut stream: Writes = "1,reset,0".parse().unwrap();
        assert_eq!(stream.write(b"Hi").unwrap(), 1);
        assert_eq!(stream.write(b"i").unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(stream.write(b"i").unwrap(), 0);
        assert_eq!(stream.write(b"i there").unwrap(), 7);
        assert_eq!(stream.written(), b"Hi there");
    }

    #[test]
    fn nothing_is_an_end_for_a_reader_and_no_event_for_a_writer() {
        assert_eq!("-".parse::<Reads>().unwrap().read(&mut [0; 4]).unwrap(), 0);
        assert_eq!("-".parse::<Writes>().unwrap().write(b"all").unwrap(), 3);
        assert!("zero".parse::<Writes>().is_err() && "6".parse::<Reads>().is_err());
    }
}
