//! Frames from an interface, until it is time to stop.

use std::time::{Duration, Instant};

use labkit::Interrupt;
use labkit::pcap::Packet;
use labkit::sniff::{Error, Live};

use crate::source::FromInterface;

/// How long to wait for a frame before the clock and Ctrl+C are looked at again.
const TICK: Duration = Duration::from_millis(100);

/// The frames of an interface until `duration` has passed, or for ever; or until Ctrl+C.
///
/// # Errors
///
/// Those of [`Live::open`]; or if signals can't be held back.
pub fn from_interface(name: &str, duration: Option<Duration>) -> Result<FromInterface, Error> {
    // begin solution: open the interface, hold Ctrl+C back, note the Instant at which it ends
    let live = Live::open(name)?;
    let failed = |source| Error::Interface { interface: name.to_owned(), source };
    let interrupt = Interrupt::hold_back().map_err(failed)?;
    let end = duration.and_then(|duration| Instant::now().checked_add(duration));
    Ok(Box::new(Watch { live, interrupt, end }))
    // end solution
}

/// An interface that is watched until it is time to stop.
struct Watch {
    live: Live,
    interrupt: Interrupt,
    /// `None`: until Ctrl+C.
    end: Option<Instant>,
}

impl Iterator for Watch {
    type Item = Result<Packet, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        // begin solution: the next frame; nothing more after the end or an interrupt, which are looked at every TICK
        loop {
            let now = Instant::now();
            if self.end.is_some_and(|end| now >= end) || self.interrupt.came() {
                return None;
            }
            let turn = now + TICK;
            let deadline = self.end.map_or(turn, |end| end.min(turn));
            if let Some(frame) = self.live.next(deadline).transpose() {
                return Some(frame);
            }
        }
        // end solution
    }
}
