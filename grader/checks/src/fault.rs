//! What was wrong: the value that a check returns instead of `()`.

use std::fmt;

/// Why a check did not pass: what was expected, what came instead.
///
/// Built with [`Fault::expected`]; the bench adds the story, the program's end and its last words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) expected: String,
    pub(crate) got: String,
    /// Two byte strings to compare, where the fault is about bytes.
    pub(crate) bytes: Option<(Vec<u8>, Vec<u8>)>,
}

/// What kind of ending a fault means for the check's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The program did something else.
    Wrong,
    /// The program did nothing until the deadline.
    Silent,
    /// The machine can't offer what the check needs.
    Skip,
    /// The grader's own trouble.
    Infra,
}

impl Fault {
    /// Begins a fault with what should have happened; finish it with [`Expected::got`] or another ending.
    pub fn expected(what: impl Into<String>) -> Expected {
        Expected(what.into())
    }

    /// The machine can't offer what the check needs: not a fault of the program.
    pub fn skip(reason: impl Into<String>) -> Fault {
        Fault { kind: Kind::Skip, expected: String::new(), got: reason.into(), bytes: None }
    }

    /// The grader itself failed at something: never the student's fault.
    pub fn infra(what: impl fmt::Display) -> Fault {
        Fault { kind: Kind::Infra, expected: String::new(), got: what.to_string(), bytes: None }
    }
}

/// The first half of a [`Fault`].
#[derive(Debug)]
pub struct Expected(String);

impl Expected {
    /// What came instead.
    pub fn got(self, what: impl Into<String>) -> Fault {
        Fault { kind: Kind::Wrong, expected: self.0, got: what.into(), bytes: None }
    }

    /// Nothing (more) came until the deadline.
    pub fn but_waited(self, what: impl Into<String>) -> Fault {
        Fault { kind: Kind::Silent, expected: self.0, got: what.into(), bytes: None }
    }

    /// Other bytes came: the report marks the first that differs.
    pub fn got_bytes(self, expected: &[u8], got: &[u8]) -> Fault {
        Fault {
            kind: Kind::Wrong,
            expected: self.0,
            got: wire::bytes::escape(got),
            bytes: Some((expected.to_vec(), got.to_vec())),
        }
    }
}

/// Trouble with the grader's own files, pipes and sockets.
impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        Fault::infra(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Skip | Kind::Infra => f.write_str(&self.got),
            Kind::Wrong | Kind::Silent => write!(f, "expected {}, got {}", self.expected, self.got),
        }
    }
}

/// Fails unless the condition holds.
pub fn ensure(holds: bool, fault: impl FnOnce() -> Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault()) }
}
