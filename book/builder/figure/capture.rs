//! The frames that figures tell of.

use std::path::{Component, Path};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// A capture of `fixtures/`.
#[derive(Debug)]
pub(super) struct Capture {
    /// Below `fixtures/`.
    path: String,
    frames: Vec<Frame>,
}

/// One frame.
#[derive(Debug)]
pub(super) struct Frame {
    /// Counted from 1, as tcpdump and Wireshark do.
    pub(super) number: usize,
    /// Since 1970-01-01 00:00:00 UTC.
    pub(super) at: Duration,
    pub(super) bytes: Vec<u8>,
}

impl Capture {
    /// Reads `fixtures/<path>`. Captures of hidden checks are refused: students read the book.
    pub(super) fn open(root: &Path, path: &str) -> Result<Self> {
        let mut parts = Path::new(path).components();
        ensure!(
            parts.all(|part| matches!(part, Component::Normal(_))),
            "{path} does not lie below fixtures/"
        );
        ensure!(!path.starts_with("hidden"), "{path} is for hidden checks");
        let mut frames = Vec::new();
        for packet in labkit::pcap::Reader::open(root.join("fixtures").join(path))? {
            let packet = packet?;
            frames.push(Frame { number: frames.len() + 1, at: packet.time, bytes: packet.data });
        }
        Ok(Self { path: path.to_owned(), frames })
    }

    /// The frame of that number.
    pub(super) fn frame(&self, number: usize) -> Result<&Frame> {
        let Self { path, frames } = self;
        let at = number.checked_sub(1).context("frames are counted from 1")?;
        match frames.get(at) {
            Some(frame) => Ok(frame),
            None => bail!("{path} has {} frames, so none of number {number}", frames.len()),
        }
    }

    /// All frames, in their order.
    pub(super) fn frames(&self) -> &[Frame] {
        &self.frames
    }
}
