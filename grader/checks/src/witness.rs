//! What is left of a program when it is gone: its end and its last words, from which panics and stubs are known.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};

use crate::outcome::LastWords;
use crate::words;

/// One program that has ended or was ended.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    pub(crate) program: String,
    /// How it had ended before the bench ended it; `None` = it was running.
    pub(crate) status: Option<ExitStatus>,
    /// What it wrote to stderr, or all that stood on its terminal.
    pub(crate) words: Vec<u8>,
}

impl Witness {
    fn has_panicked(&self) -> bool {
        self.status.is_some_and(|status| status.code() == Some(101))
    }

    /// How it ended, with the panic's place and message if it says so.
    fn told(&self) -> String {
        match (panic(&String::from_utf8_lossy(&self.words)), self.status) {
            (Some(panic), _) => format!("{} panicked at {}: {}", self.program, panic.at, panic.message),
            (None, Some(status)) => format!("{} ended: {}", self.program, words::end(status)),
            (None, None) => format!("{} was running", self.program),
        }
    }
}

/// All programs of a check, in the order in which they went.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witnesses(Arc<Mutex<Vec<Witness>>>);

impl Witnesses {
    pub(crate) fn add(&self, witness: Witness) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(witness);
    }

    fn all(&self) -> Vec<Witness> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where a `todo!()` was met: `todo!() at src/server.rs:41 (answer TIME, else prefix the line)`.
    pub(crate) fn not_done(&self) -> Option<String> {
        self.all().iter().find_map(|witness| not_done(&String::from_utf8_lossy(&witness.words)))
    }

    /// A program that panicked, in words: always a failure.
    pub(crate) fn panic(&self) -> Option<String> {
        self.all().iter().find(|witness| witness.has_panicked()).map(Witness::told)
    }

    /// A program that ended by a panic or by a signal, in words: the best explanation of a failure.
    pub(crate) fn crash(&self) -> Option<String> {
        let by_signal = |witness: &Witness| witness.status.is_some_and(|status| status.signal().is_some());
        self.all().iter().find(|witness| witness.has_panicked() || by_signal(witness)).map(Witness::told)
    }

    /// The last lines of each program that said anything.
    pub(crate) fn last_words(&self) -> Vec<LastWords> {
        const LINES: usize = 8;
        let mut all = Vec::new();
        for witness in self.all() {
            let text = String::from_utf8_lossy(&witness.words).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
            if !last.trim().is_empty() {
                all.push(LastWords { program: witness.program, text: last.chars().take(4000).collect() });
            }
        }
        all
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Panic<'a> {
    at: &'a str,
    message: &'a str,
}

/// The first panic in a text: `thread 'main' (7) panicked at src/server.rs:41:9:` and the message on the next line.
fn panic(words: &str) -> Option<Panic<'_>> {
    let mut lines = words.lines();
    let at = lines
        .by_ref()
        .find_map(|line| line.split_once("panicked at ").map(|(_, at)| at.trim_end_matches(':')))?;
    Some(Panic { at: without_column(at), message: lines.next().unwrap_or_default() })
}

fn without_column(at: &str) -> &str {
    at.rsplit_once(':').map_or(at, |(file_and_line, _)| file_and_line)
}

fn not_done(words: &str) -> Option<String> {
    let mut rest = words;
    while let Some(start) = rest.find("panicked at ") {
        let found = panic(&rest[start..])?;
        if let Some(what) = found.message.strip_prefix("not yet implemented") {
            // The path as the student knows it: from src/ on.
            let at = found.at.rfind("src/").map_or(found.at, |from| &found.at[from..]);
            let what = what.trim_start_matches(':').trim();
            return Some(match what {
                "" => format!("todo!() at {at}"),
                what => format!("todo!() at {at} ({what})"),
            });
        }
        rest = &rest[start + "panicked at ".len()..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = "\nthread 'main' (7) panicked at 03-tcp-echo/src/server.rs:41:5:\nnot yet implemented: answer TIME\nnote: run with\n";

    #[test]
    fn a_todo_is_told_by_its_place_and_task() {
        assert_eq!(not_done(STUB).unwrap(), "todo!() at src/server.rs:41 (answer TIME)");
    }

    #[test]
    fn another_panic_before_it_does_not_hide_it() {
        let both = format!("thread 'x' panicked at src/a.rs:1:2:\nboom\n{STUB}");
        assert_eq!(not_done(&both).unwrap(), "todo!() at src/server.rs:41 (answer TIME)");
    }

    #[test]
    fn a_program_that_talks_about_todo_has_not_panicked() {
        assert_eq!(not_done("not yet implemented: nothing\n"), None);
    }

    #[test]
    fn a_panic_is_its_place_and_message() {
        let words = "thread 'main' panicked at src/main.rs:9:30:\nindex out of bounds\n";
        assert_eq!(panic(words), Some(Panic { at: "src/main.rs:9", message: "index out of bounds" }));
    }
}
