//! Replies that are right, wrong, late, or never come.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_echo::bench::open_loop::run_at_rate;
use async_echo::bench::target::Judgement;
use async_echo::bench::{Options, Protocol, Target, echo, run};

use crate::servers::{MS, SLACK, block_on, echoed, options, serve, serve_lines, target};

#[test]
fn a_reply_may_come_in_pieces_and_has_no_byte_too_many() {
    let expected = b"ECHO: 17\n";
    for end in 0..expected.len() {
        assert_eq!(echo::judge(expected, &expected[..end]), Judgement::Incomplete, "{end} bytes");
    }
    assert_eq!(echo::judge(expected, expected), Judgement::Right);
    for wrong in ["ECHO: 17\nE", "ECHO: 18\n", "echo: 17\n", "ECHO: 17\r\n", "17\n", "\n", "Server is fill"] {
        assert_eq!(echo::judge(expected, wrong.as_bytes()), Judgement::Wrong, "{wrong:?}");
    }
    assert_eq!(echo::judge(expected, b"Server is"), Judgement::Incomplete);
    assert_eq!(echo::judge(expected, b"Server is full. Try again later.\n"), Judgement::Rejected);
}

#[test]
fn no_two_lines_of_a_measurement_are_the_same() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let port = serve_lines(move |line| {
        seen.lock().unwrap().push(line.to_vec());
        echoed(line)
    });
    let report = block_on(run(target(port), 5, 200, options()));
    assert_eq!((report.ok, report.failed, report.requests), (1000, 0, 1000));
    let lines = lines.lock().unwrap();
    assert!(lines.iter().all(|line| line.len() == 33));
    assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), 1000);
}

#[test]
fn any_length_of_line_is_echoed() {
    let port = serve_lines(echoed);
    for payload in [1, 2, 9, 10, 100, 300_000] {
        let target = Target { protocol: Protocol::Echo { payload }, ..target(port) };
        let report = block_on(run(target, 2, 15, options()));
        assert_eq!((report.ok, report.failed), (30, 0), "{payload} bytes");
    }
}

#[test]
fn every_reply_has_a_deadline_of_its_own() {
    // 10 replies after 60 ms each are longer than the timeout only together.
    let count = AtomicU64::new(0);
    let port = serve_lines(move |line| {
        let late = if count.fetch_add(1, Ordering::SeqCst) == 10 { 20 } else { 1 };
        std::thread::sleep(MS * 60 * late);
        echoed(line)
    });
    let options = Options::new(MS * 500);
    let before = Instant::now();
    let report = block_on(run(target(port), 1, 20, options));
    let took = before.elapsed();
    assert_eq!((report.ok, report.failed), (10, 10));
    assert_eq!(report.endings["timeout"], 1);
    assert!(took >= MS * (600 + 500) && took < MS * (600 + 500) + SLACK * 2, "{took:?}");
}

#[test]
fn a_server_that_does_not_read_is_a_timeout() {
    let port = serve(|_, stream| {
        std::thread::sleep(Duration::from_secs(5));
        drop(stream);
    });
    let target = Target { protocol: Protocol::Echo { payload: 16 << 20 }, ..target(port) };
    let report = block_on(run(target, 1, 1, Options::new(MS * 200)));
    assert_eq!((report.ok, report.failed, report.endings["timeout"]), (0, 1, 1));
}

#[test]
fn a_connection_that_cannot_be_made_fails_all_its_requests() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for report in [
        block_on(run(target(port), 3, 7, options())),
        block_on(run_at_rate(target(port), 3, 7, 1.0, options())),
    ] {
        assert_eq!((report.ok, report.failed, report.endings["refused"]), (0, 21, 3));
        assert_eq!(report.exit_code(), 1);
    }
}
