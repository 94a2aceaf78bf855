//! Capture files that a check makes for a program to read.

use std::time::Duration;

use wire::capture::Capture;

use crate::fault::Fault;

/// When every capture of the course begins: 2025-01-20 14:30:45 UTC, since the epoch. So a replay gives the same file.
pub const CAPTURE_START: Duration = Duration::from_secs(1_737_383_445);

/// A capture file (pcapng) of these frames, one every `gap`.
pub fn capture(gap: Duration, frames: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<u8>, Fault> {
    let mut capture = Capture::new(CAPTURE_START);
    let mut at = Duration::ZERO;
    for frame in frames {
        capture.add(at, &frame, None);
        at += gap;
    }
    let mut file = Vec::new();
    capture.write_to(&mut file)?;
    Ok(file)
}
