//! What the person who waits for a class sees: a bar on a terminal, plain lines elsewhere; always on stderr.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Shard;
use crate::gradebook::Quarantined;
use crate::report::model::LabReport;
use crate::text;
use crate::when;

/// Tells how far a class is.
#[derive(Debug)]
pub struct Watch {
    bar: Option<ProgressBar>,
    progress: Mutex<Progress>,
    is_silent: bool,
}

#[derive(Debug)]
struct Progress {
    began: Instant,
    done: usize,
    all: usize,
    verdicts: BTreeMap<&'static str, usize>,
}

impl Watch {
    /// A bar if stderr is a terminal.
    pub fn new() -> Watch {
        let bar = stderr().is_terminal().then(|| {
            let template = "{spinner} {pos}/{len} {wide_bar} {per_sec}, {eta} left  {msg}";
            ProgressBar::new(0).with_style(ProgressStyle::with_template(template).expect("a valid template"))
        });
        Watch { bar, is_silent: false, ..Watch::silent() }
    }

    /// For callers that report in their own way.
    pub fn silent() -> Watch {
        let progress = Progress { began: Instant::now(), done: 0, all: 0, verdicts: BTreeMap::new() };
        Watch { bar: None, progress: Mutex::new(progress), is_silent: true }
    }

    /// A submission is being looked at.
    pub(super) fn looking_at(&self, student: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("looking at {}", text::plain(student)));
            bar.tick();
        }
    }

    /// So many labs are to be graded, of the whole class or a part.
    pub(super) fn begin(&self, tasks: usize, students: usize, reused: usize, part: Option<Shard>) {
        {
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.all = tasks;
            progress.began = Instant::now();
        }
        if let Some(bar) = &self.bar {
            bar.set_length(tasks as u64);
            bar.reset_eta();
        }
        self.line(&format!(
            "{}{}: {} to be graded, {reused} known already",
            part.map_or_else(String::new, |part| format!("part {part}: ")),
            text::count(students, "student"),
            text::count(tasks, "lab")
        ));
    }

    /// A lab was graded, for these students.
    pub(super) fn graded(&self, students: &[&str], lab: &LabReport) {
        let result = format!("{:<10} {:>3}/{}", lab.verdict.word(), lab.score, lab.max);
        self.step(students, lab.lab, lab.verdict.word(), &result);
    }

    /// The grader had trouble of its own.
    pub(super) fn trouble(&self, students: &[&str], trouble: &Quarantined) {
        let reason = text::first_lines(&text::plain(&trouble.reason), 2);
        let result = format!(
            "INFRA      in quarantine after {}: {reason}",
            text::count(trouble.attempts as usize, "attempt")
        );
        self.step(students, &trouble.lab, "INFRA", &result);
    }

    fn step(&self, students: &[&str], lab: &str, verdict: &'static str, result: &str) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.done += 1;
        *progress.verdicts.entry(verdict).or_default() += 1;
        let first = text::plain(students.first().copied().unwrap_or_default());
        let others = match students.len() {
            0 | 1 => String::new(),
            several => format!(" (and {} with the same work)", several - 1),
        };
        if let Some(bar) = &self.bar {
            let verdicts: Vec<String> =
                progress.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
            bar.set_message(verdicts.join(", "));
            bar.inc(1);
            if verdict == "INFRA" {
                bar.println(format!("{first}{others}  {lab}  {result}"));
            }
        } else if !self.is_silent {
            eprintln!("{}  {first:<16} {lab:<14} {result}{others}", progress.place());
        }
    }

    /// A line that stays.
    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None if self.is_silent => {}
            None => eprintln!("{text}"),
        }
    }

    /// The terminal is left clean.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress {
    /// `[ 12/48, 3.1/s, 12 s left]`.
    fn place(&self) -> String {
        let seconds = self.began.elapsed().as_secs_f64().max(0.001);
        let rate = self.done as f64 / seconds;
        let left = Duration::from_secs_f64((self.all - self.done.min(self.all)) as f64 / rate.max(0.001));
        let width = self.all.to_string().len();
        format!("[{:>width$}/{}, {rate:.1}/s, {} left]", self.done, self.all, when::roughly(left))
    }
}

impl Default for Watch {
    fn default() -> Self {
        Watch::new()
    }
}
