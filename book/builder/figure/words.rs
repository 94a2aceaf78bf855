//! Words of a figure's author with numbers of the capture in them: `t1 = {1:ntp.transmit timestamp}`.

use std::time::Duration;

use anyhow::{Context, Result};

use super::capture::Capture;
use super::layer::Layer;

/// What is put in, for whoever wrote something else.
const FORM: &str = "write {NUMBER:LAYER.FIELD} or {NUMBER:time}";

/// Replaces each `{NUMBER:LAYER.FIELD}` by that field's value in the frame of that number, and each `{NUMBER:time}` by
/// the time of day at which that frame was captured.
pub(super) fn fill(text: &str, capture: &Capture) -> Result<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (wanted, behind) = after.split_once('}').with_context(|| format!("`{{{after}` is not closed"))?;
        filled.push_str(before);
        filled.push_str(&value(wanted, capture).with_context(|| format!("`{{{wanted}}}`"))?);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value(wanted: &str, capture: &Capture) -> Result<String> {
    let (number, field) = wanted.split_once(':').context(FORM)?;
    let number = number.parse().with_context(|| format!("`{number}` is no frame's number"))?;
    let frame = capture.frame(number)?;
    if field == "time" {
        return Ok(time_of_day(frame.at));
    }
    let (layer, field) = field.split_once('.').context(FORM)?;
    Ok(Layer::of(&frame.bytes, layer)?.value(field)?.to_owned())
}

/// `since` 1970-01-01 00:00 UTC, to the millisecond.
pub(super) fn time_of_day(since: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let seconds = since.as_secs() % DAY;
    let (hours, minutes, milliseconds) = (seconds / 3600, seconds / 60 % 60, since.subsec_millis());
    format!("{hours:02}:{minutes:02}:{:02}.{milliseconds:03}", seconds % 60)
}

/// Breaks `text` between words into lines of at most `room` characters; a longer word has a line of its own.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        fill(text, &Capture::open(&root, "pcaps/ntp.pcap").expect("the fixture is committed"))
    }

    #[test]
    fn fields_and_times_are_put_in() {
        let told = filled("{1:udp.destination port}: t1 {1:ntp.transmit timestamp}, t4 {2:time}.").unwrap();
        assert_eq!(told, "123: t1 14:30:45.250, t4 14:30:45.500.");
        assert_eq!(filled("no number").unwrap(), "no number");
    }

    #[test]
    fn what_can_not_be_put_in_is_named() {
        let fault = |text: &str| format!("{:#}", filled(text).unwrap_err());
        assert_eq!(fault("a {1:udp.length"), "`{1:udp.length` is not closed");
        assert_eq!(fault("{udp.length}"), format!("`{{udp.length}}`: {FORM}"));
        assert_eq!(fault("{1:length}"), format!("`{{1:length}}`: {FORM}"));
        assert_eq!(fault("{0:udp.length}"), "`{0:udp.length}`: frames are counted from 1");
        assert_eq!(fault("{1:tcp.flags}"), "`{1:tcp.flags}`: the frame has no TCP");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""; 0]);
    }
}
