//! A stall that a closed loop hides and a timetable shows.

use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_echo::bench::open_loop::run_at_rate;
use async_echo::bench::report::Pace;
use async_echo::bench::run;

use crate::servers::{MS, SLACK, block_on, echoed, options, serve_lines, target};

/// Answers at once, but for one half second in which it answers nobody.
fn serve_with_a_stall(at_line: u64) -> u16 {
    let lines = AtomicU64::new(0);
    let door = RwLock::new(());
    serve_lines(move |line| {
        if lines.fetch_add(1, Ordering::SeqCst) == at_line {
            let _closed = door.write().unwrap();
            std::thread::sleep(MS * 500);
        }
        drop(door.read().unwrap());
        echoed(line)
    })
}

#[test]
fn a_closed_loop_hides_a_stall_and_a_timetable_shows_it() {
    // 2,000 requests. A closed loop has 5 of them under way, so 5 are slow.
    let closed = block_on(run(target(serve_with_a_stall(1000)), 5, 400, options()));
    assert_eq!(closed.failed, 0);
    assert!(closed.latencies.max() >= MS * 500);
    assert!(closed.latencies.at(99.0) < SLACK, "p99 {:?}", closed.latencies.at(99.0));

    // At 1,000 a second, 500 are due while the server stalls: a quarter of all, the first of them half a second late.
    let open = block_on(run_at_rate(target(serve_with_a_stall(1000)), 5, 400, 1000.0, options()));
    assert_eq!(open.failed, 0);
    for (p, at_least) in [(80.0, 50), (90.0, 250), (95.0, 350), (99.0, 450)] {
        assert!(open.latencies.at(p) >= MS * at_least, "p{p} {:?}", open.latencies.at(p));
    }
    // The same replies, as a closed loop would have timed them.
    let from_sending = open.from_sending.unwrap();
    assert_eq!(from_sending.count(), 2000);
    assert!(from_sending.at(99.0) < SLACK, "p99 {:?}", from_sending.at(99.0));
}

#[test]
fn a_timetable_is_kept_and_is_not_early() {
    let port = serve_lines(echoed);
    let before = Instant::now();
    let report = block_on(run_at_rate(target(port), 4, 50, 400.0, options()));
    let took = before.elapsed();
    assert_eq!((report.ok, report.pace), (200, Pace::Open { rate: 400.0 }));
    // The last of 200 is due after 199 / 400 s.
    assert!(took >= Duration::from_secs_f64(199.0 / 400.0) && took < MS * 500 + SLACK * 2, "{took:?}");
    // A timer that counts in milliseconds would add half of one to the typical latency.
    assert!(report.latencies.at(50.0) < SLACK);
}
