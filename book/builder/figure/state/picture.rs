//! Boxes on a grid, and arrows from edge to edge.

use super::{Description, Transition};
use crate::figure::svg::{Anchor, Svg, beside_middle, sans_width};
use crate::figure::words::wrap;

/// Pixels of a box, from one box to the next, and around all.
const BOX: (i32, i32) = (88, 32);
const STEP: (i32, i32) = (98, 88);
const MARGIN: i32 = 4;
/// Pixels of a line of a label, from a label to its arrow, and characters of a line.
const LINE: i32 = 13;
const GAP: i32 = 6;
const ROOM: usize = 17;

pub(super) fn draw(described: &Description) -> (Svg, (i32, i32)) {
    let grid = Grid::of(described);
    let mut svg = Svg::default();
    for each in &described.transition {
        let (start, end) = grid.way(each);
        svg.arrow(start, end, each.bend, "flow");
    }
    for label in described.transition.iter().flat_map(|each| grid.labels(each)) {
        svg.text(label.at, label.anchor, "small over", &label.text);
    }
    for state in &described.state {
        let (x, y) = grid.middle(&state.name);
        svg.rect((x - BOX.0 / 2, y - BOX.1 / 2), BOX, "box");
        svg.text((x, y + 4), Anchor::Middle, "state", state.text());
    }
    (svg, grid.size)
}

/// A line of text.
struct Label {
    at: (i32, i32),
    anchor: Anchor,
    text: String,
}

impl Label {
    /// Its left and right ends.
    fn reach(&self) -> (i32, i32) {
        let (x, width) = (self.at.0, sans_width(&self.text));
        match self.anchor {
            Anchor::Start => (x, x + width),
            Anchor::Middle => (x - width / 2, x + width / 2),
            Anchor::End => (x - width, x),
        }
    }
}

/// Where things stand.
struct Grid<'a> {
    described: &'a Description,
    /// The first column's left edge.
    left: i32,
    size: (i32, i32),
}

impl<'a> Grid<'a> {
    /// As large as boxes and labels are.
    fn of(described: &'a Description) -> Self {
        let last = |index: usize| described.state.iter().map(|state| i32::from(state.at[index])).max();
        let width = last(0).unwrap_or(0) * STEP.0 + BOX.0;
        let height = last(1).unwrap_or(0) * STEP.1 + BOX.1 + 2 * MARGIN;
        let at_zero = Self { described, left: 0, size: (width, height) };
        let (mut left, mut right) = (0, width);
        for label in described.transition.iter().flat_map(|each| at_zero.labels(each)) {
            let (start, end) = label.reach();
            (left, right) = (left.min(start), right.max(end));
        }
        Self { described, left: MARGIN - left, size: (right - left + 2 * MARGIN, height) }
    }

    /// The middle of a state's box.
    fn middle(&self, name: &str) -> (i32, i32) {
        let at =
            self.described.state.iter().find(|state| state.name == name).map_or([0, 0], |state| state.at);
        let [column, row] = at.map(i32::from);
        (self.left + BOX.0 / 2 + column * STEP.0, MARGIN + BOX.1 / 2 + row * STEP.1)
    }

    /// Where an arrow begins and ends.
    fn way(&self, each: &Transition) -> ((i32, i32), (i32, i32)) {
        let (from, to) = (self.middle(&each.from), self.middle(&each.to));
        (edge(from, to, each.bend), edge(to, from, -each.bend))
    }

    /// The lines that stand beside an upright arrow or an arc, over a level one, on an inclined one.
    fn labels(&self, each: &Transition) -> Vec<Label> {
        let (start, end) = self.way(each);
        let lines: Vec<String> = each.labels().iter().flat_map(|label| wrap(label, ROOM)).collect();
        let height = lines.iter().skip(1).fold(0, |height, _| height + LINE);
        let (x, y) = beside_middle(start, end, each.bend);
        let is_left =
            if each.bend == 0 { start.0 == self.left + BOX.0 / 2 } else { x < i32::midpoint(start.0, end.0) };
        let (x, mut y, anchor) = match (start.0 == end.0 || each.bend != 0, is_left) {
            (true, true) => (x - GAP, y - height / 2 + 4, Anchor::End),
            (true, false) => (x + GAP, y - height / 2 + 4, Anchor::Start),
            _ if start.1 == end.1 => (x, y - height - GAP, Anchor::Middle),
            _ => (x, y - height / 2 + 4, Anchor::Middle),
        };
        let place = |text| {
            let label = Label { at: (x, y), anchor, text };
            y += LINE;
            label
        };
        lines.into_iter().map(place).collect()
    }
}

/// Where the way from the middle of one box to that of another leaves the first one: above or below, but to a box of the
/// same row at the side. Inclined and bent arrows begin a little to their side.
fn edge(from: (i32, i32), to: (i32, i32), bend: i32) -> (i32, i32) {
    let (dx, dy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
    match (dy, bend) {
        (0, 0) => (from.0 + dx * BOX.0 / 2, from.1),
        (0, _) => (from.0 + dx * BOX.0 / 4, from.1 - dx * bend.signum() * BOX.1 / 2),
        (_, 0) => (from.0 + dx * BOX.0 / 4, from.1 + dy * BOX.1 / 2),
        _ => (from.0 + dy * bend.signum() * BOX.0 / 4, from.1 + dy * BOX.1 / 2),
    }
}
