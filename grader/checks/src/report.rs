//! What a failed check prints: its story as a ladder, the expected and the actual, where to read, how to repeat it.

use std::fmt::Write;
use std::time::Duration;

use wire::diagram;
use wire::ladder::{Ladder, Row};

use crate::outcome::{Outcome, Story, Verdict, Way};
use crate::screen::{Paint, Tone, USUAL, wrapped};
use crate::signatures::Bug;
use crate::spec::{Check, Lab};

/// What surrounds a failure report.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Columns of the terminal, at least 60; 0 = 100.
    pub width: usize,
    /// Whether there are colours.
    pub paint: Paint,
    /// The known bug that fails the same checks, if one is near.
    pub like: Option<Bug>,
    /// The command that repeats this very check.
    pub repeat: Option<String>,
    /// Where the capture was stored.
    pub capture: Option<String>,
    /// Leaves out what would tell a hidden check's inputs: the ladder, the bytes, the program's words.
    pub conceal: bool,
}

const LEAST_WIDTH: usize = 60;
const MARGIN: usize = 3;
/// Columns of a row's name; its value stands one further.
const NAME: usize = 14;
const VALUE: usize = MARGIN + NAME + 1;

/// The report of one check that did not pass, as text with a final newline.
pub fn failure(lab: &Lab, check: &Check, outcome: &Outcome, context: &Context) -> String {
    let width = if context.width == 0 { USUAL } else { context.width.max(LEAST_WIDTH) };
    let mut page = Page { text: String::new(), width, paint: context.paint };
    page.heading(lab, check, outcome);
    if outcome.not_done {
        let what = outcome.fault.as_ref().map_or("not done yet", |fault| &fault.got);
        page.block(&wrapped(what, width - MARGIN, 0));
        page.line("hint", &hint_command(lab, check));
        return page.text;
    }
    if !context.conceal && !outcome.story.steps.is_empty() {
        page.block(&ladder(&outcome.story, outcome).render(width - MARGIN));
        page.text.push('\n');
    }
    page.row("must be", check.says);
    if let Some(reason) = &outcome.reason {
        page.row("reason", reason);
    }
    if let Some(fault) = &outcome.fault {
        match &fault.difference {
            Some(difference) if !context.conceal => {
                page.text.push('\n');
                page.block(&with_room(difference, width - MARGIN));
                page.text.push('\n');
            }
            _ => page.row("expected", &fault.expected),
        }
        if !context.conceal && fault.difference.is_none() {
            page.row("got", &fault.got);
        }
    }
    if !context.conceal {
        // Behind a bar: a CI service obeys `::error::`, also after spaces.
        for words in &outcome.stderr {
            let lines: String = words.text.lines().map(|line| format!("| {}\n", inert(line))).collect();
            page.block(&format!("{} said:\n{lines}", words.program));
        }
    }
    if let Some(bug) = &context.like {
        page.row("like the bug", &format!("{}: {}", bug.name, bug.says));
    }
    let section = check
        .reads
        .map_or_else(|| format!("the chapter of {}", lab.name), |section| format!("\"{section}\""));
    page.row("read", &format!("book: {section}"));
    if context.conceal {
        page.row("hint", check.hints[0]);
    } else {
        page.line("hint", &hint_command(lab, check));
    }
    if let Some(repeat) = &context.repeat {
        page.line("repeat", repeat);
    }
    if let Some(capture) = &context.capture {
        page.line("capture", capture);
    }
    page.text
}

/// A report while it is written.
struct Page {
    text: String,
    width: usize,
    paint: Paint,
}

impl Page {
    /// The first line: the lab, the check, its verdict and points, to the right margin.
    fn heading(&mut self, lab: &Lab, check: &Check, outcome: &Outcome) {
        let earned = if outcome.verdict == Verdict::Pass { check.points } else { 0 };
        let (tone, points) = match outcome.verdict {
            Verdict::Skip => (Tone::Open, "  -/-".to_owned()),
            Verdict::Infra => (Tone::Bad, "  -/-".to_owned()),
            Verdict::Pass => (Tone::Good, format!("{earned:>3}/{}", check.points)),
            _ if outcome.not_done => (Tone::Open, format!("{earned:>3}/{}", check.points)),
            _ => (Tone::Bad, format!("{earned:>3}/{}", check.points)),
        };
        let left = format!("{}  {}", lab.name, check.name);
        let word = outcome.verdict.word();
        let gap = self.width.saturating_sub(left.len() + word.len() + 1 + points.len()).max(2);
        let word = self.paint.text(tone, word);
        let _ = writeln!(self.text, "{}{:gap$}{word} {points}\n", self.paint.text(Tone::Strong, &left), "");
    }

    /// Lines as they are, what is wrong in them marked.
    fn block(&mut self, block: &str) {
        for line in block.lines() {
            let line = format!("{:MARGIN$}{line}", "");
            let _ = writeln!(self.text, "{}", self.marked(line.trim_end()));
        }
    }

    /// A name and what is to be copied, a command or a path: one line, however long.
    fn line(&mut self, name: &str, value: &str) {
        let name = self.paint.text(Tone::Faint, &format!("{name:<NAME$}"));
        let _ = writeln!(self.text, "{:MARGIN$}{name} {}", "", self.marked(value));
    }

    /// A name and what it says, wrapped. The further lines of a long value (a header's diagram) stand below its first.
    fn row(&mut self, name: &str, value: &str) {
        let room = self.width - VALUE;
        let is_drawn = |line: &str| line.starts_with(['┌', '├', '└', '│']);
        let is_too_wide = value.lines().any(|line| is_drawn(line) && line.chars().count() > room);
        let value = if is_too_wide { diagram::listed(value) } else { value.to_owned() };
        let wrap = |line: &str| if is_drawn(line) { line.to_owned() } else { wrapped(line, room, 0) };
        let value = value.lines().map(wrap).collect::<Vec<_>>().join("\n");
        let mut lines = value.lines();
        self.line(name, lines.next().unwrap_or_default());
        for line in lines {
            let line = format!("{:VALUE$}{line}", "");
            let _ = writeln!(self.text, "{}", self.marked(line.trim_end()));
        }
    }

    /// A line whose wrong part is red: from `✗` to the end or the next border, or a caret with its remark.
    fn marked(&self, line: &str) -> String {
        let wrong = line.find('✗').or_else(|| line.find('^').filter(|at| line[..*at].trim().is_empty()));
        let Some(from) = wrong.filter(|_| self.paint.is_colourful()) else { return line.to_owned() };
        let to = line[from..].find('│').map_or(line.len(), |length| from + length);
        format!("{}{}{}", &line[..from], self.paint.text(Tone::Bad, &line[from..to]), &line[to..])
    }
}

/// Two byte strings with a caret under the first difference. The remark beside the caret goes below it where there is no
/// room.
fn with_room(difference: &str, room: usize) -> String {
    let lines = difference.lines().map(|line| match line.split_once("^ ") {
        Some((before, remark)) if before.trim().is_empty() && line.chars().count() > room => {
            format!("{before}^\n{:10}{remark}\n", "")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

fn hint_command(lab: &Lab, check: &Check) -> String {
    format!("cargo lab hint {} {}", lab.name, check.name)
}

fn ladder(story: &Story, outcome: &Outcome) -> Ladder {
    let program = if story.program.is_empty() { "your program" } else { &story.program };
    let mut ladder = Ladder::new("grader", program);
    for step in &story.steps {
        let at = Duration::from_secs_f64(step.at_ms.max(0.0) / 1000.0);
        let mut row = match step.way {
            Way::ToProgram => Row::right(at, step.text.as_str()),
            Way::FromProgram => Row::left(at, step.text.as_str()),
            Way::Remark => Row::event(at, step.text.as_str()),
        };
        if let Some(note) = &step.note {
            row = row.note(note.as_str());
        }
        if step.wrong {
            let expected = outcome.fault.as_ref().map_or("otherwise", |fault| &fault.expected);
            row = row.wrong(format!("expected {expected}"));
        }
        ladder.rows.push(row);
    }
    ladder
}

/// What a program says about itself is only text: control characters, and marks that turn the direction of writing,
/// can't reach the terminal.
fn inert(line: &str) -> String {
    let is_obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
    };
    line.chars()
        .flat_map(|c| if is_obeyed(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}
