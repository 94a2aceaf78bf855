//! The pen that writes a check's story while it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::outcome::{Step, Story, Way};

/// A story longer than this is cut: a flood must not fill the grader's memory.
const MAX_STEPS: usize = 4000;

/// Shared by everything that crosses the bench.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    start: Instant,
    story: Arc<Mutex<Story>>,
}

impl Recorder {
    pub(crate) fn new() -> Recorder {
        Recorder { start: Instant::now(), story: Arc::default() }
    }

    /// When the story began: time zero of its steps.
    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    pub(crate) fn sent(&self, text: impl Into<String>) {
        self.push(Way::ToProgram, text.into());
    }

    pub(crate) fn received(&self, text: impl Into<String>) {
        self.push(Way::FromProgram, text.into());
    }

    pub(crate) fn remark(&self, text: impl Into<String>) {
        self.push(Way::Remark, text.into());
    }

    /// Adds a remark beside the newest step.
    pub(crate) fn note(&self, note: impl Into<String>) {
        if let Some(step) = self.lock().steps.last_mut() {
            step.note = Some(note.into());
        }
    }

    /// Names the right lifeline, once: the first program that a check starts is what it is about.
    pub(crate) fn name_program(&self, role: &str) {
        let mut story = self.lock();
        if story.program.is_empty() {
            story.program = format!("{role} (yours)");
        }
    }

    /// A step that happened at a time of its own (a frame of the wire).
    pub(crate) fn push_at(&self, at_ms: f64, way: Way, text: String) {
        let mut story = self.lock();
        if story.steps.len() < MAX_STEPS {
            story.steps.push(Step { at_ms, way, text, note: None, wrong: false });
        }
    }

    /// The story so far, in the order of time.
    pub(crate) fn story(&self) -> Story {
        let mut story = self.lock().clone();
        story.steps.sort_by(|a, b| a.at_ms.total_cmp(&b.at_ms));
        story
    }

    fn push(&self, way: Way, text: String) {
        self.push_at(self.start.elapsed().as_secs_f64() * 1000.0, way, text);
    }

    fn lock(&self) -> MutexGuard<'_, Story> {
        // A thread that panicked while it held the pen left whole steps behind.
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
