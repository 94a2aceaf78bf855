//! A conversation for readers who don't see the drawing.

use std::time::Duration;

use wire::ladder::{Ladder, Row};

use super::story::{Message, Step, Story, time};
use crate::figure::table;
use crate::html::preformatted;

impl Story {
    /// The ladder that `wire` draws; without times, or of more than two lifelines, a table.
    pub(super) fn as_text(&self) -> String {
        match &self.lifelines[..] {
            [left, right] if self.has_times() => {
                format!("<pre tabindex=\"0\">{}</pre>", preformatted(&self.ladder(&left.0, &right.0)))
            }
            _ => self.as_table(),
        }
    }

    fn has_times(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Message(Message { at: Some(_), .. })))
    }

    fn ladder(&self, left: &str, right: &str) -> String {
        /// Columns: enough for labels and remarks in full; a narrow page scrolls.
        const WIDTH: usize = 120;
        let mut ladder = Ladder::new(left, right);
        let event = |says: &str| Row { at: None, ..Row::event(Duration::ZERO, says) };
        for step in &self.steps {
            match step {
                Step::Heading(says) => ladder.rows.push(event(says)),
                Step::Message(message) => {
                    let way = if message.from == 0 { Row::right } else { Row::left };
                    ladder.rows.push(way(message.at.unwrap_or_default(), &message.label));
                    if message.is_lost {
                        remark(&mut ladder.rows, "lost on the way");
                    }
                }
                Step::Words(words) => {
                    for words in words {
                        let says = format!("{}: {}", self.lifelines[words.at].0, words.says);
                        // What is so before the first message is an event of its own.
                        if ladder.rows.iter().all(|row| row.at.is_none()) {
                            ladder.rows.push(event(&says));
                        } else {
                            remark(&mut ladder.rows, &says);
                        }
                    }
                }
            }
        }
        ladder.render(WIDTH)
    }

    fn as_table(&self) -> String {
        let name = |at: usize| self.lifelines[at].0.clone();
        let mut rows = Vec::new();
        for step in &self.steps {
            match step {
                Step::Heading(says) => rows.push([String::new(), String::new(), String::new(), says.clone()]),
                Step::Message(message) => {
                    let to: Vec<String> = message.to.iter().map(|&end| name(end)).collect();
                    let to = if message.is_lost { format!("{}, lost", to.join(", ")) } else { to.join(", ") };
                    let at = message.at.map(time).unwrap_or_default();
                    rows.push([at, name(message.from), to, message.label.clone()]);
                }
                Step::Words(words) => rows.extend(
                    words
                        .iter()
                        .map(|words| [String::new(), name(words.at), String::new(), words.says.clone()]),
                ),
            }
        }
        if self.has_times() {
            table(["time", "at or from", "to", "what"], rows)
        } else {
            table(["at or from", "to", "what"], rows.into_iter().map(|[_, from, to, what]| [from, to, what]))
        }
    }
}

/// Adds a remark to the last step.
fn remark(rows: &mut [Row], says: &str) {
    if let Some(row) = rows.last_mut() {
        let before = row.note.take().map(|before| format!("{before}; ")).unwrap_or_default();
        row.note = Some(format!("{before}{says}"));
    }
}
