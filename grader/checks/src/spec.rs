//! What a lab's contract is made of: a [`Lab`] is a table of [`Check`]s.
//!
//! A lab's file in `labs/` reads from top to bottom as the contract: the table first, then one short function
//! a check. Everything here is `const`, so that the table is data that the book, the report and the release read.

use crate::{Bench, Fault};

/// One lab: its identity and its checks.
///
/// Public and hidden checks of a lab are two `Lab`s of the same name, in the crates `checks` and `hidden`; their
/// points sum to 100.
#[derive(Debug)]
pub struct Lab {
    /// The package's name, `tcp-echo`.
    pub name: &'static str,
    /// The lab's place in the course; its folder is `03-tcp-echo`.
    pub number: u8,
    /// What the lab is about, in one phrase.
    pub title: &'static str,
    /// Which checks each known bug fails, as TOML: see [`crate::signatures`].
    pub signatures: &'static str,
    /// The checks in the order of their stages.
    pub checks: &'static [Check],
}

impl Lab {
    /// The same lab with other checks: its hidden half, or a trial of its solution.
    pub const fn with(&self, signatures: &'static str, checks: &'static [Check]) -> Lab {
        Lab { signatures, checks, ..*self }
    }

    /// The lab's folder in `exercises/` and `solutions/`: `03-tcp-echo`.
    pub fn folder(&self) -> String {
        format!("{:02}-{}", self.number, self.name)
    }

    /// The check of that name.
    pub fn check(&self, name: &str) -> Option<&'static Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}

/// The body of a check: drives the student's program through the bench, and says what was wrong.
pub type Body = fn(&mut Bench) -> Result<(), Fault>;

/// One thing that must be true of a submission.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// A kebab-case phrase that says what must be true: `joins-a-line-sent-in-pieces`.
    pub name: &'static str,
    /// Points of the lab's 100.
    pub points: u32,
    /// The same in a sentence, for the book's table and the report.
    pub says: &'static str,
    /// Nudge, concept with its page in the book, pseudo-code.
    pub hints: [&'static str; 3],
    /// The section of the book to read; `None` = the lab's chapter.
    pub reads: Option<&'static str>,
    /// When in the lab a student can reach it, from 1.
    pub stage: u8,
    /// What the check's cell must offer beside a loopback interface.
    pub needs: Needs,
    /// The whole check's limit of wall time, in seconds: a last resort, since every wait has its own deadline.
    pub wall_seconds: u64,
    /// The check itself.
    pub body: Body,
}

/// What a check needs of its cell beside `lo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Needs {
    /// Nothing: sockets on loopback, files, pipes.
    #[default]
    Loopback,
    /// `lo` and the right to open raw sockets on it.
    RawSockets,
    /// `lab0` with scripted hosts behind it, and the right to open raw sockets on it.
    Wire,
}

/// A check of that name, worth that many of the lab's 100 points.
pub const fn check(name: &'static str, points: u32, body: Body) -> Check {
    Check {
        name,
        points,
        says: "",
        hints: [""; 3],
        reads: None,
        stage: 1,
        needs: Needs::Loopback,
        wall_seconds: 60,
        body,
    }
}

impl Check {
    /// What must be true, in a sentence.
    pub const fn says(mut self, sentence: &'static str) -> Check {
        self.says = sentence;
        self
    }

    /// A nudge, the concept and where it stands in the book, pseudo-code.
    pub const fn hints(mut self, hints: [&'static str; 3]) -> Check {
        self.hints = hints;
        self
    }

    /// The section of the lab's chapter that explains it.
    pub const fn reads(mut self, section: &'static str) -> Check {
        self.reads = Some(section);
        self
    }

    /// When in the lab a student can reach it, from 1.
    pub const fn stage(mut self, stage: u8) -> Check {
        self.stage = stage;
        self
    }

    /// What its cell must offer.
    pub const fn needs(mut self, needs: Needs) -> Check {
        self.needs = needs;
        self
    }

    /// The whole check's limit of wall time.
    pub const fn wall_seconds(mut self, seconds: u64) -> Check {
        self.wall_seconds = seconds;
        self
    }
}

/// Who sees a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Students run it themselves.
    Public,
    /// Only the instructor's grader runs it.
    Hidden,
}
