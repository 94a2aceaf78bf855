//! What is seen while a lab is watched.

use std::collections::BTreeSet;
use std::io::Write;

use checks::{Check, Job, Lab, Outcome, Verdict};

use super::work::News;
use crate::{check, hint};
use checks::screen::{self, Paint, Tone, wrapped};

const KEYS: [(&str, &str); 5] =
    [("h", "hint"), ("n", "next"), ("r", "run again"), ("c", "chapter"), ("q", "quit")];

/// What takes so long, when nothing has been built before.
const FIRST_BUILD: &str =
    "The first build of a lab also compiles what it stands on: that may take a minute or two.";

/// Where the run stands.
enum Phase {
    Building,
    Broken(String),
    Checking,
    Over,
}

/// The picture of one lab's run.
pub(super) struct Screen {
    lab: &'static Lab,
    paint: Paint,
    phase: Phase,
    jobs: Vec<Job>,
    outcomes: Vec<Option<Outcome>>,
    /// Which of the failures is shown whole.
    failure: usize,
    hint: u8,
    remark: Option<String>,
    /// Nothing is known of the lab yet, so that this is probably its first build.
    is_first: bool,
}

impl Screen {
    /// Before anything is known.
    pub(super) fn new(lab: &'static Lab, paint: Paint, is_first: bool) -> Screen {
        let (jobs, outcomes) = (Vec::new(), vec![None; lab.checks.len()]);
        let phase = Phase::Building;
        Screen { lab, paint, phase, jobs, outcomes, failure: 0, hint: 0, remark: None, is_first }
    }

    pub(super) fn is_colourful(&self) -> bool {
        self.paint.is_colourful()
    }

    /// Another run begins.
    pub(super) fn begin(&mut self) {
        *self = Screen::new(self.lab, self.paint, false);
    }

    /// Takes a piece of news.
    pub(super) fn take(&mut self, news: News) {
        match news {
            News::Broken(words) => self.phase = Phase::Broken(words),
            News::Built(jobs) => (self.phase, self.jobs) = (Phase::Checking, jobs),
            News::Ended(at, outcome) => self.outcomes[at] = Some(*outcome),
            News::Trouble(what) => self.remark = Some(what),
        }
    }

    /// Nothing more is to come.
    pub(super) fn end(&mut self) {
        if matches!(self.phase, Phase::Checking) {
            self.phase = Phase::Over;
        }
    }

    /// A remark above the keys.
    pub(super) fn say(&mut self, remark: &str) {
        self.remark = Some(remark.to_owned());
    }

    pub(super) fn is_all_passed(&self) -> bool {
        matches!(self.phase, Phase::Over)
            && self.outcomes.iter().all(|outcome| {
                outcome
                    .as_ref()
                    .is_some_and(|outcome| matches!(outcome.verdict, Verdict::Pass | Verdict::Skip))
            })
    }

    /// Goes on to the next failure, round and round.
    pub(super) fn next_failure(&mut self) {
        let failures = self.failures();
        self.failure = (self.failure + 1).checked_rem(failures.len()).unwrap_or(0);
        self.hint = 0;
        if failures.len() == 1 {
            self.remark = Some("this is the only one that fails".to_owned());
        }
    }

    /// Shows that many hints of the check.
    pub(super) fn show_hint(&mut self, level: u8) {
        self.hint = level;
    }

    /// The check whose story is shown.
    pub(super) fn shown_check(&self) -> Option<&'static Check> {
        Some(&self.lab.checks[*self.failures().get(self.failure)?])
    }

    /// Failures that can be shown: while checks still run, only those before which nothing is open.
    fn failures(&self) -> Vec<usize> {
        let known = self.outcomes.iter().take_while(|outcome| outcome.is_some()).count();
        let known = if matches!(self.phase, Phase::Over) { self.outcomes.len() } else { known };
        let is_failure = |at: &usize| {
            self.outcomes[*at]
                .as_ref()
                .is_some_and(|outcome| !matches!(outcome.verdict, Verdict::Pass | Verdict::Skip))
        };
        (0..known).filter(is_failure).collect()
    }

    /// Draws all of it in place of what was drawn before. Line by line: a terminal that is erased as a whole keeps what
    /// stood there, and after an hour one would scroll through hundreds of pictures.
    pub(super) fn draw(&self) {
        // Cursor home, erase to the end of each line, and to the end of the screen (ECMA-48 §8.3.21, §8.3.41, §8.3.39).
        let text = self.render(screen::width()).replace('\n', "\x1b[K\n");
        let mut out = std::io::stdout().lock();
        // A terminal that is gone is noticed when a key is read.
        let _ = write!(out, "\x1b[H{text}\x1b[J").and_then(|()| out.flush());
    }

    fn render(&self, width: usize) -> String {
        let title = format!("{:02} {}: {}", self.lab.number, self.lab.name, self.lab.title);
        let title = self.paint.text(Tone::Strong, &wrapped(&title, width, 0));
        let mut text = format!("{title}\n{}\n\n", self.state(width));
        match &self.phase {
            Phase::Broken(words) => {
                text.push_str(words.trim_end());
                text.push('\n');
            }
            Phase::Building if self.is_first => {
                text.push_str(&wrapped(FIRST_BUILD, width, 0));
                text.push('\n');
            }
            _ => text.push_str(&self.story(width)),
        }
        if let (1.., Some(check)) = (self.hint, self.shown_check()) {
            text.push('\n');
            text.push_str(&hint::text(check, self.hint, width));
        }
        if let Some(remark) = &self.remark {
            text.push_str(&format!("\n{}\n", wrapped(remark, width, 0)));
        }
        text.push_str(&format!("\n{}\n", self.keys()));
        text
    }

    /// All checks as a line: a mark for each, and how many.
    fn state(&self, width: usize) -> String {
        let marks: String = self.outcomes.iter().map(|outcome| self.mark(outcome.as_ref())).collect();
        let passed =
            self.outcomes.iter().flatten().filter(|outcome| outcome.verdict == Verdict::Pass).count();
        let doing = match self.phase {
            Phase::Building => "building …",
            Phase::Broken(_) => "it does not build yet",
            Phase::Checking => "checking …",
            Phase::Over if self.is_all_passed() => "every check passes",
            Phase::Over => "",
        };
        let counts = format!("{passed} of {} checks  {doing}", self.outcomes.len());
        let mut line = format!("{marks}  {}", counts.trim_end());
        let others: Vec<&str> = self
            .failures()
            .into_iter()
            .filter(|at| Some(self.lab.checks[*at].name) != self.shown_check().map(|check| check.name))
            .map(|at| self.lab.checks[at].name)
            .collect();
        if !others.is_empty() {
            line.push('\n');
            line.push_str(&wrapped(&format!("also open: {}", others.join(", ")), width, 11));
        }
        line
    }

    fn mark(&self, outcome: Option<&Outcome>) -> String {
        let (mark, tone) = match outcome {
            None => ("·", Tone::Faint),
            Some(outcome) => match outcome.verdict {
                Verdict::Pass => ("✓", Tone::Good),
                Verdict::Skip => ("s", Tone::Open),
                _ if outcome.not_done => ("-", Tone::Open),
                _ => ("✗", Tone::Bad),
            },
        };
        self.paint.text(tone, mark)
    }

    fn story(&self, width: usize) -> String {
        if self.is_all_passed() {
            let name = self.lab.name;
            let text = format!(
                "Done. n goes on to the next lab; `cargo lab bugs {name}` plays with the mistakes of others."
            );
            return wrapped(&text, width, 0) + "\n";
        }
        let Some(&at) = self.failures().get(self.failure) else { return String::new() };
        let (Some(job), Some(outcome)) = (self.jobs.get(at), self.outcomes[at].as_ref()) else {
            return String::new();
        };
        let failed: BTreeSet<String> = self
            .failures()
            .into_iter()
            .filter(|at| self.outcomes[*at].as_ref().is_some_and(|outcome| !outcome.not_done))
            .map(|at| self.lab.checks[at].name.to_owned())
            .collect();
        check::story(job, outcome, &failed)
    }

    fn keys(&self) -> String {
        let keys: Vec<String> =
            KEYS.iter().map(|(key, what)| format!("{} {what}", self.paint.text(Tone::Strong, key))).collect();
        keys.join("   ")
    }
}
