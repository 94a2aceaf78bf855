//! How a page for people looks where it is read.

use checks::screen::{self, Paint, USUAL};

/// Narrower than this no page gets.
const LEAST: usize = 60;

/// A page's width and colours.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Whether there are colours.
    pub paint: Paint,
}

impl Look {
    /// For a page that is kept or sent, and read nobody knows where.
    pub fn plain() -> Look {
        Look { width: USUAL, paint: Paint::plain() }
    }

    /// For the screen that stdout goes to.
    pub fn of_stdout() -> Look {
        let width = match screen::width() {
            0 => USUAL,
            width => width.max(LEAST),
        };
        Look { width, paint: Paint::of_stdout() }
    }
}
