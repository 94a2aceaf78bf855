//! The screen that stdout goes to: how wide it is, whether it has colours, and text that fits on it.

use std::io::IsTerminal;

/// Columns of a screen that nobody knows: a pipe, a file.
pub const USUAL: usize = 100;
/// Text is not wrapped narrower than this.
const LEAST: usize = 40;

/// Columns of the terminal on stdout: what it says itself, else `COLUMNS`; 0 = nobody knows.
pub fn width() -> usize {
    let exported = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal_width().or_else(exported).unwrap_or(0)
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// How text may look where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    colour: bool,
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy)]
pub enum Tone {
    /// It is as it must be.
    Good,
    /// It is wrong.
    Bad,
    /// It is still to do, or could not be done.
    Open,
    /// To be seen first.
    Strong,
    /// To be seen last.
    Faint,
}

impl Paint {
    /// For stdout: colours on a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal is dumb.
    pub fn of_stdout() -> Paint {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Paint { colour: std::io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb }
    }

    /// Without colours.
    pub fn plain() -> Paint {
        Paint { colour: false }
    }

    /// With colours, wherever it goes.
    pub fn colourful() -> Paint {
        Paint { colour: true }
    }

    /// Whether there are colours at all.
    pub fn is_colourful(self) -> bool {
        self.colour
    }

    /// The text in that tone (SGR sequences, ECMA-48 §8.3.117).
    pub fn text(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Open => "33",
            Tone::Strong => "1",
            Tone::Faint => "2",
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The text in lines of at most that many characters (0 = [`USUAL`]), broken at spaces; further lines begin with `indent`
/// spaces.
pub fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let width = if width == 0 { USUAL } else { width.max(LEAST) };
    let mut lines = String::new();
    let mut column = 0;
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if at > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_broken_at_spaces_and_indented() {
        let text = format!("  next  {}", ["word"; 12].join(" "));
        assert_eq!(
            wrapped(&text, 40, 8),
            "  next  word word word word word word\n        word word word word word word"
        );
        assert_eq!(wrapped("short", 0, 8), "short");
    }

    #[test]
    fn without_colours_text_is_plain() {
        assert_eq!(Paint::plain().text(Tone::Bad, "FAIL"), "FAIL");
        assert_eq!(Paint::colourful().text(Tone::Bad, "FAIL"), "\x1b[31mFAIL\x1b[0m");
    }
}
