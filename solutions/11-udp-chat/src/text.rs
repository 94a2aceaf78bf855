//! What may be shown of bytes that a stranger sent.

/// The text of `bytes`, without the characters that command a terminal.
///
/// A terminal obeys what it is given to show: `ESC [ 2 J` clears it, a carriage return lets the next words cover the
/// last ones, a newline begins a line that seems to come from somebody else. All of these begin with a control
/// character ([`char::is_control`]), and without it they are only odd text. Bytes that are no UTF-8 become `�`.
pub fn printable(bytes: &[u8]) -> String {
    // begin solution: turn the bytes into text, whatever they are, and leave the control characters out
    String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).collect()
    // end solution
}
