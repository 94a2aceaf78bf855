//! A program on a real terminal, through rexpect.

use std::fs::File;
use std::io::{self, Read};
use std::process::Command;

use cell::Cell;
use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use rexpect::process::PtyProcess;
use rexpect::session::{Options, StreamSession};
use wire::bytes::escape;

use crate::deadline::PATIENCE;
use crate::fault::Fault;
use crate::recorder::Recorder;
use crate::witness::{Witness, Witnesses};

/// A program that believes to talk to a person.
///
/// rexpect turns each byte of the terminal into one `char`. Text is encoded the same way before it is looked for, and
/// decoded back before it is shown, so that UTF-8 stays whole.
pub struct Terminal {
    process: PtyProcess,
    screen: StreamSession<File>,
    pid: u32,
    name: String,
    recorder: Recorder,
    witnesses: Witnesses,
    /// Everything seen so far.
    transcript: Vec<u8>,
}

impl Terminal {
    pub(crate) fn start(
        name: &str,
        command: Command,
        recorder: &Recorder,
        witnesses: &Witnesses,
        cell: &Cell,
    ) -> Result<Terminal, Fault> {
        let patience = u64::try_from(PATIENCE.as_millis()).expect("the patience is a few seconds");
        // rexpect keeps the process id to itself: it is the one that the cell did not have before.
        let before = cell.processes();
        let (process, screen) = open(command, patience)
            .map_err(|error| Fault::skip(format!("no terminal (pty) for {name}: {error}")))?;
        let newcomer = cell.processes().into_iter().find(|pid| !before.contains(pid));
        Ok(Terminal {
            process,
            screen,
            // 0, the id of nobody, if it has ended already.
            pid: newcomer.unwrap_or(0),
            name: name.to_owned(),
            recorder: recorder.clone(),
            witnesses: witnesses.clone(),
            transcript: Vec::new(),
        })
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until the text stands on the terminal; returns what stood before it.
    pub fn expect(&mut self, text: &str) -> Result<String, Fault> {
        match self.screen.exp_string(&one_char_a_byte(text.as_bytes())) {
            Ok(before) => {
                let before = bytes_again(&before);
                self.transcript.extend_from_slice(&before);
                self.transcript.extend_from_slice(text.as_bytes());
                self.recorder.received(escape(&[&before, text.as_bytes()].concat()));
                Ok(String::from_utf8_lossy(&before).into_owned())
            }
            Err(error) => Err(self.told(format!("{text:?} on the terminal"), error)),
        }
    }

    /// Types a line and presses Enter.
    pub fn type_line(&mut self, line: &str) -> Result<(), Fault> {
        self.recorder.sent(format!("{line} ⏎"));
        // rexpect writes the text as it is; only reading goes byte by byte.
        self.screen
            .send_line(line)
            .map(drop)
            .map_err(|error| self.told(format!("{line:?} to be read"), error))
    }

    /// Presses a control key: `'d'` for Ctrl-D.
    pub fn press_control(&mut self, key: char) -> Result<(), Fault> {
        self.recorder.sent(format!("Ctrl-{}", key.to_ascii_uppercase()));
        self.screen.send_control(key).map_err(|error| self.told(format!("Ctrl-{key} to be read"), error))
    }

    /// Expects the program's end with that exit code.
    pub fn expect_exit(&mut self, code: i32) -> Result<(), Fault> {
        let before =
            self.screen.exp_eof().map_err(|error| self.told(format!("{} to end", self.name), error))?;
        self.transcript.extend_from_slice(&bytes_again(&before));
        let status = self.process.wait().map_err(|error| Fault::infra(format!("waitpid: {error}")))?;
        let got = match status {
            WaitStatus::Exited(_, got) if got == code => {
                self.recorder.received(format!("exit code {code}"));
                return Ok(());
            }
            WaitStatus::Exited(_, 101) => "exit code 101 (a panic)".to_owned(),
            WaitStatus::Exited(_, got) => format!("exit code {got}"),
            WaitStatus::Signaled(_, signal, _) => format!("killed by {signal}"),
            other => format!("{other:?}"),
        };
        Err(Fault::expected(format!("{} to end with exit code {code}", self.name)).got(got))
    }

    fn told(&mut self, expected: String, error: rexpect::error::Error) -> Fault {
        use rexpect::error::Error;
        match error {
            Error::Timeout { got, .. } => {
                let got = shown_terminal(&got);
                self.transcript.extend_from_slice(got.as_bytes());
                Fault::expected(expected).but_waited(format!("{} in {PATIENCE:?}", quoted(&got)))
            }
            Error::EOF { got, .. } => {
                let got = bytes_again(&got);
                self.transcript.extend_from_slice(&got);
                Fault::expected(expected).got(format!("{} and the program's end", escape(&got)))
            }
            other => Fault::expected(expected).got(other.to_string()),
        }
    }
}

/// Starts a command on a terminal of its own; each expectation waits at most that many milliseconds.
fn open(command: Command, patience: u64) -> Result<(PtyProcess, StreamSession<File>), rexpect::error::Error> {
    let mut process = PtyProcess::new(command)?;
    process.set_kill_timeout(Some(patience));
    let keyboard = process.get_file_handle()?;
    let screen = Screen(keyboard.try_clone()?);
    Ok((process, StreamSession::new(screen, keyboard, Options::new().timeout_ms(Some(patience)))))
}

/// What a terminal shows, to its end.
///
/// When nobody holds the program's side any more, the kernel answers every read with EIO. rexpect's thread goes on
/// after an error: until the check was over it read again and again, which took most of the check's CPU time.
struct Screen(File);

impl Read for Screen {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The kernel looks for input first, and then whether anybody is left to write. Last words that come in between are
        // there at the second read, and once in some thousand times only there.
        for _ in 0..2 {
            match self.0.read(buffer) {
                Err(error) if error.raw_os_error() == Some(Errno::EIO as i32) => {}
                result => return result,
            }
        }
        Ok(0)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // What a program on a terminal says about itself stands on the terminal.
        let words = std::mem::take(&mut self.transcript);
        self.witnesses.add(Witness { program: self.name.clone(), status: None, words });
    }
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("name", &self.name).finish_non_exhaustive()
    }
}

fn one_char_a_byte(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The bytes behind rexpect's text. A character above 255 can't come from one byte: rexpect put it there itself.
fn bytes_again(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// rexpect's own rendering of what it got, with its marks for control characters taken back.
fn shown_terminal(got: &str) -> String {
    String::from_utf8_lossy(&bytes_again(
        &got.replace("`\\n`\n", "\n").replace("`\\r`", "\r").replace("`^`", "\u{1b}"),
    ))
    .into_owned()
}

fn quoted(got: &str) -> String {
    if got.is_empty() { "nothing".to_owned() } else { escape(got.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_survives_both_ways() {
        let text = "chào bạn ế";
        assert_eq!(bytes_again(&one_char_a_byte(text.as_bytes())), text.as_bytes());
    }
}
