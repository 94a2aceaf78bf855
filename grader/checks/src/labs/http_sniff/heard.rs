//! What `http-sniff` makes of a capture.

use std::time::Duration;

use crate::{Bench, Ended, Fault, capture, expect_lines};

/// When the captures of checks begin, as reports write it.
pub const START: &str = "2025-01-20T14:30:45.000000Z";

/// Has frames listened to, one every millisecond; the story tells what they are.
pub fn hear_frames(bench: &mut Bench, frames: Vec<Vec<u8>>, flags: &[&str]) -> Result<Heard, Fault> {
    let mut flows = wire::Flows::new();
    for frame in &frames {
        bench.remark(flows.summary(&wire::decode(frame)));
    }
    let file = capture(Duration::from_millis(1), frames)?;
    Heard::of(listen(bench, "visits.pcapng", &file, flags)?)
}

/// Has a capture of the fixtures listened to.
pub fn hear(bench: &mut Bench, name: &str, capture: &[u8], flags: &[&str]) -> Result<Heard, Fault> {
    Heard::of(listen(bench, name, capture, flags)?)
}

/// Has any file listened to.
pub fn listen(bench: &mut Bench, name: &str, capture: &[u8], flags: &[&str]) -> Result<Ended, Fault> {
    bench.plays("sniffer");
    let file = bench.file(name, capture)?;
    bench.run("http-sniff", [&["--read", &file], flags].concat())
}

/// What `http-sniff` wrote, by its parts.
#[derive(Debug)]
pub struct Heard {
    /// The lines before the summary.
    pub requests: Vec<String>,
    /// The summary's lines.
    pub summary: Vec<String>,
}

impl Heard {
    /// Expects exit code 0 and a summary.
    pub fn of(ended: Ended) -> Result<Heard, Fault> {
        Heard::read(&ended.code(0)?.stdout_text())
    }

    /// Takes an output apart at the summary's first line.
    fn read(text: &str) -> Result<Heard, Fault> {
        let mut requests: Vec<String> = text.lines().map(str::to_owned).collect();
        let summary = requests.iter().position(|line| line.starts_with("requests: ")).ok_or_else(|| {
            Fault::expected("a summary that begins with `requests: `")
                .got(wire::bytes::quote(text.as_bytes(), 400))
        })?;
        let summary = requests.split_off(summary);
        Ok(Heard { requests, summary })
    }

    /// Expects these lines before the summary, and as many requests in it.
    pub fn expect<S: AsRef<str>>(&self, lines: &[S]) -> Result<(), Fault> {
        expect_lines("lines before the summary", lines, &self.requests)?;
        expect_lines("the summary's first line", &[format!("requests: {}", lines.len())], &self.summary[..1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_taken_apart_at_its_summary() {
        let heard = Heard::read("HTTP a\nHTTP b\nrequests: 2\nhosts:\n").unwrap();
        assert_eq!(heard.requests, ["HTTP a", "HTTP b"]);
        assert_eq!(heard.summary, ["requests: 2", "hosts:"]);
        heard.expect(&["HTTP a", "HTTP b"]).unwrap();
        assert!(heard.expect(&["HTTP a"]).is_err());
        assert!(Heard::read("HTTP a\n").is_err());
    }
}
