//! What p95 is, of samples and of buckets.

use std::time::Duration;

use async_echo::bench::{Latencies, percentile};

use crate::servers::MS;

#[test]
fn a_percentile_is_the_smallest_sample_with_enough_samples_below() {
    for n in [1, 2, 3, 7, 99, 100, 101, 1000] {
        // n, n - 1, … 1 ms: the sample of rank r is r ms.
        let samples: Vec<Duration> = (1..=n).rev().map(|rank| MS * rank).collect();
        for tenths in [0_u32, 1, 10, 250, 333, 500, 501, 900, 950, 990, 999, 1000] {
            let rank = (tenths * n).div_ceil(1000).max(1);
            assert_eq!(percentile(&samples, f64::from(tenths) / 10.0), MS * rank, "p{tenths}/10 of {n}");
        }
    }
    assert_eq!(percentile(&[], 50.0), Duration::ZERO);
}

#[test]
fn buckets_and_samples_agree_to_three_digits() {
    let mut few = Latencies::new();
    let mut many = Latencies::new();
    // 50 % take 1 ms, 45 % take 2 to 20 ms, 5 % take 100 ms to 5 s; in an order that is none.
    let sample = |i: u32| match i % 100 {
        0..50 => MS,
        50..95 => Duration::from_micros(2000 + u64::from(i) * 7919 % 18_000),
        _ => Duration::from_millis(100 + u64::from(i) * 104_729 % 4900),
    };
    (0..50_000).for_each(|i| few.record(sample(i)));
    (0..400_000).for_each(|i| many.record(sample(i)));
    let all: Vec<Duration> = (0..400_000).map(sample).collect();
    for p in [1.0, 50.0, 51.0, 90.0, 95.0, 99.0, 99.9, 100.0] {
        assert_eq!(few.at(p), percentile(&all[..50_000], p), "p{p}: exact while all samples are kept");
        for (latencies, samples) in [(&few, &all[..50_000]), (&many, &all[..])] {
            let (exact, told) = (percentile(samples, p).as_secs_f64(), latencies.in_buckets(p).as_secs_f64());
            assert!((told - exact).abs() <= exact / 1000.0, "p{p}: {told} s for {exact} s");
        }
    }
    assert_eq!(many.count(), 400_000);
    assert_eq!(many.max(), *all.iter().max().unwrap());
}

#[test]
fn two_measurements_together_are_one() {
    let (mut a, mut b) = (Latencies::new(), Latencies::new());
    (1..=60_000).for_each(|i| a.record(Duration::from_micros(i)));
    (60_001..=120_000).for_each(|i| b.record(Duration::from_micros(i)));
    a.add(&b);
    assert_eq!(a.count(), 120_000);
    assert_eq!(a.max(), Duration::from_millis(120));
    let p75 = a.at(75.0).as_secs_f64();
    assert!((p75 - 0.09).abs() < 0.0001, "{p75}");
}
