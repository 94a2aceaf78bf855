//! Listening to an interface.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;
use labkit::Interrupt;
use labkit::sniff::Live;

use crate::sniffer::Sniffer;

/// How long to wait for a frame at most before clock and Ctrl+C are looked at again.
pub const TURN: Duration = Duration::from_millis(100);

/// Hands every frame of an interface to `sniffer`, until it has enough, Ctrl+C was pressed, or `duration` has passed
/// (`None`: as long as it takes).
///
/// [`Live::next`] gives `None` when nothing came until its deadline: a quiet moment, and no end.
///
/// # Errors
///
/// Those of the interface and of the output.
pub fn listen<W: Write>(
    live: &mut Live,
    sniffer: &mut Sniffer<W>,
    interrupt: &Interrupt,
    duration: Option<Duration>,
) -> Result<()> {
    todo!("in turns of 100 ms, ask for a frame, and look at the clock, at Ctrl+C, and whether it is enough")
}
