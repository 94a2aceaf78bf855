//! Which probe goes out next, and when: a window of them at a time, repeated while no answer comes, given up in the end.
//!
//! Nothing here waits or looks at a clock, so it can be tried without either.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::probe::Probe;

/// How long to wait for answers, and how often to ask again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From sending a probe to sending it again, or to giving up.
    pub timeout: Duration,
    /// How often a probe is repeated. A silent port is given up after `timeout × (retries + 1)`.
    pub retries: u32,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send this probe.
    Send(Probe),
    /// Nothing before this time, unless an answer comes.
    WaitUntil(Instant),
    /// Every port is answered or given up.
    Done,
}

/// How many probes may be in flight. It is half of what a raw socket queues, so that the answers find room there even
/// if the receiver has to wait for a processor.
pub const WINDOW: usize = 128;

/// After this time a probe is no longer in flight, answered or not. So ports that answer are asked as fast as they
/// answer, and silent ones at `WINDOW / FLIGHT`, 6,400 a second.
pub const FLIGHT: Duration = Duration::from_millis(20);

/// The plan of one scan.
#[derive(Debug)]
pub struct Schedule {
    // Your part: the probes with the times they are due, and those in flight
}

// Your part: what you keep about a probe

impl Schedule {
    /// Plans to send `probes` in their order, from `now` on.
    pub fn new(probes: Vec<Probe>, patience: Patience, now: Instant) -> Schedule {
        todo!("every probe is due now, and may be sent retries + 1 times")
    }

    /// The next step at the time `now`. A `Send` counts as done; `is_answered` tells which ports need no more.
    pub fn step(&mut self, now: Instant, is_answered: impl Fn(u16) -> bool) -> Step {
        todo!("drop what is answered or given up; send what is due if the window has room; else wait")
    }
}

// Your part: tests of your own: a schedule needs neither network nor clock
