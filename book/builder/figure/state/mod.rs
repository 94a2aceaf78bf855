//! States and what leads from one to the next.

mod picture;

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use wire::tcp::Flags;

use super::{Figure, at_key, table};

/// `kind = "state"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    #[serde(rename = "kind")]
    _kind: String,
    title: String,
    says: String,
    state: Vec<State>,
    transition: Vec<Transition>,
}

/// A box.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    name: String,
    /// Another text in the box, for a state that is drawn twice.
    label: Option<String>,
    /// Column and row in the figure's grid, counted from 0.
    at: [u8; 2],
}

/// An arrow. A segment that causes it, or that is sent with it, is named as [`segment`] does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transition {
    from: String,
    to: String,
    /// The segment that is received.
    receives: Option<String>,
    /// The segment that is sent.
    sends: Option<String>,
    /// Another cause, in words.
    on: Option<String>,
    /// How far the arrow's middle is left of the straight way, in pixels.
    #[serde(default)]
    bend: i32,
}

pub(super) fn draw(described: Description) -> Result<Figure> {
    described.check()?;
    let (svg, size) = picture::draw(&described);
    let rows = described.transition.iter().map(|each| {
        Ok([
            described.label(&each.from)?.to_owned(),
            each.labels().join(", "),
            described.label(&each.to)?.to_owned(),
        ])
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    Ok(Figure {
        text: table(["state", "what happens", "next state"], rows),
        title: described.title,
        says: described.says,
        source: None,
        svg,
        size,
    })
}

impl State {
    /// What its box says.
    fn text(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.name)
    }
}

impl Description {
    /// Finds transitions between states that don't exist, states that can't be reached or stand on one another.
    fn check(&self) -> Result<()> {
        let mut names = BTreeSet::new();
        let mut places = BTreeSet::new();
        for State { name, at, .. } in &self.state {
            let [column, row] = at;
            at_key("state", is_so(names.insert(name), || format!("there are two states `{name}`")))?;
            let is_free = places.insert(at);
            at_key("at", is_so(is_free, || format!("two states are at column {column}, row {row}")))?;
        }
        for each in &self.transition {
            let known = |name| is_so(names.contains(name), || format!("no state is called `{name}`"));
            at_key("from", known(&each.from))?;
            at_key("to", known(&each.to))?;
            at_key("receives", each.receives.iter().try_for_each(|name| is_segment(name)))?;
            at_key("sends", each.sends.iter().try_for_each(|name| is_segment(name)))?;
        }
        let is_lonely =
            |name: &String| !self.transition.iter().any(|each| each.from == *name || each.to == *name);
        match names.into_iter().find(|name| is_lonely(name)) {
            Some(name) => at_key("transition", Err(anyhow::anyhow!("none leads to or from `{name}`"))),
            None => Ok(()),
        }
    }

    /// The state that an end gets into when it sends or receives a segment.
    pub(super) fn after(&self, state: &str, way: Way, flags: Flags) -> Option<&str> {
        let segment = segment(flags);
        let is_taken = |each: &&Transition| {
            each.from == state
                && match way {
                    Way::Sends => each.receives.is_none() && each.sends.as_deref() == segment,
                    Way::Receives => each.receives.is_some() && each.receives.as_deref() == segment,
                }
        };
        segment?;
        self.transition.iter().find(is_taken).map(|each| each.to.as_str())
    }

    /// What is written in the box of the state of that name.
    ///
    /// # Errors
    /// If there is no such state.
    pub(super) fn label(&self, name: &str) -> Result<&str> {
        let state = self.state.iter().find(|state| state.name == name);
        state.map(State::text).with_context(|| format!("no state is called `{name}`"))
    }
}

/// What an end does with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Sends,
    Receives,
}

/// What a state machine sees in a segment: the flag that opens, ends or breaks a connection, else an ACK. Every FIN has
/// an ACK too, so there it is not told.
fn segment(flags: Flags) -> Option<&'static str> {
    let acks = flags.contains(Flags::ACK);
    Some(match flags {
        _ if flags.contains(Flags::RST) && acks => "RST,ACK",
        _ if flags.contains(Flags::RST) => "RST",
        _ if flags.contains(Flags::FIN) => "FIN",
        _ if flags.contains(Flags::SYN) && acks => "SYN,ACK",
        _ if flags.contains(Flags::SYN) => "SYN",
        _ if acks => "ACK",
        _ => return None,
    })
}

fn is_segment(name: &str) -> Result<()> {
    const SEGMENTS: [&str; 6] = ["SYN", "SYN,ACK", "ACK", "FIN", "RST", "RST,ACK"];
    ensure!(SEGMENTS.contains(&name), "`{name}` is none of {}", SEGMENTS.join(" / "));
    Ok(())
}

fn is_so(so: bool, else_what: impl FnOnce() -> String) -> Result<()> {
    if so { Ok(()) } else { Err(anyhow::anyhow!(else_what())) }
}

impl Transition {
    /// What stands beside the arrow, a line each.
    fn labels(&self) -> Vec<String> {
        let received = self.receives.iter().map(|segment| format!("gets {segment}"));
        let sent = self.sends.iter().map(|segment| format!("sends {segment}"));
        self.on.iter().cloned().chain(received).chain(sent).collect()
    }
}

#[cfg(test)]
mod tests;
