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
    todo!("open the interface, hold Ctrl+C back, note the Instant at which it ends")
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
        todo!("the next frame; nothing more after the end or an interrupt, which are looked at every TICK")
    }
}
