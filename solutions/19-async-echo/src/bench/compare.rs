//! Two servers, measured in turns: A B, B A, A B, …
//!
//! Two numbers from two runs differ, always: the machine was busier, warmer, or had just dropped its caches. So the two
//! are measured in *pairs*, one right after the other, and each pair gives one ratio: what drifts slowly is the same for
//! both and cancels. Which of them begins alternates, so that to be second is no advantage. And because there are many
//! ratios, one can see how far they are apart: a difference that is smaller than that is none.

use std::fmt;
use std::future::Future;

use serde::Serialize;

use super::report::{Report, milliseconds, rounded};

/// What two servers did, pair by pair.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The pairs: A's report and B's.
    pub pairs: Vec<(Report, Report)>,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first that was named.
    A,
    /// The second.
    B,
}

/// Measures so many pairs; `measure` makes one measurement of one side.
pub async fn compare<F: Future<Output = Report>>(
    pairs: u32,
    mut measure: impl FnMut(Side) -> F,
) -> Comparison {
    let mut measured = Vec::new();
    for pair in 0..pairs {
        measured.push(if pair % 2 == 0 {
            let a = measure(Side::A).await;
            (a, measure(Side::B).await)
        } else {
            let b = measure(Side::B).await;
            (measure(Side::A).await, b)
        });
    }
    Comparison { pairs: measured }
}

/// The ratios A/B of all pairs, in one number and its spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// Half of the pairs are at or below it.
    pub median: f64,
    /// The lowest of all pairs.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
}

impl Ratio {
    /// Of no ratios at all it is `None`, also if one of them is no number: a side that answered nothing has no latency.
    #[must_use]
    pub fn of(mut ratios: Vec<f64>) -> Option<Ratio> {
        if ratios.is_empty() || !ratios.iter().all(|ratio| ratio.is_finite()) {
            return None;
        }
        ratios.sort_by(f64::total_cmp);
        let middle = ratios.len() / 2;
        let median = match ratios.len() % 2 {
            0 => f64::midpoint(ratios[middle - 1], ratios[middle]),
            _ => ratios[middle],
        };
        Some(Ratio { median, lowest: ratios[0], highest: ratios[ratios.len() - 1] })
    }

    /// Whether pairs disagree on which of the two has more.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.lowest <= 1.0 && 1.0 <= self.highest
    }
}

/// What is compared: its name in a table and in JSON, and how to read it from a report.
struct Row {
    name: &'static str,
    key: &'static str,
    read: fn(&Report) -> f64,
}

const ROWS: [Row; 4] = [
    Row { name: "req/s", key: "rps", read: Report::per_second },
    Row { name: "p50 ms", key: "p50_ms", read: |report| milliseconds(report.latencies.at(50.0)) },
    Row { name: "p95 ms", key: "p95_ms", read: |report| milliseconds(report.latencies.at(95.0)) },
    Row { name: "p99 ms", key: "p99_ms", read: |report| milliseconds(report.latencies.at(99.0)) },
];

impl Comparison {
    /// Requests without a right reply, on both sides.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed_of(Side::A) + self.failed_of(Side::B)
    }

    fn failed_of(&self, side: Side) -> u64 {
        let failed = |(a, b): &(Report, Report)| if side == Side::A { a.failed } else { b.failed };
        self.pairs.iter().map(failed).sum()
    }

    /// The ratios of throughput.
    #[must_use]
    pub fn per_second(&self) -> Option<Ratio> {
        self.ratio(Report::per_second)
    }

    fn ratio(&self, read: fn(&Report) -> f64) -> Option<Ratio> {
        Ratio::of(self.pairs.iter().map(|(a, b)| read(a) / read(b)).collect())
    }

    fn median(&self, read: fn(&Report) -> f64) -> [f64; 2] {
        let of = |values: Vec<f64>| Ratio::of(values).map_or(0.0, |ratio| ratio.median);
        [
            of(self.pairs.iter().map(|(a, _)| read(a)).collect()),
            of(self.pairs.iter().map(|(_, b)| read(b)).collect()),
        ]
    }

    /// For programs: the medians of each side, and the ratios A/B.
    #[must_use]
    pub fn to_json(&self) -> String {
        let row = |read| {
            let [a, b] = self.median(read).map(rounded);
            serde_json::json!({ "a": a, "b": b, "ratio": self.ratio(read) })
        };
        let rows: serde_json::Map<_, _> =
            ROWS.into_iter().map(|Row { key, read, .. }| (key.to_owned(), row(read))).collect();
        let all = serde_json::json!({ "pairs": self.pairs.len(), "failed": self.failed(), "compared": rows });
        format!("{all:#}")
    }
}

/// For people.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:10}{:>12}{:>12}   A/B: median of {} pairs (lowest to highest)",
            "",
            "A",
            "B",
            self.pairs.len()
        )?;
        for Row { name, read, .. } in ROWS {
            let [a, b] = self.median(read);
            write!(f, "{name:10}{a:>12.3}{b:>12.3}   ")?;
            match self.ratio(read) {
                Some(ratio) => writeln!(
                    f,
                    "{:.3} ({:.3} to {:.3}){}",
                    ratio.median,
                    ratio.lowest,
                    ratio.highest,
                    if ratio.is_undecided() { "  no difference shown" } else { "" }
                )?,
                None => writeln!(f, "none: a side has no right reply")?,
            }
        }
        write!(f, "failed    {:>12}{:>12}", self.failed_of(Side::A), self.failed_of(Side::B))
    }
}
