//! Frames from an interface, without an end.

use std::time::{Duration, Instant};

use labkit::pcap::Packet;
use labkit::sniff::{Error, Live};

/// Frames in the order in which they were seen.
pub type Frames = Box<dyn Iterator<Item = Result<Packet, Error>>>;

/// How long to wait for a frame at a time. When it has passed without one, nothing is over.
const TURN: Duration = Duration::from_millis(200);

/// The frames of an interface, for ever.
///
/// # Errors
/// Those of [`Live::open`], among them that CAP_NET_RAW is missing.
pub fn from_interface(name: &str) -> Result<Frames, Error> {
    // begin solution: open the interface, and box it as an iterator
    Ok(Box::new(Endless(Live::open(name)?)))
    // end solution
}

/// An open interface.
struct Endless(Live);

impl Iterator for Endless {
    type Item = Result<Packet, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        // begin solution: wait, turn after turn, until there is a frame or an error
        loop {
            if let Some(frame) = self.0.next(Instant::now() + TURN).transpose() {
                return Some(frame);
            }
        }
        // end solution
    }
}
