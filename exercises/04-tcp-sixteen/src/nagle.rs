//! An experiment: what small writes cost.

use std::fmt;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How much of a reply is read, in bytes: many times what an honest server sends.
const MAX_REPLY: u64 = 64 * 1024;

/// How long the round trips took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// How many there were.
    pub count: usize,
    /// The median: half of them took no longer.
    pub p50: Duration,
}

impl Stats {
    /// Sums up the times of some round trips; of none the median is zero.
    pub fn of(mut times: Vec<Duration>) -> Stats {
        times.sort_unstable();
        Stats { count: times.len(), p50: times.get(times.len() / 2).copied().unwrap_or_default() }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50={:.1} ms", self.p50.as_secs_f64() * 1000.0)
    }
}

/// Measures `n` round trips to a server that answers every line with a line, such as the echo server of lab 03.
///
/// A round trip is a *header and a body* in miniature: one write of `ping`, one write of `\n`, and then the wait for
/// the answer's `\n`. With `nodelay` the option `TCP_NODELAY` is on: the kernel sends the second piece at once.
///
/// # Errors
///
/// When no connection can be made or it breaks; `UnexpectedEof` if it ends before an answer is whole.
pub fn nagle_rtt(addr: impl ToSocketAddrs, n: usize, nodelay: bool) -> io::Result<Stats> {
    todo!("connect, set the option; n times: take the time, write twice, read a line, take the time")
}
