//! The scripted-peer language, line by line.

use std::time::Duration;

use super::lexer::{Lexer, Token};
use super::{Action, Pattern, Role, Script, Signal, Step};

/// A step sends or expects no more bytes than this: what is repeated is soon too much.
const MAX_DATA: usize = 16 << 20;

/// What is wrong with a script, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {says}")]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What was found and what was expected.
    pub says: String,
}

/// An error in a line that doesn't know its number: the column and what is wrong.
pub(super) type LineError = (usize, String);

pub(super) fn script(text: &str) -> Result<Script, ParseError> {
    let mut script_role = None;
    let mut steps = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        let located = |(column, says)| ParseError { line, column, says };
        let mut tokens = Lexer::new(text);
        if tokens.peek().map_err(located)?.is_none() {
            continue;
        }
        if script_role.is_none() {
            script_role = Some(role(&mut tokens).map_err(located)?);
        } else {
            let (connection, action) = step(&mut tokens).map_err(located)?;
            steps.push(Step { line, connection, action });
        }
        tokens.end().map_err(located)?;
    }
    let line = text.lines().count().max(1);
    let role = script_role.ok_or_else(|| ParseError { line, column: 1, says: no_role() })?;
    Ok(Script { role, steps })
}

fn role(tokens: &mut Lexer<'_>) -> Result<Role, LineError> {
    let column = tokens.next_column()?;
    match tokens.next()? {
        Some(Token::Word(word)) if word == "listen" => Ok(Role::Listen),
        Some(Token::Word(word)) if word == "connect" => Ok(Role::Connect),
        _ => Err((column, no_role())),
    }
}

fn no_role() -> String {
    "a script begins with `listen` or `connect`".to_owned()
}

fn step(tokens: &mut Lexer<'_>) -> Result<(char, Action), LineError> {
    let connection = label(tokens)?.unwrap_or('A');
    let column = tokens.next_column()?;
    let action = match tokens.next()? {
        Some(Token::Symbol(">")) => {
            let wait = tokens.peek()? != Some(Token::Symbol("!"));
            if !wait {
                tokens.next()?;
            }
            Action::Send { bytes: data(tokens)?, wait }
        }
        Some(Token::Symbol("<")) => expectation(tokens)?,
        Some(Token::Word(word)) => match word.as_str() {
            "open" => Action::Open,
            "fin" => Action::Fin,
            "rst" => Action::Rst,
            "hold" => Action::Hold(seconds(tokens)?),
            "signal" => Action::Signal(signal(tokens)?),
            "stats" => Action::Stats(tokens.peek()?.map(|_| pattern(tokens, "stats")).transpose()?),
            "listen" | "connect" => {
                return Err((column, format!("`{word}` stands once, at the beginning of the script")));
            }
            other => return Err((column, unknown_step(other))),
        },
        Some(other) => return Err((column, unknown_step(&other.to_string()))),
        None => return Err((column, format!("connection {connection} does nothing here"))),
    };
    Ok((connection, action))
}

fn unknown_step(found: &str) -> String {
    format!("expected `<`, `>`, `>!`, `open`, `fin`, `rst`, `hold`, `signal` or `stats`, found `{found}`")
}

/// A connection's letter, as in `B> "hi"` or `B fin`.
fn label(tokens: &mut Lexer<'_>) -> Result<Option<char>, LineError> {
    let Some(Token::Word(word)) = tokens.peek()? else { return Ok(None) };
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_uppercase() => {
            tokens.next()?;
            Ok(Some(letter))
        }
        _ => Ok(None),
    }
}

fn expectation(tokens: &mut Lexer<'_>) -> Result<Action, LineError> {
    let column = tokens.next_column()?;
    let Some(Token::Word(word)) = tokens.peek()? else { return Ok(Action::Expect(data(tokens)?)) };
    match word.as_str() {
        "line" => {
            tokens.next()?;
            Ok(Action::ExpectLine(pattern(tokens, "line")?))
        }
        "eof" => {
            tokens.next()?;
            let within = seconds(tokens)?;
            Ok(Action::ExpectEof { within, or_reset: or_rst(tokens)? })
        }
        "rst" => {
            tokens.next()?;
            Ok(Action::ExpectReset { within: seconds(tokens)? })
        }
        "hex" | "frame" => Ok(Action::Expect(data(tokens)?)),
        number if number.starts_with(|first: char| first.is_ascii_digit()) => {
            let count: usize = number
                .parse()
                .map_err(|_| (column, format!("expected a number of bytes, found `{number}`")))?;
            tokens.next()?;
            let bytes = data(tokens)?;
            if bytes.len() != count {
                return Err((column, format!("{count} bytes announced, but these are {}", bytes.len())));
            }
            Ok(Action::Expect(bytes))
        }
        other => Err((column, format!("expected bytes, `line`, `eof` or `rst` after `<`, found `{other}`"))),
    }
}

fn or_rst(tokens: &mut Lexer<'_>) -> Result<bool, LineError> {
    if tokens.peek()?.is_none() {
        return Ok(false);
    }
    for expected in ["or", "rst"] {
        let column = tokens.next_column()?;
        match tokens.next()? {
            Some(Token::Word(word)) if word == expected => {}
            _ => return Err((column, "after the seconds of `eof` only `or rst` may follow".to_owned())),
        }
    }
    Ok(true)
}

fn signal(tokens: &mut Lexer<'_>) -> Result<Signal, LineError> {
    let column = tokens.next_column()?;
    match tokens.next()? {
        Some(Token::Word(word)) if word == "INT" => Ok(Signal::Int),
        Some(Token::Word(word)) if word == "TERM" => Ok(Signal::Term),
        _ => Err((column, "`signal` wants INT or TERM".to_owned())),
    }
}

/// What stands behind the word `of`.
fn pattern(tokens: &mut Lexer<'_>, of: &str) -> Result<Pattern, LineError> {
    let column = tokens.next_column()?;
    match tokens.next()? {
        Some(Token::Text(bytes)) => Ok(Pattern::Literal(bytes)),
        Some(Token::Regex(source)) => {
            regex::bytes::Regex::new(&source).map(Pattern::Regex).map_err(|error| {
                // The crate draws the place over several lines and says what is wrong in the last one.
                let error = error.to_string();
                let says = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                (column, format!("/{source}/ is no regular expression: {says}"))
            })
        }
        _ => Err((column, format!("`{of}` wants a /regular expression/ or a \"string\""))),
    }
}

/// One or more strings and hex numbers, put together, perhaps so many times; behind `frame`, with their length in four bytes in
/// front of them.
fn data(tokens: &mut Lexer<'_>) -> Result<Vec<u8>, LineError> {
    if tokens.peek()? != Some(Token::Word("frame".to_owned())) {
        return pieces(tokens);
    }
    tokens.next()?;
    let column = tokens.next_column()?;
    let payload = pieces(tokens)?;
    let length = u32::try_from(payload.len()).map_err(|_| (column, "too long for a frame".to_owned()))?;
    Ok([&length.to_be_bytes()[..], &payload].concat())
}

fn pieces(tokens: &mut Lexer<'_>) -> Result<Vec<u8>, LineError> {
    let mut bytes = Vec::new();
    let mut first = true;
    loop {
        let column = tokens.next_column()?;
        match tokens.peek()? {
            Some(Token::Text(text)) => {
                bytes.extend(text);
                tokens.next()?;
            }
            Some(Token::Word(word)) if word == "hex" => {
                tokens.next()?;
                bytes.extend(hex(tokens)?);
            }
            Some(Token::Word(word)) if word == "times" && !first => {
                tokens.next()?;
                return repeated(&bytes, tokens);
            }
            Some(other) => {
                return Err((column, format!("expected \"a string\" or `hex 0d0a`, found `{other}`")));
            }
            None if first => return Err((column, "expected \"a string\" or `hex 0d0a`".to_owned())),
            None => return Ok(bytes),
        }
        first = false;
    }
}

/// `times 1001`
fn repeated(bytes: &[u8], tokens: &mut Lexer<'_>) -> Result<Vec<u8>, LineError> {
    let column = tokens.next_column()?;
    let times = match tokens.next()? {
        Some(Token::Word(word)) => word.parse::<usize>().ok(),
        _ => None,
    };
    let times = times.ok_or_else(|| (column, "`times` wants a number".to_owned()))?;
    match bytes.len().checked_mul(times) {
        Some(length) if length <= MAX_DATA => Ok(bytes.repeat(times)),
        _ => Err((column, format!("more than {} MiB in one step", MAX_DATA >> 20))),
    }
}

fn hex(tokens: &mut Lexer<'_>) -> Result<Vec<u8>, LineError> {
    let column = tokens.next_column()?;
    let word = match tokens.next()? {
        Some(Token::Word(word)) => word,
        _ => return Err((column, "`hex` wants an even number of hex digits".to_owned())),
    };
    let digits: Option<Vec<u8>> =
        word.chars().map(|letter| letter.to_digit(16).map(|digit| digit as u8)).collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => {
            Ok(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
        }
        _ => Err((column, format!("`hex` wants an even number of hex digits, found `{word}`"))),
    }
}

fn seconds(tokens: &mut Lexer<'_>) -> Result<Duration, LineError> {
    let column = tokens.next_column()?;
    let found = tokens.next()?;
    let number = match &found {
        Some(Token::Word(word)) => word.parse().ok(),
        _ => None,
    };
    number.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(|| {
        let found = found.map_or("nothing".to_owned(), |token| format!("`{token}`"));
        (column, format!("expected a time in seconds such as 0.5, found {found}"))
    })
}
