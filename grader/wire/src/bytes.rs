//! Bytes as people read them.

use std::fmt::{self, Write};

use unicode_width::UnicodeWidthStr;

/// Bytes as a quoted string: `"Hello\r\n"`. Printable UTF-8 stays as it is, all else becomes an escape
/// that a [peer script](crate::peer) reads back as the same bytes.
pub fn escape(bytes: &[u8]) -> String {
    format!("\"{}\"", escape_unquoted(bytes))
}

/// As [`escape`], but if there are more than `keep` bytes only about so many of them, with `…` for the middle
/// and their number behind: `"GET /…\r\n\r\n" (512 bytes)`.
pub fn quote(bytes: &[u8], keep: usize) -> String {
    if bytes.len() <= keep {
        return escape(bytes);
    }
    let head = char_start(bytes, keep.div_ceil(2));
    let tail = char_start(bytes, bytes.len() - keep / 2);
    format!(
        "\"{}…{}\" ({} bytes)",
        escape_unquoted(&bytes[..head]),
        escape_unquoted(&bytes[tail..]),
        bytes.len()
    )
}

/// `text` with its control characters, and those that would reorder or hide what stands beside them on a
/// terminal, as escapes.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        push_char(&mut out, letter);
    }
    out
}

fn escape_unquoted(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                _ => push_char(&mut out, letter),
            }
        }
        push_hex(&mut out, chunk.invalid());
    }
    out
}

fn push_char(out: &mut String, letter: char) {
    match letter {
        '\r' => out.push_str("\\r"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        // Zero-width, line-separating and bidirectional controls, the byte-order mark.
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            push_hex(out, letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        _ if letter.is_control() => push_hex(out, letter.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => out.push(letter),
    }
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        write!(out, "\\x{byte:02x}").expect("writing to a String never fails");
    }
}

/// The last place at or before `at` that does not lie inside a UTF-8 character.
fn char_start(bytes: &[u8], at: usize) -> usize {
    let is_continuation = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (at.saturating_sub(3)..=at).rev().find(|at| !is_continuation(*at)).unwrap_or(at)
}

/// Where two byte strings part. Displayed, it shows both around that place with a caret below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The first byte that differs, counted from 0.
    pub offset: usize,
    /// What was expected there; `None` if the end was.
    pub expected: Option<u8>,
    /// What was there; `None` at the end.
    pub got: Option<u8>,
    texts: [String; 2],
    hex: [String; 2],
    /// Columns before the caret in `texts` and in `hex`.
    carets: [usize; 2],
}

/// The first difference, or `None` if there is none.
pub fn first_difference(expected: &[u8], got: &[u8]) -> Option<Difference> {
    /// Bytes shown before and after the difference, as text and in hex.
    const TEXT: usize = 24;
    const HEX: usize = 8;
    let offset = expected.iter().zip(got).take_while(|(a, b)| a == b).count();
    let (at_expected, at_got) = (expected.get(offset).copied(), got.get(offset).copied());
    if at_expected == at_got {
        return None;
    }
    // Both strings are the same up to here, so either may tell where a character starts.
    let caret = char_start(expected, offset).min(char_start(got, offset));
    let from = char_start(expected, caret.saturating_sub(TEXT));
    let text = |bytes: &[u8]| {
        let to = char_start(bytes, bytes.len().min(offset + TEXT));
        let (before, after) = (if from > 0 { "…" } else { "" }, if to < bytes.len() { "…" } else { "" });
        format!("{before}{}{after}", escape(&bytes[from..to]))
    };
    let hex_from = offset.saturating_sub(HEX);
    let hex = |bytes: &[u8]| {
        let shown = &bytes[hex_from..bytes.len().min(offset + HEX)];
        shown.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
    };
    let text_caret = usize::from(from > 0) + "\"".len() + escape_unquoted(&expected[from..caret]).width();
    Some(Difference {
        offset,
        expected: at_expected,
        got: at_got,
        texts: [text(expected), text(got)],
        hex: [hex(expected), hex(got)],
        carets: [text_caret, (offset - hex_from) * "00 ".len()],
    })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |byte: Option<u8>| byte.map_or("the end".to_owned(), |byte| escape(&[byte]));
        writeln!(f, "expected  {}", self.texts[0])?;
        writeln!(f, "got       {}", self.texts[1])?;
        writeln!(
            f,
            "          {:indent$}^ byte {}: expected {}, got {}",
            "",
            self.offset,
            name(self.expected),
            name(self.got),
            indent = self.carets[0]
        )?;
        writeln!(f, "{}", format!("hex       {}", self.hex[0]).trim_end())?;
        writeln!(f, "{}", format!("          {}", self.hex[1]).trim_end())?;
        write!(f, "          {:indent$}^^", "", indent = self.carets[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_does_not_print_and_keeps_utf8() {
        assert_eq!(escape(b"Hello\r\n"), r#""Hello\r\n""#);
        assert_eq!(escape("Grüße 🦀".as_bytes()), "\"Grüße 🦀\"");
        assert_eq!(escape(b"a\"b\\c\t\0\x1b[31m"), r#""a\"b\\c\t\x00\x1b[31m""#);
        assert_eq!(escape(b"\xff\xfeok\xc3"), r#""\xff\xfeok\xc3""#);
        assert_eq!(escape("\u{202e}\u{85}".as_bytes()), r#""\xe2\x80\xae\xc2\x85""#);
    }

    #[test]
    fn quotes_the_ends_of_what_is_long() {
        assert_eq!(quote(b"Hello\n", 6), r#""Hello\n""#);
        assert_eq!(quote(b"0123456789", 5), r#""012…89" (10 bytes)"#);
        assert_eq!(quote("ääää".as_bytes(), 3), "\"ä…ä\" (8 bytes)");
        assert_eq!(quote(b"abc", 0), "\"…\" (3 bytes)");
    }

    #[test]
    fn finds_no_difference_in_equals() {
        assert_eq!(first_difference(b"", b""), None);
        assert_eq!(first_difference(b"abc", b"abc"), None);
    }

    fn rendered(expected: &[u8], got: &[u8]) -> String {
        first_difference(expected, got).unwrap().to_string()
    }

    #[test]
    fn puts_a_caret_under_the_first_byte_that_differs() {
        insta::assert_snapshot!(rendered(b"ECHO: Hello\n", b"ECHO: Hallo\n"), @r#"
        expected  "ECHO: Hello\n"
        got       "ECHO: Hallo\n"
                          ^ byte 7: expected "e", got "a"
        hex       45 43 48 4f 3a 20 48 65 6c 6c 6f 0a
                  45 43 48 4f 3a 20 48 61 6c 6c 6f 0a
                                       ^^
        "#);
    }

    #[test]
    fn an_early_end_is_a_difference() {
        insta::assert_snapshot!(rendered(b"ECHO: Hello\n", b"ECHO: "), @r#"
        expected  "ECHO: Hello\n"
        got       "ECHO: "
                         ^ byte 6: expected "H", got the end
        hex       45 43 48 4f 3a 20 48 65 6c 6c 6f 0a
                  45 43 48 4f 3a 20
                                    ^^
        "#);
        insta::assert_snapshot!(rendered(b"", b"\r\n"), @r#"
        expected  ""
        got       "\r\n"
                   ^ byte 0: expected the end, got "\r"
        hex
                  0d 0a
                  ^^
        "#);
    }

    #[test]
    fn long_strings_are_shown_around_the_difference() {
        let (mut expected, mut got) = (vec![b'a'; 500], vec![b'a'; 600]);
        expected[300] = b'"';
        got[300] = b'\n';
        insta::assert_snapshot!(rendered(&expected, &got), @r#"
        expected  …"aaaaaaaaaaaaaaaaaaaaaaaa\"aaaaaaaaaaaaaaaaaaaaaaa"…
        got       …"aaaaaaaaaaaaaaaaaaaaaaaa\naaaaaaaaaaaaaaaaaaaaaaa"…
                                            ^ byte 300: expected "\"", got "\n"
        hex       61 61 61 61 61 61 61 61 22 61 61 61 61 61 61 61
                  61 61 61 61 61 61 61 61 0a 61 61 61 61 61 61 61
                                          ^^
        "#);
    }

    #[test]
    fn the_caret_allows_for_wide_and_split_characters() {
        insta::assert_snapshot!(rendered("日本 ä".as_bytes(), "日本 ö".as_bytes()), @r#"
        expected  "日本 ä"
        got       "日本 ö"
                        ^ byte 8: expected "\xa4", got "\xb6"
        hex       e6 97 a5 e6 9c ac 20 c3 a4
                  e6 97 a5 e6 9c ac 20 c3 b6
                                          ^^
        "#);
    }
}
