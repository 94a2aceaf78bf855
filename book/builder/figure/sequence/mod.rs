//! Who sent what to whom: the frames of a capture, in the words of `wire`'s ladders.

pub(super) mod conversation;
mod picture;
mod story;
mod text;

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::capture::{Capture, Frame};
use super::words::fill;
use super::{Figure, at_key, state};
use story::Story;

/// `kind = "sequence"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    #[serde(rename = "kind")]
    _kind: String,
    title: String,
    says: String,
    /// Below `fixtures/`.
    capture: String,
    /// The numbers of the frames to show, in this order; all without it.
    frames: Option<Vec<usize>>,
    /// From left to right.
    lifeline: Vec<Lifeline>,
    /// A figure of states, which are told wherever a segment changes one.
    states: Option<String>,
    /// Frames that nobody received.
    #[serde(default)]
    lost: Vec<usize>,
    /// Words above a frame. The time begins anew there.
    #[serde(default)]
    heading: Vec<Heading>,
    /// Words below a frame.
    #[serde(default)]
    note: Vec<Note>,
}

/// Somebody who sends and receives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifeline {
    name: String,
    /// The address, of IPv4 or of Ethernet, by which its frames are known.
    at: String,
    /// Its state before the first frame, by name.
    state: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    frame: usize,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    frame: usize,
    /// The name of the lifeline that it stands at.
    at: String,
    says: String,
}

pub(super) fn draw(root: &Path, described: Description) -> Result<Figure> {
    let capture = at_key("capture", Capture::open(root, &described.capture))?;
    let frames = at_key("frames", described.chosen(&capture))?;
    let states = at_key("states", described.states(root))?;
    at_key("lifeline", are_enough(described.lifeline.len()))?;
    let numbers: Vec<usize> = frames.iter().map(|frame| frame.number).collect();
    at_key("lost", described.lost.iter().try_for_each(|number| is_shown(*number, &numbers)))?;
    at_key("heading", described.heading.iter().try_for_each(|each| is_shown(each.frame, &numbers)))?;
    at_key("note", described.note.iter().try_for_each(|each| is_shown(each.frame, &numbers)))?;
    let story = Story::tell(&described, states.as_ref(), &capture, &frames)?;
    let (svg, size) = picture::draw(&story);
    Ok(Figure {
        title: at_key("title", fill(&described.title, &capture))?,
        says: at_key("says", fill(&described.says, &capture))?,
        source: Some(format!("Frames {} of fixtures/{}", ranges(&numbers), described.capture)),
        text: story.as_text(),
        svg,
        size,
    })
}

impl Description {
    fn chosen<'a>(&self, capture: &'a Capture) -> Result<Vec<&'a Frame>> {
        match &self.frames {
            Some(numbers) => numbers.iter().map(|number| capture.frame(*number)).collect(),
            None => Ok(capture.frames().iter().collect()),
        }
    }

    fn states(&self, root: &Path) -> Result<Option<state::Description>> {
        let Some(name) = &self.states else { return Ok(None) };
        let text = crate::site::read(&root.join(super::file(name)))?;
        super::parse(&text).context(super::file(name)).map(Some)
    }

    /// The index of the lifeline of that name.
    fn lifeline(&self, name: &str) -> Result<usize> {
        let at = self.lifeline.iter().position(|lifeline| lifeline.name == name);
        at.with_context(|| format!("no lifeline is called `{name}`"))
    }
}

fn are_enough(lifelines: usize) -> Result<()> {
    ensure!(lifelines > 1, "a conversation needs two");
    Ok(())
}

fn is_shown(number: usize, shown: &[usize]) -> Result<()> {
    ensure!(shown.contains(&number), "frame {number} is not shown");
    Ok(())
}

/// Numbers as people write them: `1–3, 7`.
fn ranges(numbers: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let told = parts.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The frame's sender and receivers, as indices of lifelines.
fn ends(frame: &wire::Decoded, lifelines: &[Lifeline]) -> Result<(usize, Vec<usize>)> {
    let link = frame.ethernet.context("too short for a frame")?;
    let mut sources = vec![link.source.to_string()];
    let mut destinations = vec![link.destination.to_string()];
    sources.extend(frame.ipv4.iter().map(|packet| packet.source.to_string()));
    destinations.extend(frame.ipv4.iter().map(|packet| packet.destination.to_string()));
    let find = |addresses: &[String]| lifelines.iter().position(|each| addresses.contains(&each.at));
    let Some(source) = find(&sources) else { bail!("no lifeline is at {}", sources.join(" or ")) };
    /// The bit of a MAC address that says "to more than one" (IEEE 802 §8.2).
    const GROUP: u8 = 1;
    if link.destination.0[0] & GROUP != 0 {
        return Ok((source, (0..lifelines.len()).filter(|&each| each != source).collect()));
    }
    match find(&destinations) {
        Some(destination) => Ok((source, vec![destination])),
        None => bail!("no lifeline is at {}", destinations.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use wire::{Mac, arp, decode};

    use super::*;

    fn lifelines(hosts: &[u8]) -> Vec<Lifeline> {
        let at =
            |host: &u8| Lifeline { name: host.to_string(), at: Mac::of_host(*host).to_string(), state: None };
        hosts.iter().map(at).collect()
    }

    #[test]
    fn what_is_sent_to_all_reaches_each_lifeline_but_the_senders() {
        let frame = decode(&arp::request(Mac::of_host(2), [10, 77, 0, 2].into(), [10, 77, 0, 9].into()));
        assert_eq!(ends(&frame, &lifelines(&[1, 2, 3])).unwrap(), (1, vec![0, 2]));
    }

    #[test]
    fn a_frame_of_a_stranger_is_an_error() {
        let frame = decode(&arp::request(Mac::of_host(4), [10, 77, 0, 4].into(), [10, 77, 0, 9].into()));
        let error = ends(&frame, &lifelines(&[1, 2, 3])).unwrap_err().to_string();
        assert_eq!(error, "no lifeline is at 02:00:0a:4d:00:04");
    }

    #[test]
    fn numbers_in_a_row_are_told_by_the_first_and_the_last() {
        assert_eq!(ranges(&[7, 8, 9, 3, 4, 166]), "7–9, 3–4, 166");
    }
}
