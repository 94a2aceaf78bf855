//! Lines of output that are seen at once.

use std::io::{self, Write};

/// Writes one line, and flushes it: `out` may hold back what it gets until it has some kilobytes, or is told to.
///
/// Unlike `println!` it doesn't panic where nobody takes the output.
///
/// # Errors
/// When `out` can't be written.
pub fn say(out: &mut impl Write, line: &str) -> io::Result<()> {
    writeln!(out, "{line}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufWriter;

    #[test]
    fn a_line_is_there_before_the_buffer_is_full() {
        let mut out = BufWriter::new(Vec::new());
        say(&mut out, "listening").unwrap();
        assert_eq!(out.get_ref(), b"listening\n");
    }
}
