//! What "95 percent of the replies came within …" means, exactly.

use std::time::Duration;

/// The percentile `p`, from 0 to 100, of samples in any order, by *nearest rank*: the smallest sample such that at least
/// `p` percent of all samples are no larger.
///
/// Sorted, the samples have the ranks 1 to n. The rank that is wanted is `p / 100 × n`, rounded up, and never less than 1.
/// So the answer is always a sample that really occurred; no value is made up between two. Of no samples it is zero.
///
/// ```
/// # use std::time::Duration;
/// # use async_echo::bench::percentile;
/// let took = [30, 10, 50, 20, 40].map(Duration::from_millis);
/// assert_eq!(percentile(&took, 50.0), Duration::from_millis(30));
/// assert_eq!(percentile(&took, 95.0), Duration::from_millis(50));
/// ```
pub fn percentile(samples: &[Duration], p: f64) -> Duration {
    // begin solution: sort a copy, and take the sample of the rank that the definition gives
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    // In this order: 99.9 / 100 is a little more than 0.999, and would be rounded up to the next rank.
    let rank = (p * sorted.len() as f64 / 100.0).ceil() as usize;
    sorted.get(rank.max(1) - 1).or(sorted.last()).copied().unwrap_or_default()
    // end solution
}
