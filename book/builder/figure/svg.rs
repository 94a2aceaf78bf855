//! The few shapes that figures are made of. How they look is said by classes, in `theme/wirelab.css`.

use std::fmt::{Display, Write};

use crate::html::escape;

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing that grows, in pixels of its natural size.
#[derive(Default)]
pub(super) struct Svg {
    shapes: String,
}

/// Widths of a character, in tenths of a pixel: of a monospaced font at 12 px; of the widest common sans-serif font at
/// 11 px, and bold at 13 px.
const MONO: usize = 73;
const SANS: usize = 66;
const BOLD: usize = 84;

/// Pixels that a text in the monospaced font takes.
pub(super) fn mono_width(text: &str) -> i32 {
    pixels(text, MONO)
}

/// Pixels that a text in the small sans-serif font takes at most.
pub(super) fn sans_width(text: &str) -> i32 {
    pixels(text, SANS)
}

/// Pixels that a name in the bold sans-serif font takes at most.
pub(super) fn name_width(text: &str) -> i32 {
    pixels(text, BOLD)
}

fn pixels(text: &str, tenths: usize) -> i32 {
    i32::try_from((text.chars().count() * tenths).div_ceil(10)).unwrap_or(i32::MAX)
}

impl Svg {
    /// A rectangle.
    pub(super) fn rect(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), class: &str) {
        self.add(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\"/>"
        ));
    }

    /// A straight line.
    pub(super) fn line(&mut self, (x1, y1): (i32, i32), (x2, y2): (i32, i32), class: &str) {
        self.add(format_args!("<path d=\"M{x1} {y1}L{x2} {y2}\" class=\"{class}\"/>"));
    }

    /// A line with a head at its end. With a `bend` other than 0 it is an arc, so many pixels to the left of the way.
    pub(super) fn arrow(&mut self, from: (i32, i32), to: (i32, i32), bend: i32, class: &str) {
        /// Length of the head, and half its width.
        const HEAD: (f64, f64) = (9.0, 4.0);
        // A quadratic curve passes halfway between the chord and its control point.
        let control = beside_middle(from, to, 2 * bend);
        let (dx, dy) = direction(control, to);
        let (x, y) = (f64::from(to.0), f64::from(to.1));
        let (bx, by) = (x - HEAD.0 * dx, y - HEAD.0 * dy);
        let (ax, ay, cx, cy) = (bx - HEAD.1 * dy, by + HEAD.1 * dx, bx + HEAD.1 * dy, by - HEAD.1 * dx);
        let (from_x, from_y) = from;
        let (control_x, control_y) = control;
        self.add(format_args!(
            "<path d=\"M{from_x} {from_y}Q{control_x} {control_y} {bx:.1} {by:.1}\" class=\"{class}\"/>"
        ));
        self.add(format_args!(
            "<path d=\"M{x} {y}L{ax:.1} {ay:.1}L{cx:.1} {cy:.1}Z\" class=\"{class} head\"/>"
        ));
    }

    /// A line of text.
    pub(super) fn text(&mut self, (x, y): (i32, i32), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        self.add(format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    /// Draws another drawing over this one.
    pub(super) fn append(&mut self, other: Svg) {
        self.shapes.push_str(&other.shapes);
    }

    fn add(&mut self, shape: impl Display) {
        write!(self.shapes, "{shape}").expect("writing to a String never fails");
    }

    /// The drawing as an element. `id` makes the ids of its title and its description.
    pub(super) fn finish(self, (width, height): (i32, i32), id: &str, title: &str, says: &str) -> String {
        // Where there is room, a figure grows until its smallest text is as large as that of a table.
        let most = width + width * 3 / 10;
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" style=\"min-width:{width}px;max-width:{most}px\" role=\"img\" \
             aria-labelledby=\"{id}-title\" aria-describedby=\"{id}-desc\">\
             <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{says}</desc>{}</svg>",
            self.shapes,
            id = escape(id),
            title = escape(title),
            says = escape(says),
        )
    }
}

/// The point beside the middle of a way, so many pixels to its left.
pub(super) fn beside_middle(from: (i32, i32), to: (i32, i32), bend: i32) -> (i32, i32) {
    let (dx, dy) = direction(from, to);
    let bend = f64::from(bend);
    #[expect(clippy::cast_possible_truncation, reason = "a figure is some hundred pixels wide")]
    let moved = |a: i32, b: i32, by: f64| i32::midpoint(a, b) + by.round() as i32;
    (moved(from.0, to.0, bend * dy), moved(from.1, to.1, -bend * dx))
}

/// A step of one pixel from one point towards the other.
fn direction(from: (i32, i32), to: (i32, i32)) -> (f64, f64) {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let length = dx.hypot(dy).max(1.0);
    (dx / length, dy / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_figure_says_is_text_and_nothing_else() {
        let mut svg = Svg::default();
        svg.text((1, 2), Anchor::End, "name", "a < b & \"c\"");
        let drawn = svg.finish((10, 20), "n", "<T>", "\"&\"");
        let document = roxmltree::Document::parse(&drawn).unwrap();
        let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
        assert!(
            texts.contains(&"<T>") && texts.contains(&"\"&\"") && texts.contains(&"a < b & \"c\""),
            "{texts:?}"
        );
    }

    #[test]
    fn an_arc_leaves_the_way_to_the_left() {
        assert_eq!(beside_middle((0, 0), (100, 0), 20), (50, -20));
        assert_eq!(beside_middle((0, 0), (0, 100), 20), (20, 50));
    }
}
