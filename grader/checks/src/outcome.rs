//! How a check ended: the value that travels from the runner process to whoever asked for the check.

use serde::{Deserialize, Serialize};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// What must be true is true.
    Pass,
    /// The program did something else.
    Fail,
    /// The machine can't offer what the check needs; its points count neither way.
    Skip,
    /// The program did nothing until a deadline.
    Timeout,
    /// The program and its children took more memory than the cell allows.
    Oom,
    /// The program wrote more than the cell allows.
    OutputLimit,
    /// The grader's own trouble; never a zero.
    Infra,
}

impl Verdict {
    /// The word in reports: `PASS`, `OUTPUT_LIMIT`, …
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Skip => "SKIP",
            Verdict::Timeout => "TIMEOUT",
            Verdict::Oom => "OOM",
            Verdict::OutputLimit => "OUTPUT_LIMIT",
            Verdict::Infra => "INFRA",
        }
    }

    /// Whether the check's points are lost.
    pub fn is_failure(self) -> bool {
        !matches!(self, Verdict::Pass | Verdict::Skip | Verdict::Infra)
    }
}

/// What a check found, with its story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// Wall time of the whole runner process.
    pub seconds: f64,
    /// CPU time of the runner and of everything it started.
    pub cpu_seconds: f64,
    /// What its random inputs came from.
    pub seed: u64,
    /// What was wrong, unless it passed or was skipped.
    pub fault: Option<FaultReport>,
    /// Why it was skipped, or what trouble the grader had.
    pub reason: Option<String>,
    /// Whether a `todo!()` or an unfilled text of the student was met.
    pub not_done: bool,
    /// What crossed between the grader and the program, in order.
    pub story: Story,
    /// The last lines that each program wrote to stderr.
    pub stderr: Vec<LastWords>,
    /// Which layers held the program.
    pub isolation: Isolation,
    /// Every frame of the check's wire, as pcapng.
    #[serde(skip)]
    pub capture: Option<Vec<u8>>,
}

impl Outcome {
    /// An outcome of the grader's own trouble.
    pub fn infra(seed: u64, reason: impl Into<String>) -> Outcome {
        Outcome {
            verdict: Verdict::Infra,
            seconds: 0.0,
            cpu_seconds: 0.0,
            seed,
            fault: None,
            reason: Some(reason.into()),
            not_done: false,
            story: Story::default(),
            stderr: Vec::new(),
            isolation: Isolation::default(),
            capture: None,
        }
    }
}

/// A fault as the report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultReport {
    /// What should have happened.
    pub expected: String,
    /// What happened.
    pub got: String,
    /// The step of the story at which it was seen, counted from 1.
    pub step: usize,
    /// The two byte strings one below the other with a mark under the first difference.
    pub difference: Option<String>,
}

/// The steps of a check between two parties.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// The program's role on the right lifeline: `server (yours)`.
    pub program: String,
    /// In the order of time.
    pub steps: Vec<Step>,
}

/// One thing that crossed, or a remark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Milliseconds since the check began.
    pub at_ms: f64,
    /// Which way it went.
    pub way: Way,
    /// What crossed.
    pub text: String,
    /// A remark beside it.
    pub note: Option<String>,
    /// Whether this is where it went wrong.
    pub wrong: bool,
}

/// Which way a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the grader (or its hosts) to the program.
    ToProgram,
    /// From the program.
    FromProgram,
    /// Neither: a remark.
    Remark,
}

/// The end of what one program wrote to stderr.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWords {
    /// The binary.
    pub program: String,
    /// Its last lines, at most a few, lossily decoded.
    pub text: String,
}

/// The layers that held the program, by name, and those that this machine denied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// Layers that were active: `userns`, `netns`, `pidns`, …
    pub active: Vec<String>,
    /// Layers that were wanted and missing.
    pub missing: Vec<String>,
}
