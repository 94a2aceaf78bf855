//! The conversation, before it is drawn.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use wire::{Flows, decode};

use super::{Description, ends};
use crate::figure::at_key;
use crate::figure::capture::{Capture, Frame};
use crate::figure::state::{self, Way};
use crate::figure::words::fill;

/// What happens between lifelines.
pub(super) struct Story {
    /// Name and address of each.
    pub(super) lifelines: Vec<(String, String)>,
    pub(super) steps: Vec<Step>,
}

/// One thing that happens.
pub(super) enum Step {
    Heading(String),
    Message(Message),
    Words(Vec<Words>),
}

/// A frame on its way.
pub(super) struct Message {
    /// Since the last heading, or the first frame; nothing if there is no capture.
    pub(super) at: Option<Duration>,
    pub(super) from: usize,
    pub(super) to: Vec<usize>,
    /// As a ladder tells it.
    pub(super) label: String,
    /// The same without what all messages have in common: the two ports.
    pub(super) short: String,
    pub(super) is_lost: bool,
}

/// Something to read at a lifeline.
pub(super) struct Words {
    pub(super) at: usize,
    pub(super) says: String,
    /// Whether it is the name of a state, or of a call.
    pub(super) stands_out: bool,
}

impl Story {
    pub(super) fn tell(
        described: &Description,
        states: Option<&state::Description>,
        capture: &Capture,
        frames: &[&Frame],
    ) -> Result<Self> {
        let mut story = Self { lifelines: described.names(), steps: Vec::new() };
        let mut now: Vec<Option<String>> =
            described.lifeline.iter().map(|lifeline| lifeline.state.clone()).collect();
        if states.is_none() && now.iter().any(Option::is_some) {
            bail!("key `state`: it needs `states`, which names a figure of states");
        }
        story.add_words(at_key("state", state_words(states, &now, |_| true))?);
        let mut flows = Flows::new();
        let common = common_ports(frames);
        let mut start = frames.first().map_or(Duration::ZERO, |frame| frame.at);
        for frame in frames {
            for heading in described.heading.iter().filter(|heading| heading.frame == frame.number) {
                story.steps.push(Step::Heading(at_key("heading", fill(&heading.says, capture))?));
                start = frame.at;
            }
            let decoded = decode(&frame.bytes);
            let (from, to) = ends(&decoded, &described.lifeline)
                .with_context(|| format!("key `lifeline`: frame {}", frame.number))?;
            let label = flows.summary(&decoded);
            let short = common.as_ref().map_or_else(|| label.clone(), |ports| shorten(&label, ports));
            let is_lost = described.lost.contains(&frame.number);
            let before = now.clone();
            if let (Some(machine), Some(segment)) = (states, &decoded.tcp) {
                step(machine, &mut now[from], Way::Sends, segment.flags);
                for &end in to.iter().filter(|_| !is_lost) {
                    step(machine, &mut now[end], Way::Receives, segment.flags);
                }
            }
            let at = Some(frame.at.saturating_sub(start));
            story.steps.push(Step::Message(Message { at, from, to, label, short, is_lost }));
            let mut words = state_words(states, &now, |end| before[end] != now[end])?;
            for note in described.note.iter().filter(|note| note.frame == frame.number) {
                let at = at_key("note", described.lifeline(&note.at))?;
                let says = at_key("note", fill(&note.says, capture))?;
                words.push(Words { at, says, stands_out: false });
            }
            story.add_words(words);
        }
        Ok(story)
    }

    fn add_words(&mut self, words: Vec<Words>) {
        if !words.is_empty() {
            self.steps.push(Step::Words(words));
        }
    }
}

impl Description {
    fn names(&self) -> Vec<(String, String)> {
        self.lifeline.iter().map(|lifeline| (lifeline.name.clone(), lifeline.at.clone())).collect()
    }
}

/// A time as the ladders write it, but seconds where milliseconds would be too many.
pub(super) fn time(at: Duration) -> String {
    if at < Duration::from_secs(1) {
        format!("{:.1} ms", at.as_secs_f64() * 1e3)
    } else {
        format!("{:.3} s", at.as_secs_f64())
    }
}

fn step(machine: &state::Description, now: &mut Option<String>, way: Way, flags: wire::tcp::Flags) {
    if let Some(next) = now.as_deref().and_then(|state| machine.after(state, way, flags)) {
        *now = Some(next.to_owned());
    }
}

/// The states of the lifelines that are wanted.
fn state_words(
    states: Option<&state::Description>,
    now: &[Option<String>],
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<Words>> {
    let Some(machine) = states else { return Ok(Vec::new()) };
    let named = now.iter().enumerate().filter(|(at, _)| wanted(*at));
    named
        .filter_map(|(at, state)| state.as_deref().map(|state| (at, state)))
        .map(|(at, state)| Ok(Words { at, says: machine.label(state)?.to_owned(), stands_out: true }))
        .collect()
}

/// The two ports, if all frames have the same ones.
fn common_ports(frames: &[&Frame]) -> Option<[u16; 2]> {
    let ports = frames.iter().map(|frame| {
        let decoded = decode(&frame.bytes);
        let tcp = decoded.tcp.map(|segment| [segment.sport, segment.dport]);
        let mut ports = tcp.or(decoded.udp.map(|datagram| [datagram.sport, datagram.dport]))?;
        ports.sort_unstable();
        Some(ports)
    });
    let mut ports: Vec<[u16; 2]> = ports.collect::<Option<_>>()?;
    ports.dedup();
    <[_; 1]>::try_from(ports).ok().map(|[only]| only)
}

fn shorten(label: &str, [low, high]: &[u16; 2]) -> String {
    label.replacen(&format!(" {low}→{high}"), "", 1).replacen(&format!(" {high}→{low}"), "", 1)
}
