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
    // begin solution: follow a Schedule's steps; take in what has arrived before each of them
    let failed = |doing| move |source| ScanError::Io { doing, source };
    let mut schedule = Schedule::new(probes, patience, Instant::now());
    let mut scan = Scan::default();
    let mut wait_until = Instant::now();
    loop {
        // An answer counts from when it is here, even if we are late to look: so all of them before the next step.
        while let Some(packet) = channel.receive(wait_until).map_err(failed("receive answers"))? {
            if let Ok(layers) = dissect(&packet) {
                scan.take(&layers);
            }
            wait_until = Instant::now();
        }
        match schedule.step(Instant::now(), |port| scan.is_answered(port)) {
            Step::Send(probe) => {
                scan.sent(probe);
                channel.send(&probe).map_err(failed("send a probe"))?;
            }
            Step::WaitUntil(time) => wait_until = time,
            Step::Done => return Ok(scan.into_states()),
        }
    }
    // end solution
}
