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
    // begin solution item: the probes with the times they are due, and those in flight
    /// In the order of their due times: all are due at once in the beginning, and a timeout after each is sent.
    queue: VecDeque<Turn>,
    /// When and which port, in the order of sending; at most `WINDOW`.
    in_flight: VecDeque<(Instant, u16)>,
    timeout: Duration,
    // end solution
}

// begin solution item: what you keep about a probe
#[derive(Debug, Clone, Copy)]
struct Turn {
    probe: Probe,
    due: Instant,
    sends_left: u32,
}

impl Turn {
    fn is_given_up(&self, now: Instant) -> bool {
        self.sends_left == 0 && self.due <= now
    }
}
// end solution

impl Schedule {
    /// Plans to send `probes` in their order, from `now` on.
    pub fn new(probes: Vec<Probe>, patience: Patience, now: Instant) -> Schedule {
        // begin solution: every probe is due now, and may be sent retries + 1 times
        let sends_left = patience.retries.saturating_add(1);
        let queue = probes.into_iter().map(|probe| Turn { probe, due: now, sends_left }).collect();
        Schedule { queue, in_flight: VecDeque::new(), timeout: patience.timeout }
        // end solution
    }

    /// The next step at the time `now`. A `Send` counts as done; `is_answered` tells which ports need no more.
    pub fn step(&mut self, now: Instant, is_answered: impl Fn(u16) -> bool) -> Step {
        // begin solution: drop what is answered or given up; send what is due if the window has room; else wait
        while self.queue.front().is_some_and(|turn| is_answered(turn.probe.dport) || turn.is_given_up(now)) {
            self.queue.pop_front();
        }
        while self.in_flight.front().is_some_and(|&(sent, port)| is_answered(port) || sent + FLIGHT <= now) {
            self.in_flight.pop_front();
        }
        let Some(&Turn { probe, due, sends_left }) = self.queue.front() else { return Step::Done };
        if due > now {
            return Step::WaitUntil(due);
        }
        if let Some((oldest, _)) = self.in_flight.front().filter(|_| self.in_flight.len() == WINDOW) {
            return Step::WaitUntil(*oldest + FLIGHT);
        }
        self.queue.pop_front();
        self.queue.push_back(Turn { probe, due: now + self.timeout, sends_left: sends_left - 1 });
        self.in_flight.push_back((now, probe.dport));
        Step::Send(probe)
        // end solution
    }
}

// begin solution item: tests of your own: a schedule needs neither network nor clock
#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const TIMEOUT: Duration = Duration::from_secs(1);

    fn probes(ports: impl IntoIterator<Item = u16>) -> Vec<Probe> {
        let probe =
            Probe { src: Ipv4Addr::LOCALHOST, dst: Ipv4Addr::LOCALHOST, sport: 61000, dport: 0, seq: 7 };
        ports.into_iter().map(|dport| Probe { dport, ..probe }).collect()
    }

    fn schedule(ports: impl IntoIterator<Item = u16>, retries: u32, start: Instant) -> Schedule {
        Schedule::new(probes(ports), Patience { timeout: TIMEOUT, retries }, start)
    }

    #[test]
    fn a_silent_port_is_asked_again_and_then_given_up() {
        let start = Instant::now();
        let mut schedule = schedule([80], 1, start);
        let probe = probes([80])[0];
        let silent = |_| false;
        assert_eq!(schedule.step(start, silent), Step::Send(probe));
        assert_eq!(schedule.step(start, silent), Step::WaitUntil(start + TIMEOUT));
        assert_eq!(schedule.step(start + TIMEOUT, silent), Step::Send(probe));
        assert_eq!(schedule.step(start + TIMEOUT, silent), Step::WaitUntil(start + 2 * TIMEOUT));
        assert_eq!(schedule.step(start + 2 * TIMEOUT, silent), Step::Done);
    }

    #[test]
    fn an_answered_port_is_left_alone() {
        let start = Instant::now();
        let mut schedule = schedule([80, 81], 5, start);
        assert_eq!(schedule.step(start, |_| false), Step::Send(probes([80])[0]));
        assert_eq!(schedule.step(start, |port| port == 80), Step::Send(probes([81])[0]));
        assert_eq!(schedule.step(start, |_| true), Step::Done);
    }

    #[test]
    fn the_window_opens_by_answers_or_with_time() {
        let start = Instant::now();
        let mut schedule = schedule(1..=200, 0, start);
        let sends = |schedule: &mut Schedule, now, answered: u16| {
            let is_answered = |port| port <= answered;
            std::iter::from_fn(|| matches!(schedule.step(now, is_answered), Step::Send(_)).then_some(()))
                .count()
        };
        assert_eq!(sends(&mut schedule, start, 0), WINDOW);
        assert_eq!(schedule.step(start, |_| false), Step::WaitUntil(start + FLIGHT));
        assert_eq!(sends(&mut schedule, start, 10), 10);
        assert_eq!(sends(&mut schedule, start + FLIGHT, 10), 200 - WINDOW - 10);
    }
}
// end solution
