//! What the grader is doing now: a bar on a terminal, plain lines elsewhere; always on stderr.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// Tells the person who waits.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar if stderr is a terminal.
    pub fn new() -> Progress {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {wide_bar} {pos}/{len} {msg}");
            ProgressBar::new(0).with_style(style.expect("the template is valid"))
        });
        Progress { bar }
    }

    /// For callers that report in their own way.
    pub fn silent() -> Progress {
        Progress { bar: Some(ProgressBar::hidden()) }
    }

    /// A new stage of the work begins.
    pub fn stage(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_prefix(what.to_owned()),
            None => eprintln!("{what} …"),
        }
    }

    /// That many steps more are to be done.
    pub fn expect(&self, steps: usize) {
        if let Some(bar) = &self.bar {
            bar.inc_length(steps as u64);
        }
    }

    /// One of them was done.
    pub fn step(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
            bar.inc(1);
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Progress::new()
    }
}

/// The terminal is left clean.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
