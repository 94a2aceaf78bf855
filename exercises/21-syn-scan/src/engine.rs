//! The scan itself: probes out, answers in, both at once.

use std::time::Instant;

use crate::channel::Channel;
use crate::classify::PortState;
use crate::error::ScanError;
use crate::layers::dissect;
use crate::probe::Probe;
use crate::scan::Scan;
use crate::schedule::{Patience, Schedule, Step};

/// Sends every probe, repeats it while no answer comes, and returns the ports' states in numeric order.
///
/// The time this takes hardly depends on how many ports are silent: they are waited for together, so it is about
/// `timeout × (retries + 1)`, plus what the pace of sending takes. When every port has answered, it ends at once.
pub fn run(
    mut channel: Channel,
    probes: Vec<Probe>,
    patience: Patience,
) -> Result<Vec<(u16, PortState)>, ScanError> {
    todo!("follow a Schedule's steps; take in what has arrived before each of them")
}
