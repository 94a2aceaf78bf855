use std::fmt;

/// What a line has to look like.
#[derive(Clone)]
pub enum Pattern {
    /// These bytes and no others.
    Literal(Vec<u8>),
    /// `/…/`: a regular expression over bytes, in which `.` is any UTF-8 character.
    Regex(regex::bytes::Regex),
}

impl Pattern {
    /// Whether a line (without its end) is what the script wants.
    pub fn matches(&self, line: &[u8]) -> bool {
        match self {
            Pattern::Literal(bytes) => bytes == line,
            Pattern::Regex(regex) => regex.is_match(line),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        match (self, other) {
            (Pattern::Literal(a), Pattern::Literal(b)) => a == b,
            (Pattern::Regex(a), Pattern::Regex(b)) => a.as_str() == b.as_str(),
            _ => false,
        }
    }
}

impl Eq for Pattern {}

/// As it is written in a script.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Literal(bytes) => f.write_str(&crate::bytes::escape(bytes)),
            Pattern::Regex(regex) => write!(f, "/{}/", regex.as_str().replace('/', r"\/")),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
