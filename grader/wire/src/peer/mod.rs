//! The scripted-peer language: what one end of one or more TCP connections says, expects and does.
//!
//! ```text
//! listen                       # or: connect; the first line
//! < 16 "Hi there, server"      # exactly these bytes come (the count is checked, and may be left out)
//! > "Farewell\r\n"             # send, and wait until it was read
//! > !hex 00ff "client"         # send, and don't wait
//! > frame "HELLO"              # the bytes behind their length, in four bytes: 00000005 48454c4c4f; also with `<`
//! B> "hello"                   # on a second connection; without a letter it is A
//! B< line /^ECHO: hello$/      # a line comes that matches; or "a string"
//! > "ping\n" times 1001        # the same again and again, in one piece
//! fin                          # half-close; or: rst, hold 0.5, open
//! < eof 1.0                    # FIN comes within 1 s; or: eof 1.0 or rst, rst 1.0
//! signal INT                   # the program under test gets SIGINT, and deals with it; or: TERM
//! stats /^STATS active=1 /     # asked `STATS` over a connection of its own, it answers a line that matches
//! ```
//!
//! Strings know `\r \n \t \" \\ \xNN`. Here is only what a script means; whoever has sockets plays it.

mod lexer;
mod parse;
mod pattern;

use std::time::Duration;

pub use parse::ParseError;
pub use pattern::Pattern;

/// A parsed `.peer` script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Whether the script's connections are accepted or made.
    pub role: Role,
    /// What happens, in this order, over all connections.
    pub steps: Vec<Step>,
}

/// Which side of the connections a script plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Accepts connections, in the order in which the script first names them.
    Listen,
    /// Makes connections.
    Connect,
}

/// One line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line of the script, counted from 1.
    pub line: usize,
    /// The connection's letter; a step without one belongs to `A`. A connection opens at its first step.
    pub connection: char,
    /// What is done or expected.
    pub action: Action,
}

/// What a step does or expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `open`: make (or accept) the connection now, before there is anything to say on it.
    Open,
    /// `< 5 "Hello"`, `< "Hello"`: exactly these bytes come next.
    Expect(Vec<u8>),
    /// `< line /^ECHO: .*$/`, `< line "ECHO: Hello"`: the next line, without its end, matches.
    ExpectLine(Pattern),
    /// `< eof 1.0`: the peer's FIN comes within this time. `< eof 1.0 or rst`: or a reset.
    ExpectEof {
        /// How long it may take.
        within: Duration,
        /// Whether a reset will do.
        or_reset: bool,
    },
    /// `< rst 1.0`: the peer resets the connection within this time.
    ExpectReset {
        /// How long it may take.
        within: Duration,
    },
    /// `> "Hello"`, `>! "Hello"`: send.
    Send {
        /// What to send.
        bytes: Vec<u8>,
        /// Whether to wait until the peer has read it (`>`) or not (`>!`).
        wait: bool,
    },
    /// `fin`: half-close.
    Fin,
    /// `rst`: reset the connection.
    Rst,
    /// `hold 0.5`: keep silent for so long.
    Hold(Duration),
    /// `signal INT`: the program under test gets a signal.
    Signal(Signal),
    /// `stats`, `stats /active=1 /`: the program is asked `STATS` over a connection of its own, and answers a line (that
    /// matches).
    Stats(Option<Pattern>),
}

/// What `signal` sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, as Ctrl+C does.
    Int,
    /// SIGTERM, as `kill` does.
    Term,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The first thing that is not of the language, with its line and column.
    pub fn parse(text: &str) -> Result<Script, ParseError> {
        parse::script(text)
    }
}

/// The bytes of a string as [`escape`](crate::bytes::escape) writes it, if that is all there is.
pub(crate) fn unquote(text: &str) -> Option<Vec<u8>> {
    let mut tokens = lexer::Lexer::new(text);
    match (tokens.next(), tokens.end()) {
        (Ok(Some(lexer::Token::Text(bytes))), Ok(())) => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
