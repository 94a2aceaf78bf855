//! How long replies took: every one of them, in memory that does not grow.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::percentile::percentile;

/// So many samples are also kept as they are: for a run of this size percentiles are exact.
const KEPT: usize = 100_000;

/// What is longer counts as this long; no timeout is.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Three significant digits: two times within a thousandth of each other may share a bucket.
const DIGITS: u8 = 3;

/// The latencies of a measurement.
///
/// A list of samples is exact, and it grows: a minute at 100,000 replies a second fills 96 megabytes, and the instrument
/// spends its time on memory. An *HDR histogram* (high dynamic range) has a fixed number of buckets, each a thousandth
/// as wide as the times that it counts, from a nanosecond to a day; to record is to add one. So the first 100,000 samples
/// are kept, and every one is counted: percentiles of small runs are your [`percentile()`], those of large ones come
/// from the buckets and are exact to three digits.
#[derive(Debug, Clone)]
pub struct Latencies {
    histogram: Histogram<u64>,
    samples: Vec<Duration>,
    max: Duration,
}

impl Latencies {
    /// None yet.
    #[must_use]
    pub fn new() -> Latencies {
        let histogram = Histogram::new_with_bounds(1, nanoseconds(LONGEST), DIGITS);
        Latencies {
            histogram: histogram.expect("1 ns, a day and three digits are bounds of a histogram"),
            samples: Vec::new(),
            max: Duration::ZERO,
        }
    }

    /// One more.
    pub fn record(&mut self, took: Duration) {
        self.histogram.saturating_record(nanoseconds(took));
        if self.samples.len() < KEPT {
            self.samples.push(took);
        }
        self.max = self.max.max(took);
    }

    /// All of another measurement, too.
    pub fn add(&mut self, other: &Latencies) {
        // A sample that is not kept there can't be kept here: then neither list is whole, and the buckets are asked.
        let room = KEPT - self.samples.len();
        self.samples.extend(other.samples.iter().take(room));
        self.histogram.add(&other.histogram).expect("both have the same bounds");
        self.max = self.max.max(other.max);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The percentile `p`, from 0 to 100; zero if there are none.
    #[must_use]
    pub fn at(&self, p: f64) -> Duration {
        if self.samples.len() as u64 == self.count() {
            percentile(&self.samples, p)
        } else {
            self.in_buckets(p)
        }
    }

    /// As [`Latencies::at`], from the buckets alone.
    #[must_use]
    pub fn in_buckets(&self, p: f64) -> Duration {
        let count = self.count() as f64;
        let rank = (p * count / 100.0).ceil().max(1.0);
        // The histogram rounds a fraction of the samples up to a rank: the middle between two ranks is safe from rounding.
        let value = self.histogram.value_at_quantile((rank - 0.5) / count.max(1.0));
        Duration::from_nanos(value).min(self.max)
    }

    /// The longest; zero if there are none.
    #[must_use]
    pub fn max(&self) -> Duration {
        self.max
    }
}

impl Default for Latencies {
    fn default() -> Latencies {
        Latencies::new()
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
