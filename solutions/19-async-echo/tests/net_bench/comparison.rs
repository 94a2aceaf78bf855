//! Two servers in turns.

use std::future::ready;
use std::io::{BufRead, BufReader, Write};
use std::sync::{Arc, Mutex};

use async_echo::bench::compare::{Ratio, Side, compare};

use crate::servers::{MS, block_on, echoed, made_up, net_bench, serve};

#[test]
fn a_comparison_takes_turns_and_who_begins_alternates() {
    let mut turns = Vec::new();
    let comparison = block_on(compare(4, |side| {
        turns.push(side);
        // The machine gets slower all the time; A is always twice as fast as B at the same moment, nearly.
        let speed = 10_000 / (10 + turns.len() as u64);
        ready(if side == A { made_up(2 * speed, MS) } else { made_up(speed, MS * 2) })
    }));
    use Side::{A, B};
    assert_eq!(turns, [A, B, B, A, A, B, B, A]);
    let ratio = comparison.per_second().unwrap();
    assert!(ratio.lowest < 2.0 && 2.0 < ratio.highest, "{ratio:?}");
    assert!((ratio.median - 2.0).abs() < 0.02, "{ratio:?}: the drift cancels");
    assert!(!ratio.is_undecided());
    let text = comparison.to_string();
    assert!(text.contains("0.500 (0.500 to 0.500)"), "{text}");
}

#[test]
fn a_ratio_is_a_median_with_its_spread() {
    let ratio = Ratio::of(vec![1.1, 0.9, 1.0, 1.3]).unwrap();
    assert!((ratio.median - 1.05).abs() < 1e-9);
    assert_eq!((ratio.lowest, ratio.highest), (0.9, 1.3));
    assert!(ratio.is_undecided());
    assert_eq!(Ratio::of(vec![2.0, 3.0, 9.0]).unwrap().median, 3.0);
    assert_eq!(Ratio::of(vec![]), None);
    assert_eq!(Ratio::of(vec![1.0, f64::NAN]), None);
}

#[test]
fn the_program_measures_two_servers_in_turns() {
    let order = Arc::new(Mutex::new(String::new()));
    let [a, b] = ['a', 'b'].map(|name| {
        let order = Arc::clone(&order);
        serve(move |_, mut stream| {
            order.lock().unwrap().push(name);
            let mut line = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
            stream.write_all(&echoed(line.as_bytes())).unwrap();
        })
        .to_string()
    });
    let [a, b] = [a, b].map(|port| format!("127.0.0.1:{port}"));
    let output = net_bench(&["--compare", &a, &b, "1", "1", "--pairs", "4", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(*order.lock().unwrap(), "abbaabba");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["pairs"].as_u64(), json["failed"].as_u64()), (Some(4), Some(0)));
    for row in ["rps", "p50_ms", "p95_ms", "p99_ms"] {
        let ratio = &json["compared"][row]["ratio"];
        let [lowest, median, highest] =
            ["lowest", "median", "highest"].map(|key| ratio[key].as_f64().unwrap());
        assert!(0.0 < lowest && lowest <= median && median <= highest, "{row}: {ratio}");
    }
}
