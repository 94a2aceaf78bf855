//! What the person who waits for a class sees: a bar on a terminal, plain lines elsewhere; always on stderr.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::Shard;
use crate::gradebook::Quarantined;
use crate::report::model::LabReport;
use crate::text;
use crate::when;

/// For the spinner of the bar.
const TICK: Duration = Duration::from_millis(200);

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
            let style = ProgressStyle::with_template("{spinner} {wide_msg}").expect("a valid template");
            let bar = ProgressBar::new(0).with_style(style);
            // A lab may take minutes: what turns is not stuck.
            bar.enable_steady_tick(TICK);
            bar
        });
        Watch { bar, progress: Mutex::default(), is_silent: false }
    }

    /// For callers that report in their own way.
    pub fn silent() -> Watch {
        Watch { bar: None, progress: Mutex::default(), is_silent: true }
    }

    /// A submission is being looked at.
    pub(super) fn looking_at(&self, student: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("looking at {}", text::plain(student)));
        }
    }

    /// So many labs are to be graded, of the whole class or a part; others are known already, or were not handed in.
    pub(super) fn found(&self, tasks: usize, students: usize, reused: usize, part: Option<Shard>) {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).all = tasks;
        self.line(&format!(
            "{}{}: {} to be graded, {reused} without work to do",
            part.map_or_else(String::new, |part| format!("part {part}: ")),
            text::count(students, "student"),
            text::count(tasks, "lab")
        ));
    }

    /// The workspaces are made ready; the first time this takes a minute or two.
    pub(super) fn preparing(&self, is_first: bool) {
        if is_first {
            self.line("compiling the labs' libraries, which is done once …");
        }
        if let Some(bar) = &self.bar {
            bar.set_message("making the workspaces ready");
        }
    }

    /// Grading begins now, and with it the time that rate and time left are of.
    pub(super) fn begin(&self) {
        let all = {
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.began = Instant::now();
            progress.all
        };
        if let Some(bar) = &self.bar {
            let style =
                ProgressStyle::with_template("{spinner} {pos}/{len} {wide_bar} {rate}, {eta} left  {msg}")
                    .expect("a valid template")
                    .with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
                        let _ = write!(to, "{}", rate(state.per_sec()));
                    });
            bar.set_length(all as u64);
            bar.set_message("");
            bar.reset_eta();
            bar.set_style(style);
        }
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

impl Default for Progress {
    fn default() -> Self {
        Progress { began: Instant::now(), done: 0, all: 0, verdicts: BTreeMap::new() }
    }
}

impl Progress {
    /// `[ 12/48, 186/min, 12 s left]`.
    fn place(&self) -> String {
        place(self.done, self.all, self.began.elapsed())
    }
}

fn place(done: usize, all: usize, elapsed: Duration) -> String {
    let per_second = done as f64 / elapsed.as_secs_f64().max(0.001);
    let left = Duration::from_secs_f64((all - done.min(all)) as f64 / per_second.max(0.001));
    let width = all.to_string().len();
    format!("[{done:>width$}/{all}, {}, {} left]", rate(per_second), when::roughly(left))
}

/// Labs take seconds: a rate per second would be 0.2.
fn rate(per_second: f64) -> String {
    let per_minute = per_second * 60.0;
    if per_minute < 10.0 { format!("{per_minute:.1}/min") } else { format!("{per_minute:.0}/min") }
}

/// Also where an error ended the class.
impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

impl Default for Watch {
    fn default() -> Self {
        Watch::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_far_how_fast_and_how_long() {
        let after = Duration::from_secs;
        assert_eq!(place(12, 480, after(4)), "[ 12/480, 180/min, 2 min left]");
        assert_eq!(place(1, 14, after(70)), "[ 1/14, 0.9/min, 15 min left]");
        assert_eq!(place(14, 14, after(70)), "[14/14, 12/min, 0 s left]");
        assert_eq!(place(0, 0, after(0)), "[0/0, 0.0/min, 0 s left]");
    }
}
