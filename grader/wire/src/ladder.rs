//! The ladder diagram: a check's story, one arrow a step.

use std::collections::BTreeSet;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::bytes::printable;
use crate::decode::decode;
use crate::peer;
use crate::summary::Flows;
use crate::world::{Direction, Seen};

/// A story between two sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ladder {
    /// The name over the left lifeline.
    pub left: String,
    /// The name over the right lifeline.
    pub right: String,
    /// The steps, in order.
    pub rows: Vec<Row>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Time since the check's start; without one the column stays empty.
    pub at: Option<Duration>,
    /// Which way it went.
    pub arrow: Arrow,
    /// What went: bytes through [`quote`](crate::bytes::quote) or [`escape`](crate::bytes::escape), or words.
    pub label: String,
    /// A remark beside it: in parentheses, or after `✗` if the step is wrong.
    pub note: Option<String>,
    /// Whether the story went wrong here.
    pub wrong: bool,
}

/// Which way a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    /// From left to right.
    Right,
    /// From right to left.
    Left,
    /// Between the lifelines: something that happened, not a message.
    None,
}

impl Row {
    /// A step from left to right.
    pub fn right(at: Duration, label: impl Into<String>) -> Row {
        Row { at: Some(at), arrow: Arrow::Right, label: label.into(), note: None, wrong: false }
    }

    /// A step from right to left.
    pub fn left(at: Duration, label: impl Into<String>) -> Row {
        Row { arrow: Arrow::Left, ..Row::right(at, label) }
    }

    /// Something that happened.
    pub fn event(at: Duration, label: impl Into<String>) -> Row {
        Row { arrow: Arrow::None, ..Row::right(at, label) }
    }

    /// Adds a remark.
    pub fn note(mut self, note: impl Into<String>) -> Row {
        self.note = Some(note.into());
        self
    }

    /// Marks the step as wrong, and says what was expected.
    pub fn wrong(mut self, note: impl Into<String>) -> Row {
        self.wrong = true;
        self.note(note)
    }
}

/// Columns left of the left lifeline.
const MARGIN: usize = 5;
/// Columns between the lifelines: what looks calm, if there is room, and what it takes at least.
const CALM: usize = 40;
const NARROW: usize = 24;
/// Columns of the time, `      0.2 ms`, and of the gap between it and a note.
const TIME: usize = 12;
const GAP: usize = 3;
/// Columns that an arrow takes from its label: `── ` before it, ` ─▶` behind.
const ARROW: usize = 6;
/// Notes are wrapped into so many columns, or more if there is room.
const NOTE: usize = 38;
/// A time within a note gets so many columns, as `1234.5` takes. Else the same story would have another picture each time, as
/// a step takes some milliseconds more or less.
const TIME_IN_NOTE: usize = 6;
/// Notes stand below the steps if there are fewer columns beside them than this, or if that would leave fewer than this to
/// long labels.
const NARROW_NOTE: usize = 24;
const ROOMY: usize = 36;
/// Columns before a note below its step.
const INDENT: usize = 3;

/// Of a story with more than `MOST` rows, this many at the beginning and at the end are drawn.
const MOST: usize = 40;
const FIRST: usize = 12;
const LAST: usize = 20;

impl Ladder {
    /// An empty story between two sides.
    pub fn new(left: impl Into<String>, right: impl Into<String>) -> Ladder {
        Ladder { left: left.into(), right: right.into(), rows: Vec::new() }
    }

    /// The story of the frames on a wire, the student on the left.
    pub fn of_frames(left: impl Into<String>, right: impl Into<String>, seen: &[Seen]) -> Ladder {
        let mut flows = Flows::new();
        let rows = seen.iter().map(|seen| {
            let label = flows.summary(&decode(&seen.frame));
            match seen.direction {
                Direction::FromStudent => Row::right(seen.at, label),
                Direction::ToStudent => Row::left(seen.at, label),
            }
        });
        Ladder { rows: rows.collect(), ..Ladder::new(left, right) }
    }

    /// Draws the ladder in plain text, at most `width` columns wide (but not narrower than 43), each line with
    /// its newline. Notes stand beside the steps, or below them where there is no room. What is too long loses its
    /// middle, and so does a story of more than 40 steps, except where it first went wrong.
    pub fn render(&self, width: usize) -> String {
        let shown = self.shown();
        let canvas = Canvas::for_rows(shown.iter().map(|at| &self.rows[*at]), width);
        let mut out = canvas.names(&printable(&self.left), &printable(&self.right));
        let mut next = 0;
        for at in shown {
            if at > next {
                out.push_str(&canvas.elision(at - next));
            }
            out.push_str(&canvas.row(&self.rows[at]));
            next = at + 1;
        }
        out
    }

    /// The indices of the rows to draw.
    fn shown(&self) -> BTreeSet<usize> {
        let rows = self.rows.len();
        if rows <= MOST {
            return (0..rows).collect();
        }
        let mut shown: BTreeSet<usize> = (0..FIRST).chain(rows - LAST..rows).collect();
        if let Some(wrong) = self.rows.iter().position(|row| row.wrong) {
            shown.extend(wrong.saturating_sub(2)..(wrong + 2).min(rows));
        }
        shown
    }
}

/// The columns of one drawing.
struct Canvas {
    /// Between the lifelines.
    inner: usize,
    /// For notes right of the time; 0 = they stand below the steps.
    note: usize,
}

impl Canvas {
    fn for_rows<'a>(rows: impl Iterator<Item = &'a Row>, width: usize) -> Canvas {
        let (mut label, mut note) = (0, 0);
        for row in rows {
            label = label.max(printable(&row.label).width());
            note = note.max(remark(row).map_or(0, |text| columns_of(&text)));
        }
        let fixed = MARGIN + 2 + TIME + GAP;
        let wanted = (label + ARROW).max(CALM);
        let inner = wanted.min(width.saturating_sub(fixed + note.min(NOTE))).max(NARROW);
        let is_understood = inner >= (label + ARROW).min(ROOMY);
        let has_room = width.saturating_sub(fixed + inner) >= note.min(NARROW_NOTE);
        if !is_understood || !has_room {
            return Canvas { inner: wanted.min(width.saturating_sub(fixed - GAP)).max(NARROW), note: 0 };
        }
        Canvas { inner, note: width - fixed - inner }
    }

    fn names(&self, left: &str, right: &str) -> String {
        let left_start = MARGIN - 2;
        let lifeline = MARGIN + 1 + self.inner;
        let right_start = (lifeline - (right.width() / 2).min(5)).max(left_start + left.width() + 2);
        let gap = right_start - left_start - left.width();
        format!("{:left_start$}{left}{:gap$}{right}\n", "", "")
    }

    fn elision(&self, steps: usize) -> String {
        let steps = if steps == 1 { "1 more step".to_owned() } else { format!("{steps} more steps") };
        let text = pad(&format!("   … {steps} …"), self.inner);
        format!("{:MARGIN$}┊{text}┊\n", "")
    }

    fn row(&self, row: &Row) -> String {
        let time = row.at.map(|at| format!("{:.1} ms", at.as_secs_f64() * 1e3)).unwrap_or_default();
        let step = format!("{:MARGIN$}│{}│{time:>TIME$}", "", self.body(row));
        let note = remark(row);
        if self.note == 0 {
            let mut out = format!("{}\n", step.trim_end());
            for line in note.map(|text| wrap(&text, self.inner - 2 * INDENT)).unwrap_or_default() {
                let line = pad(&format!("{:INDENT$}{line}", ""), self.inner);
                out.push_str(&format!("{:MARGIN$}│{line}│\n", ""));
            }
            return out;
        }
        let mut notes = note.map(|text| wrap(&text, self.note)).unwrap_or_default().into_iter();
        let beside = notes.next().map(|note| format!("{:GAP$}{note}", "")).unwrap_or_default();
        let mut out = format!("{}\n", format!("{step}{beside}").trim_end());
        for note in notes {
            let blank = pad("", self.inner);
            out.push_str(&format!("{:MARGIN$}│{blank}│{:TIME$}{:GAP$}{note}\n", "", "", ""));
        }
        out
    }

    /// What stands between the lifelines.
    fn body(&self, row: &Row) -> String {
        let label = shorten(&printable(&row.label), self.inner - ARROW);
        let line = "─".repeat(self.inner - ARROW - label.width() + 1);
        match row.arrow {
            Arrow::Right => format!("── {label} {line}▶"),
            Arrow::Left => format!("◀{line} {label} ──"),
            Arrow::None => pad(&format!("   {label}"), self.inner),
        }
    }
}

fn remark(row: &Row) -> Option<String> {
    let note = row.note.as_deref().map(printable);
    match (row.wrong, note) {
        (true, note) => Some(format!("✗ {}", note.unwrap_or_default()).trim_end().to_owned()),
        (false, note) => note.map(|note| format!("({note})")),
    }
}

/// The columns of a note, whatever the time in it, if there is one.
fn columns_of(note: &str) -> usize {
    let before = note.split_once(" ms").map_or("", |(before, _)| before);
    let time = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let spare = if time == 0 { 0 } else { TIME_IN_NOTE.saturating_sub(time) };
    note.width() + spare
}

/// `text` in at most `room` columns: without its middle if need be, and with its length in bytes behind if it
/// is an escaped byte string.
fn shorten(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let (head, tail) = text.split_once('…').unwrap_or(text.split_at(middle));
    let bytes = peer::unquote(text).map(|bytes| format!(" ({} bytes)", bytes.len())).unwrap_or_default();
    let room = room.saturating_sub("…".width() + bytes.width());
    let head = fitting(head.chars(), room - tail.width().min(room / 2));
    let tail: String = fitting(tail.chars().rev(), room - head.width()).chars().rev().collect();
    format!("{head}…{tail}{bytes}")
}

/// As many of the characters as fit into `room` columns.
fn fitting(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|letter| {
            used += letter.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

/// Breaks `text` between words into lines of at most `room` columns; a longer word is broken.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for mut word in text.split(' ') {
        loop {
            let line = lines.last_mut().expect("there is always a line");
            let space = usize::from(!line.is_empty());
            if line.width() + space + word.width() <= room {
                line.push_str(&" "[..space]);
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let part = fitting(word.chars(), room);
                word = &word[part.len()..];
                line.push_str(&part);
            }
            lines.push(String::new());
        }
    }
    lines
}

/// `text` filled up with blanks to `columns`.
fn pad(text: &str, columns: usize) -> String {
    format!("{text}{:1$}", "", columns.saturating_sub(text.width()))
}

#[cfg(test)]
mod tests;
