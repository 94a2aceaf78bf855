//! Text that came from a student or from the compiler, made harmless for terminals and reports.

/// The text with every control character but the newline shown as an escape, tabs as four spaces.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => plain.push('\n'),
            '\t' => plain.push_str("    "),
            c if c.is_control() || is_direction_mark(c) => plain.extend(c.escape_default()),
            c => plain.push(c),
        }
    }
    plain
}

/// Whether a text is shown as it is: no control character in it, and nothing that turns the direction of writing.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_direction_mark(c))
}

/// Marks that turn the direction of writing can make a line read as another (CVE-2021-42574).
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// At most `count` lines, with a note of how many were left out; overlong lines are cut.
pub fn first_lines(text: &str, count: usize) -> String {
    const MAX_WIDTH: usize = 400;
    let total = text.lines().count();
    let mut lines: Vec<String> =
        text.lines().take(count).map(|line| line.chars().take(MAX_WIDTH).collect()).collect();
    if total > count {
        lines.push(format!("… and {} lines more", total - count));
    }
    lines.join("\n")
}

/// `1 check`, `2 checks`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_marks_are_shown_not_obeyed() {
        assert_eq!(plain("a\u{1b}[2Jb\r\n\tü\u{202e}"), "a\\u{1b}[2Jb\\r\n    ü\\u{202e}");
    }

    #[test]
    fn a_long_text_is_cut_with_a_note() {
        assert_eq!(first_lines("a\nb\nc", 2), "a\nb\n… and 1 lines more");
        assert_eq!(first_lines("a\nb", 2), "a\nb");
        assert_eq!(first_lines(&"x".repeat(500), 1).len(), 400);
    }
}
