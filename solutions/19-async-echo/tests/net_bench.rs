//! The instrument, held against things that are known: distributions, a server that stalls, replies that are wrong.

use std::collections::BTreeSet;
use std::future::ready;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use async_echo::bench::compare::{Ratio, Side, compare};
use async_echo::bench::open_loop::run_at_rate;
use async_echo::bench::report::Pace;
use async_echo::bench::target::Judgement;
use async_echo::bench::{Board, Latencies, Options, Protocol, Report, Target, echo, percentile, plot, run};
use labkit::cli::HostPort;

const MS: Duration = Duration::from_millis(1);

/// For upper bounds: the machine may be busy.
const SLACK: Duration = Duration::from_millis(250);

/// A server of threads: `talk` is given each connection, with its number.
fn serve(talk: impl Fn(u64, TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = Arc::new(talk);
    std::thread::spawn(move || {
        for (number, stream) in (0..).zip(listener.incoming()) {
            let talk = Arc::clone(&talk);
            std::thread::spawn(move || talk(number, stream.unwrap()));
        }
    });
    port
}

/// A line server: `answer` turns each line into a reply.
fn serve_lines(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    serve(move |_, mut stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            if stream.write_all(&answer(&line)).is_err() {
                return;
            }
            line.clear();
        }
    })
}

fn echoed(line: &[u8]) -> Vec<u8> {
    [b"ECHO: ", line].concat()
}

fn target(port: u16) -> Target {
    Target::find(HostPort { host: "127.0.0.1".into(), port }, Protocol::Echo { payload: 32 }).unwrap()
}

fn http_target(port: u16) -> Target {
    Target { protocol: Protocol::Http { path: "/".into() }, ..target(port) }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn options() -> Options {
    Options::new(Duration::from_secs(10))
}

fn net_bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_net-bench")).args(args).output().unwrap()
}

// --- percentiles -----------------------------------------------------------------------------------------------------

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

// --- right and wrong replies -----------------------------------------------------------------------------------------

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

// --- coordinated omission ----------------------------------------------------------------------------------------------

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

// --- comparison --------------------------------------------------------------------------------------------------------

fn made_up(replies: u64, took: Duration) -> Report {
    let board = Board::start(&options());
    let now = board.began();
    (0..replies).for_each(|_| board.reply(now, now + took));
    Report { elapsed: Duration::from_secs(1), ..board.report(1, replies as u32, Pace::Closed) }
}

#[test]
fn a_comparison_takes_turns_and_who_begins_alternates() {
    let mut turns = Vec::new();
    let comparison = block_on(compare(4, |side| {
        turns.push(side);
        // The machine gets slower all the time; A is always twice as fast as B at the same moment, nearly.
        let speed = 10_000 / (10 + turns.len() as u64);
        ready(if side == Side::A { made_up(2 * speed, MS) } else { made_up(speed, MS * 2) })
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

// --- what it prints ----------------------------------------------------------------------------------------------------

#[test]
fn json_has_the_keys_of_the_contract() {
    let address = format!("127.0.0.1:{}", serve_lines(echoed));
    let output = net_bench(&[&address, "3", "5", "--json"]);
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let contract = [
        "connections",
        "endings",
        "failed",
        "max_ms",
        "ok",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "rejected",
        "requests",
        "rps",
        "seconds",
    ];
    assert_eq!(keys, BTreeSet::from(contract));
    assert!(json["endings"].as_object().unwrap().is_empty());

    let output = net_bench(&[&address, "3", "5", "--json", "--rate", "1000"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["rate"].as_f64(), Some(1000.0));
    assert!(json["from_sending"]["p99_ms"].as_f64().unwrap() <= json["p99_ms"].as_f64().unwrap() + 0.001);
}

#[test]
fn without_a_right_reply_there_is_no_percentile() {
    let address = format!("127.0.0.1:{}", serve_lines(|_| b"no\n".to_vec()));
    let output = net_bench(&[&address, "2", "5", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["p50_ms"].is_null() && json["max_ms"].is_null());
    assert_eq!(json["endings"]["wrong reply"].as_u64(), Some(2));
    let text = String::from_utf8(net_bench(&[&address, "2", "5"]).stdout).unwrap();
    assert!(text.contains("failed       10  ended: 2 × wrong reply\n"), "{text}");
}

#[test]
fn wrong_usage_is_exit_code_2_and_an_unknown_name_3() {
    for args in [
        &["127.0.0.1:1", "1"][..],
        &["127.0.0.1", "1", "1"],
        &["127.0.0.1:1", "0", "1"],
        &["127.0.0.1:1", "1", "-1"],
        &["127.0.0.1:1", "1", "1", "--payload", "0"],
        &["127.0.0.1:1", "1", "1", "--rate", "0"],
        &["127.0.0.1:1", "1", "1", "--http", "/a b"],
        &["127.0.0.1:1", "1", "1", "--http", "/a\r\nX: y"],
        &["127.0.0.1:1", "127.0.0.1:1", "1", "1"],
        &["--compare", "127.0.0.1:1", "1", "1"],
        &["--compare", "127.0.0.1:1", "127.0.0.1:1", "1", "1", "--plot", "x.svg"],
    ] {
        assert_eq!(net_bench(args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(net_bench(&["a..b:1", "1", "1"]).status.code(), Some(3));
}

// --- the plot ------------------------------------------------------------------------------------------------------------

#[test]
fn the_plot_is_svg_with_its_title_axes_and_curves() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plot.svg");
    let address = format!("127.0.0.1:{}", serve_lines(echoed));
    for (more, curves) in [(&[][..], 1), (&["--rate", "500"][..], 2)] {
        let args = [&[&*address, "4", "75", "--plot", file.to_str().unwrap()], more].concat();
        assert_eq!(net_bench(&args).status.code(), Some(0));
        let text = std::fs::read_to_string(&file).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "svg");
        let words: Vec<&str> = document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        let title = format!("{address}: 4 connections, 75 requests each");
        for expected in [&*title, "percentile", "90 %", "99 %", "ms", "seconds", "since it was sent"] {
            assert!(words.iter().any(|word| word.starts_with(expected)), "{expected:?} in {words:?}");
        }
        assert_eq!(words.iter().any(|word| *word == "since it was due"), curves == 2);
        // The curves have hundreds of points, axes and legends a few.
        let long = document
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "polyline")))
            .filter(|node| {
                node.attribute("points").is_some_and(|points| points.split_whitespace().count() > 100)
            })
            .count();
        assert_eq!(long, curves);
    }
}

#[test]
fn a_report_without_replies_can_be_drawn() {
    let svg = plot::svg(&made_up(0, MS), "a < b & c").unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(document.descendants().any(|node| node.text().is_some_and(|text| text.trim() == "a < b & c")));
}

// --- web servers -----------------------------------------------------------------------------------------------------------

/// A web server that answers every request with these bytes, and closes after so many on a connection.
fn serve_http(reply: &'static str, requests: usize) -> u16 {
    serve(move |_, mut stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        for _ in 0..requests {
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                if lines.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
            }
            // In two pieces, with a pause in between: in the middle of the head.
            let (first, rest) = reply.split_at(20);
            let _ = stream.write_all(first.as_bytes());
            std::thread::sleep(MS);
            let _ = stream.write_all(rest.as_bytes());
        }
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = lines.read_to_end(&mut Vec::new());
    })
}

#[test]
fn a_web_servers_replies_are_checked_by_status_and_length() {
    for (reply, ok) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 8),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 8),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", 0),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!", 0),
        ("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", 0),
        ("HTTP/1.1 200 OK\r\nServer: without a length\r\n\r\nhello", 0),
        ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n", 0),
        ("SSH-2.0-OpenSSH_9.9 is no web server\r\n\r\n", 0),
    ] {
        let report = block_on(run(http_target(serve_http(reply, 100)), 2, 4, options()));
        assert_eq!((report.ok, report.failed), (ok, 8 - ok), "{reply:?}");
        assert!(ok > 0 || report.endings["wrong reply"] == 2, "{reply:?}");
    }
}

#[test]
fn a_body_that_is_longer_than_the_buffer_is_read_whole() {
    let body = "x".repeat(100_000);
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let report = block_on(run(http_target(serve_http(reply.leak(), 100)), 2, 4, options()));
    assert_eq!((report.ok, report.failed), (8, 0));
}

#[test]
fn a_body_that_never_ends_is_a_timeout() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello";
    let report = block_on(run(http_target(serve_http(reply, 100)), 2, 4, Options::new(MS * 200)));
    assert_eq!((report.ok, report.failed, report.endings["timeout"]), (0, 8, 2));
}

#[test]
fn a_web_server_that_announces_its_end_is_visited_again() {
    let closes = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    let report = block_on(run(http_target(serve_http(closes, 1)), 2, 5, options()));
    assert_eq!((report.ok, report.failed), (10, 0));
    // Without a word it is a failure.
    let silent = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let report = block_on(run(http_target(serve_http(silent, 1)), 2, 5, options()));
    assert_eq!((report.ok, report.failed, report.endings["closed"]), (2, 8, 2));
}
