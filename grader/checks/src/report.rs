//! What a failed check prints: its story as a ladder, the expected and the actual, where to read, how to repeat it.

use std::fmt::Write;
use std::time::Duration;

use wire::ladder::{Ladder, Row};

use crate::outcome::{Outcome, Story, Verdict, Way};
use crate::signatures::Bug;
use crate::spec::{Check, Lab};

/// What surrounds a failure report.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Columns of the terminal, at least 75; 0 = 100.
    pub width: usize,
    /// The known bug that fails the same checks, if one is near.
    pub like: Option<Bug>,
    /// The command that repeats this very check.
    pub repeat: Option<String>,
    /// Where the capture was stored.
    pub capture: Option<String>,
    /// Leaves out what would tell a hidden check's inputs: the ladder, the bytes, the program's words.
    pub conceal: bool,
}

const DEFAULT_WIDTH: usize = 100;
/// A ladder needs 72 columns beside the margin.
const LEAST_WIDTH: usize = 72 + MARGIN;
const MARGIN: usize = 3;

/// The report of one check that did not pass, as plain text with a final newline.
pub fn failure(lab: &Lab, check: &Check, outcome: &Outcome, context: &Context) -> String {
    let width = if context.width == 0 { DEFAULT_WIDTH } else { context.width.max(LEAST_WIDTH) };
    let mut text = heading(lab, check, outcome, width);
    text.push('\n');
    let fault = outcome.fault.as_ref();
    if outcome.not_done {
        let _ = writeln!(text, "{:MARGIN$}{}", "", fault.map_or("not done yet", |fault| &fault.got));
        row(&mut text, "hint", &hint_command(lab, check));
        return text;
    }
    if !context.conceal && !outcome.story.steps.is_empty() {
        indent(&mut text, &ladder(&outcome.story, outcome).render(width - MARGIN));
        text.push('\n');
    }
    row(&mut text, "must be", check.says);
    if let Some(reason) = &outcome.reason {
        row(&mut text, "reason", reason);
    }
    if let Some(fault) = fault {
        match &fault.difference {
            Some(difference) if !context.conceal => {
                text.push('\n');
                indent(&mut text, difference);
                text.push('\n');
            }
            _ => row(&mut text, "expected", &fault.expected),
        }
        if !context.conceal && fault.difference.is_none() {
            row(&mut text, "got", &fault.got);
        }
    }
    if !context.conceal {
        // Behind a bar: a CI service obeys `::error::`, also after spaces.
        for words in &outcome.stderr {
            let _ = writeln!(text, "{:MARGIN$}{} said:", "", words.program);
            indent(
                &mut text,
                &words.text.lines().map(|line| format!("| {}\n", inert(line))).collect::<String>(),
            );
        }
    }
    if let Some(bug) = &context.like {
        row(&mut text, "like the bug", &format!("{}: {}", bug.name, bug.says));
    }
    let section = check
        .reads
        .map_or_else(|| format!("the chapter of {}", lab.name), |section| format!("\"{section}\""));
    row(&mut text, "read", &format!("book: {section}"));
    if context.conceal {
        row(&mut text, "hint", check.hints[0]);
    } else {
        row(&mut text, "hint", &hint_command(lab, check));
    }
    if let Some(repeat) = &context.repeat {
        row(&mut text, "repeat", repeat);
    }
    if let Some(capture) = &context.capture {
        row(&mut text, "capture", capture);
    }
    text
}

/// A name and its value; the further lines of a long value (a header's diagram) stand below its first.
fn row(text: &mut String, name: &str, value: &str) {
    let mut lines = value.lines();
    let _ = writeln!(text, "{:MARGIN$}{name:<14} {}", "", lines.next().unwrap_or_default());
    for line in lines {
        let _ = writeln!(text, "{}", format!("{:MARGIN$}{:15}{line}", "", "").trim_end());
    }
}

/// The first line: the lab, the check, its verdict and points, to the right margin.
fn heading(lab: &Lab, check: &Check, outcome: &Outcome, width: usize) -> String {
    let earned = if outcome.verdict == Verdict::Pass { check.points } else { 0 };
    let points = match outcome.verdict {
        Verdict::Skip | Verdict::Infra => "  -/-".to_owned(),
        _ => format!("{earned:>3}/{}", check.points),
    };
    let left = format!("{}  {}", lab.name, check.name);
    let right = format!("{} {points}", outcome.verdict.word());
    let gap = width.saturating_sub(left.len() + right.len()).max(2);
    format!("{left}{:gap$}{right}\n", "")
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

fn indent(text: &mut String, block: &str) {
    for line in block.lines() {
        let _ = writeln!(text, "{}", format!("{:MARGIN$}{line}", "").trim_end());
    }
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
