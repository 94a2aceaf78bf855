//! Lifelines, arrows between them, words at them.

use super::story::{Message, Step, Story, Words, time};
use crate::figure::svg::{Anchor, Svg, mono_width, name_width, sans_width};
use crate::figure::words::wrap;

/// Pixels between a time and the first lifeline, and right of the last one at least.
const TIME_GAP: i32 = 8;
const RIGHT: i32 = 12;
/// Pixels of names, of the addresses below them, of a line of text, of an arrow's slope, and between steps.
const HEAD: i32 = 28;
const ADDRESSES: i32 = 16;
const LINE: i32 = 15;
const SLOPE: i32 = 10;
const GAP: i32 = 9;
/// Characters of a line of a label and of words.
const LABEL: usize = 25;
const WORDS: usize = 22;
/// Pixels between a text and the lifelines beside it.
const AIR: i32 = 14;
/// Lifelines are at least so far apart.
const LEAST: i32 = 150;

pub(super) fn draw(story: &Story) -> (Svg, (i32, i32)) {
    let canvas = Canvas::of(story);
    let mut steps = Svg::default();
    let has_addresses = story.lifelines.iter().any(|(_, address)| !address.is_empty());
    let head = if has_addresses { HEAD + ADDRESSES } else { HEAD };
    let mut y = head;
    for step in &story.steps {
        y += match step {
            Step::Heading(says) => canvas.heading(&mut steps, y, says),
            Step::Message(message) => canvas.message(&mut steps, y, message),
            Step::Words(words) => canvas.words(&mut steps, y, words),
        };
    }
    let mut svg = Svg::default();
    for (at, (name, address)) in story.lifelines.iter().enumerate() {
        let x = canvas.x(at);
        svg.text((x, 14), Anchor::Middle, "name", name);
        if has_addresses {
            svg.text((x, 30), Anchor::Middle, "small", address);
        }
        svg.line((x, head - 8), (x, y + GAP), "life");
    }
    svg.append(steps);
    (svg, (canvas.width, y + GAP))
}

struct Canvas {
    /// Of the first lifeline, and from one to the next.
    first: i32,
    apart: i32,
    lifelines: usize,
    width: i32,
}

impl Canvas {
    fn of(story: &Story) -> Self {
        let name_width =
            story.lifelines.iter().map(|(name, address)| name_width(name).max(sans_width(address)));
        let names: i32 = name_width.max().unwrap_or(0);
        let mut apart = LEAST.max(names + AIR);
        let mut times = 0;
        for step in &story.steps {
            apart = apart.max(match step {
                Step::Heading(_) => 0,
                Step::Message(message) => {
                    times = times.max(message.at.map_or(0, |at| sans_width(&time(at)) + TIME_GAP));
                    let text = label(message).iter().map(|line| mono_width(line)).max().unwrap_or(0);
                    (text + 2 * AIR) / nearest(message)
                }
                Step::Words(words) => words_width(words) + 2 * AIR,
            });
        }
        let first = times.max(names / 2);
        let lifelines = story.lifelines.len();
        let width = (1..lifelines).fold(first, |x, _| x + apart) + RIGHT.max(names / 2);
        Self { first, apart, lifelines, width }
    }

    fn x(&self, lifeline: usize) -> i32 {
        (0..lifeline).fold(self.first, |x, _| x + self.apart)
    }

    /// Draws it with its upper edge at `y`; its height.
    fn heading(&self, svg: &mut Svg, y: i32, says: &str) -> i32 {
        svg.rect((0, y), (self.width, LINE + 10), "heading");
        svg.text((8, y + LINE + 2), Anchor::Start, "name", says);
        LINE + 10 + GAP
    }

    fn message(&self, svg: &mut Svg, y: i32, message: &Message) -> i32 {
        let lines = label(message);
        let start = (self.x(message.from), lines.iter().fold(y, |y, _| y + LINE) + 4);
        if let Some(at) = message.at {
            svg.text((self.first - TIME_GAP, start.1 + 4), Anchor::End, "small", &time(at));
        }
        let nearest_end = message.to.iter().copied().min_by_key(|&end| end.abs_diff(message.from));
        let farthest = message.to.iter().map(|&end| end.abs_diff(message.from)).max().unwrap_or(1);
        for &to in &message.to {
            // All on one line, as one frame goes to all.
            let slope = part(SLOPE, to.abs_diff(message.from), farthest);
            let end = (self.x(to), start.1 + slope);
            if message.is_lost {
                let lost = (start.0 + (end.0 - start.0) / 3 * 2, start.1 + SLOPE / 3 * 2);
                svg.line(start, lost, "flow lost");
                svg.line((lost.0 - 6, lost.1 - 6), (lost.0 + 6, lost.1 + 6), "cross");
                svg.line((lost.0 - 6, lost.1 + 6), (lost.0 + 6, lost.1 - 6), "cross");
            } else {
                svg.arrow(start, end, 0, "flow");
            }
        }
        let middle = nearest_end.map_or(start.0, |end| i32::midpoint(start.0, self.x(end)));
        let mut line_y = y + LINE - 2;
        for line in &lines {
            svg.text((middle, line_y), Anchor::Middle, "value over", line);
            line_y += LINE;
        }
        start.1 + SLOPE + GAP - y
    }

    fn words(&self, svg: &mut Svg, y: i32, words: &[Words]) -> i32 {
        let mut height = 0;
        for lifeline in 0..self.lifelines {
            let mut line_y = y + LINE - 3;
            for each in words.iter().filter(|each| each.at == lifeline) {
                let class = if each.stands_out { "state over" } else { "note over" };
                let (x, anchor) = if lifeline > 0 && lifeline + 1 == self.lifelines {
                    (self.x(lifeline) - 7, Anchor::End)
                } else {
                    (self.x(lifeline) + 7, Anchor::Start)
                };
                for line in wrap(&each.says, WORDS) {
                    svg.text((x, line_y), anchor, class, &line);
                    line_y += LINE;
                }
            }
            height = height.max(line_y - y - LINE + 3);
        }
        height + GAP
    }
}

fn label(message: &Message) -> Vec<String> {
    wrap(&message.short, LABEL)
}

/// So many of so many parts of `length`.
fn part(length: i32, some: usize, of: usize) -> i32 {
    let number = |count: usize| i32::try_from(count).unwrap_or(1);
    length * number(some) / number(of).max(1)
}

/// How many lifelines the nearest receiver is away.
fn nearest(message: &Message) -> i32 {
    let distance = message.to.iter().map(|end| end.abs_diff(message.from)).min().unwrap_or(1);
    i32::try_from(distance.max(1)).unwrap_or(1)
}

/// Pixels that words which stand side by side take.
fn words_width(words: &[Words]) -> i32 {
    let widest = |lifeline: usize| {
        let lines = words.iter().filter(|each| each.at == lifeline).flat_map(|each| wrap(&each.says, WORDS));
        lines.map(|line| sans_width(&line)).max().unwrap_or(0)
    };
    let most = words.iter().map(|each| each.at).max().unwrap_or(0);
    (0..=most).map(widest).sum()
}
