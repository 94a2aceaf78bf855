//! Words, strings and patterns of one line.

use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;

use super::parse::LineError;
use crate::bytes;

/// The smallest pieces of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `<`, `>` or `!`.
    Symbol(&'static str),
    /// A keyword, a label or a number.
    Word(String),
    /// The bytes of a `"string"`.
    Text(Vec<u8>),
    /// What stands between the slashes of `/…/`.
    Regex(String),
}

/// As it is written in a script.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Symbol(symbol) => f.write_str(symbol),
            Token::Word(word) => f.write_str(&bytes::printable(word)),
            Token::Text(text) => f.write_str(&bytes::escape(text)),
            Token::Regex(source) => write!(f, "/{source}/"),
        }
    }
}

/// Reads the tokens of one line; a comment is its end.
pub(super) struct Lexer<'a> {
    line: &'a str,
    chars: Peekable<CharIndices<'a>>,
    /// The next token and the column it starts at.
    ahead: Option<(Option<Token>, usize)>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(line: &'a str) -> Lexer<'a> {
        Lexer { line, chars: line.char_indices().peekable(), ahead: None }
    }

    pub(super) fn peek(&mut self) -> Result<Option<Token>, LineError> {
        self.look_ahead().map(|(token, _)| token.clone())
    }

    pub(super) fn next(&mut self) -> Result<Option<Token>, LineError> {
        self.look_ahead()?;
        Ok(self.ahead.take().and_then(|(token, _)| token))
    }

    /// Where the next token starts, in characters, counted from 1.
    pub(super) fn next_column(&mut self) -> Result<usize, LineError> {
        self.look_ahead().map(|(_, column)| *column)
    }

    /// Fails if anything is left on the line.
    pub(super) fn end(&mut self) -> Result<(), LineError> {
        match self.look_ahead()? {
            (None, _) => Ok(()),
            (Some(token), column) => Err((*column, format!("expected the end of the line, found `{token}`"))),
        }
    }

    fn look_ahead(&mut self) -> Result<&(Option<Token>, usize), LineError> {
        if self.ahead.is_none() {
            while self.chars.next_if(|(_, letter)| letter.is_whitespace()).is_some() {}
            let column = self.column();
            self.ahead = Some((self.token()?, column));
        }
        Ok(self.ahead.as_ref().expect("just filled"))
    }

    /// Where the next character stands.
    fn column(&mut self) -> usize {
        let at = self.chars.peek().map_or(self.line.len(), |(at, _)| *at);
        self.line[..at].chars().count() + 1
    }

    fn token(&mut self) -> Result<Option<Token>, LineError> {
        let column = self.column();
        let Some((_, first)) = self.chars.next_if(|(_, letter)| *letter != '#') else { return Ok(None) };
        Ok(Some(match first {
            '<' => Token::Symbol("<"),
            '>' => Token::Symbol(">"),
            '!' => Token::Symbol("!"),
            '"' => Token::Text(self.text(column)?),
            '/' => Token::Regex(self.regex(column)?),
            _ => {
                let mut word = String::from(first);
                while let Some((_, letter)) = self.chars.next_if(|(_, letter)| !ends_word(*letter)) {
                    word.push(letter);
                }
                Token::Word(word)
            }
        }))
    }

    fn text(&mut self, start: usize) -> Result<Vec<u8>, LineError> {
        let mut text = Vec::new();
        let unclosed = || (start, "this string has no closing `\"`".to_owned());
        loop {
            let column = self.column();
            match self.chars.next().ok_or_else(unclosed)?.1 {
                '"' => return Ok(text),
                '\\' => match self.chars.next().ok_or_else(unclosed)?.1 {
                    'r' => text.push(b'\r'),
                    'n' => text.push(b'\n'),
                    't' => text.push(b'\t'),
                    '"' => text.push(b'"'),
                    '\\' => text.push(b'\\'),
                    'x' => text.push(self.hex_byte(column)?),
                    other => {
                        return Err((column, format!("`\\{other}` is none of \\r \\n \\t \\\" \\\\ \\xNN")));
                    }
                },
                letter => text.extend(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }

    fn hex_byte(&mut self, column: usize) -> Result<u8, LineError> {
        let mut digit =
            || self.chars.next_if(|(_, c)| c.is_ascii_hexdigit()).and_then(|(_, c)| c.to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) => Ok((high << 4 | low) as u8),
            _ => Err((column, "`\\x` wants two hex digits".to_owned())),
        }
    }

    fn regex(&mut self, start: usize) -> Result<String, LineError> {
        let mut source = String::new();
        while let Some((_, letter)) = self.chars.next() {
            match letter {
                '/' => return Ok(source),
                '\\' if self.chars.next_if(|(_, letter)| *letter == '/').is_some() => source.push('/'),
                '\\' => {
                    source.push('\\');
                    source.extend(self.chars.next().map(|(_, letter)| letter));
                }
                _ => source.push(letter),
            }
        }
        Err((start, "this regular expression has no closing `/`".to_owned()))
    }
}

fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '<' | '>' | '!' | '"' | '/' | '#')
}
