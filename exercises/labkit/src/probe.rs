//! The other end of a unit check: a loop that lets the grader call a lab's functions, one command a line.
//!
//! ```text
//! > encode 6869
//! ok 000000026869
//! > encode 686
//! err not hexadecimal bytes: 686
//! ```
//!
//! Bytes travel as [`hex`], no bytes at all as `-`. The grader judges the answers; a probe judges nothing. [`Reads`] and
//! [`Writes`] are streams for functions that take any.

mod stream;

use crate::hex;
use std::io::{self, BufRead, Write};

pub use stream::{Reads, Writes};

/// Answers each line of standard input with one line on standard output, until the input ends.
///
/// `answer` is given the command and its arguments, split at blanks, and returns what follows `ok` or `err`.
/// Blank lines are passed over.
///
/// # Errors
/// Those of standard input and output.
pub fn serve(answer: impl FnMut(&str, &[&str]) -> Result<String, String>) -> io::Result<()> {
    serve_on(io::stdin().lock(), io::stdout().lock(), answer)
}

/// Bytes as an argument or an answer.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { hex::encode(bytes) }
}

/// The bytes that an argument stands for.
///
/// # Errors
/// Says so if it is neither `-` nor hexadecimal.
pub fn to_bytes(word: &str) -> Result<Vec<u8>, String> {
    if word == "-" {
        return Ok(Vec::new());
    }
    hex::decode(word).ok_or_else(|| format!("not hexadecimal bytes: {word}"))
}

fn serve_on(
    input: impl BufRead,
    mut output: impl Write,
    mut answer: impl FnMut(&str, &[&str]) -> Result<String, String>,
) -> io::Result<()> {
    for line in input.lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((command, arguments)) = words.split_first() else { continue };
        let (verdict, text) = match answer(command, arguments) {
            Ok(text) => ("ok", text),
            Err(text) => ("err", text),
        };
        // One answer is one line, whatever an error message holds.
        let text = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        writeln!(output, "{}", format!("{verdict} {text}").trim_end())?;
        output.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_is_one_line_out() {
        let mut output = Vec::new();
        serve_on("twice 6869\n\n  twice  - \nbad\nquiet\n".as_bytes(), &mut output, |command, arguments| {
            match (command, arguments) {
                ("twice", [word]) => Ok(from_bytes(&to_bytes(word)?.repeat(2))),
                ("quiet", []) => Ok(String::new()),
                _ => Err("two\nlines".to_owned()),
            }
        })
        .unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), "ok 68696869\nok -\nerr two\\nlines\nok\n");
    }

    #[test]
    fn bytes_and_words() {
        assert_eq!(to_bytes("-"), Ok(vec![]));
        assert_eq!(to_bytes("00ff"), Ok(vec![0, 255]));
        assert_eq!(to_bytes("0"), Err("not hexadecimal bytes: 0".to_owned()));
        assert_eq!(from_bytes(&[0, 255]), "00ff");
    }
}
