//! Colours and width of the terminal, where there is one.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

/// How text may look where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    colour: bool,
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    Good,
    Bad,
    Open,
    Strong,
    Faint,
}

impl Paint {
    /// For stdout: colours on a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal is dumb.
    pub(crate) fn of_stdout() -> Paint {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Paint { colour: std::io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb }
    }

    /// Without colours.
    #[cfg(test)]
    pub(crate) fn plain() -> Paint {
        Paint { colour: false }
    }

    /// Whether there are colours at all.
    pub(crate) fn is_colourful(self) -> bool {
        self.colour
    }

    /// The text in that tone (SGR sequences, ECMA-48 §8.3.117).
    pub(crate) fn text(self, tone: Tone, text: &str) -> String {
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

/// Columns of the terminal on stdout: what it says itself, else `COLUMNS`; 0 = nobody knows.
pub(crate) fn width() -> usize {
    let exported = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal_width().or_else(exported).unwrap_or(0)
}

/// `stty` looks at its stdin; the terminal that matters is that of stdout.
fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let terminal = std::fs::File::open("/proc/self/fd/1").ok()?;
    let output = Command::new("stty").arg("size").stdin(terminal).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1)?.parse().ok().filter(|columns| *columns > 0)
}

/// The text in lines of at most that many characters, broken at spaces; further lines begin with `indent` spaces.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let width = if width == 0 { 100 } else { width.max(40) };
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
        assert_eq!(Paint { colour: true }.text(Tone::Bad, "FAIL"), "\x1b[31mFAIL\x1b[0m");
    }
}
