//! What a measurement says, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::time::Duration;

use labkit::exit;
use serde::Serialize;

use super::failure::Failure;
use super::latencies::Latencies;

/// What was measured.
#[derive(Debug, Clone)]
pub struct Report {
    /// How many connections were asked for.
    pub connections: u32,
    /// How many requests were asked for, on all connections together.
    pub requests: u64,
    /// What decided when a request was sent.
    pub pace: Pace,
    /// Right replies.
    pub ok: u64,
    /// Requests without one, also those that were never sent.
    pub failed: u64,
    /// How many connections ended before their time, by the names of [`Failure`].
    pub endings: BTreeMap<&'static str, u64>,
    /// From before the first connection to the end of the last.
    pub elapsed: Duration,
    /// How long right replies took: in a closed loop since their request was sent, in an open loop since it was due.
    pub latencies: Latencies,
    /// In an open loop: how long they took since their request was sent.
    pub from_sending: Option<Latencies>,
    /// Right replies in each [`SPAN`](super::board::SPAN) of time.
    pub timeline: Vec<u64>,
}

/// What decides when a request is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// The reply to the one before.
    Closed,
    /// The clock.
    Open {
        /// Requests in a second.
        rate: f64,
    },
}

impl Report {
    /// Right replies in a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.ok as f64 / self.elapsed.as_secs_f64()
    }

    /// Connections that were rejected because the server was full.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.endings.get(Failure::Rejected.name()).copied().unwrap_or(0)
    }

    /// What the process ends with: [`exit::OK`] if every request has its right reply, else [`exit::FAILURE`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        // begin solution: exit::OK if nothing failed, else exit::FAILURE
        if self.failed == 0 { exit::OK } else { exit::FAILURE }
        // end solution
    }

    /// Whether an open loop fell behind its timetable: then it measured a server that could do no more, or itself.
    #[must_use]
    pub fn fell_behind(&self) -> bool {
        /// To open the connections and to wait for the last reply takes time, too.
        const NEARLY: f64 = 0.9;
        match self.pace {
            Pace::Closed => false,
            Pace::Open { rate } => self.failed == 0 && self.per_second() < rate * NEARLY,
        }
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let figures = Figures {
            connections: self.connections,
            requests: self.requests,
            ok: self.ok,
            failed: self.failed,
            rejected: self.rejected(),
            endings: &self.endings,
            seconds: rounded(self.elapsed.as_secs_f64()),
            rps: rounded(self.per_second()),
            rate: match self.pace {
                Pace::Closed => None,
                Pace::Open { rate } => Some(rate),
            },
            latencies: Times::of(&self.latencies),
            from_sending: self.from_sending.as_ref().map(Times::of),
        };
        serde_json::to_string_pretty(&figures).expect("numbers and texts are JSON")
    }
}

/// The report in JSON.
#[derive(Serialize)]
struct Figures<'a> {
    connections: u32,
    requests: u64,
    ok: u64,
    failed: u64,
    rejected: u64,
    endings: &'a BTreeMap<&'static str, u64>,
    seconds: f64,
    rps: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    #[serde(flatten)]
    latencies: Times,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_sending: Option<Times>,
}

/// The percentiles that a report tells, in milliseconds. Without a right reply there are none.
#[derive(Serialize)]
struct Times {
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    max_ms: Option<f64>,
}

impl Times {
    fn of(latencies: &Latencies) -> Times {
        let shown = |time| (latencies.count() > 0).then(|| milliseconds(time));
        let at = |p| shown(latencies.at(p));
        Times { p50_ms: at(50.0), p95_ms: at(95.0), p99_ms: at(99.0), max_ms: shown(latencies.max()) }
    }
}

/// To the microsecond.
pub(super) fn milliseconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1000.0)
}

/// More digits would only look exact.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// For people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut endings = String::new();
        for (why, connections) in &self.endings {
            write!(endings, "{} {connections} × {why}", if endings.is_empty() { "  ended:" } else { "," })?;
        }
        writeln!(f, "connections  {}", self.connections)?;
        writeln!(f, "requests     {}", self.requests)?;
        writeln!(f, "ok           {}", self.ok)?;
        writeln!(f, "failed       {}{endings}", self.failed)?;
        writeln!(f, "rejected     {}", self.rejected())?;
        writeln!(f, "seconds      {:.3}", self.elapsed.as_secs_f64())?;
        writeln!(f, "req/s        {:.0}", self.per_second())?;
        write_times(f, &self.latencies)?;
        if let Some(from_sending) = &self.from_sending {
            writeln!(
                f,
                "\n\nThe same replies, timed from when their requests were sent, as a closed loop would tell it:"
            )?;
            write_times(f, from_sending)?;
        }
        if self.fell_behind() {
            write!(f, "\nwarning: this is less than the rate that was asked for")?;
        }
        Ok(())
    }
}

fn write_times(f: &mut fmt::Formatter<'_>, latencies: &Latencies) -> fmt::Result {
    let Times { p50_ms, p95_ms, p99_ms, max_ms } = Times::of(latencies);
    let shown = |time: Option<f64>| time.map_or_else(|| "-".to_owned(), |time| format!("{time:.3} ms"));
    writeln!(f, "p50          {}", shown(p50_ms))?;
    writeln!(f, "p95          {}", shown(p95_ms))?;
    writeln!(f, "p99          {}", shown(p99_ms))?;
    write!(f, "max          {}", shown(max_ms))
}
