//! Standard input as a channel, for programs that must not block on it.

use std::io::{self, BufRead};
use std::sync::mpsc;
use std::thread;

/// How many lines may wait. The thread stops reading when they do, so a large file piped in doesn't end up in memory.
const WAITING_LINES: usize = 16;

/// Starts a thread that reads standard input and sends each line, without its line ending.
///
/// The channel is closed at the end of input. An error is sent too and ends it, except for a line that is not
/// UTF-8: that is an `InvalidData` error, and the lines after it follow. Call it once: two threads would share out
/// the lines between them.
#[must_use]
pub fn stdin_channel() -> mpsc::Receiver<io::Result<String>> {
    channel_of(io::BufReader::new(io::stdin()))
}

fn channel_of(input: impl BufRead + Send + 'static) -> mpsc::Receiver<io::Result<String>> {
    let (sender, receiver) = mpsc::sync_channel(WAITING_LINES);
    thread::spawn(move || {
        for line in input.lines() {
            let last = line.as_ref().is_err_and(|e| e.kind() != io::ErrorKind::InvalidData);
            // Nobody wants the lines any more when the receiver is gone.
            if sender.send(line).is_err() || last {
                break;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    #[test]
    fn lines_come_without_their_ending_and_the_last_needs_none() {
        let lines: Vec<String> =
            channel_of("one\ntwo\r\n\nthree".as_bytes()).into_iter().map(Result::unwrap).collect();
        assert_eq!(lines, ["one", "two", "", "three"]);
    }

    #[test]
    fn a_line_that_is_not_utf8_does_not_end_the_channel() {
        let lines: Vec<_> = channel_of(&b"\xff\xfe\nnext\n"[..]).into_iter().collect();
        assert_eq!(lines[0].as_ref().unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(lines[1].as_ref().unwrap(), "next");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn an_error_ends_the_channel() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let lines: Vec<_> = channel_of(BufReader::new(Broken)).into_iter().collect();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].as_ref().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
