//! What a cell costs: its start, with and without a wire, beside a plain spawn of the same program.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cell::{Root, Spec, reexec, supervise};

const ROUNDS: usize = 200;

fn main() {
    cell::take_over_if_launched();
    match std::env::args().nth(1).as_deref() {
        Some("--plain") => println!("{}", now().as_nanos()),
        Some("--cell") => enter(false),
        Some("--wire") => enter(true),
        Some("--launch") => launch(),
        _ => compare(),
    }
}

/// Ready means that `enter` has returned; the rest is taking down.
fn enter(wire: bool) {
    let cell =
        cell::enter(&Spec { wire, root: Root::Minimal, ..Spec::default() }).expect("a cell can be had");
    assert_eq!(cell.wire().is_ok(), wire);
    println!("{}", now().as_nanos());
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970")
}

/// Tells the median start of a program in a cell that is ready, in microseconds.
fn launch() {
    let cell = cell::enter(&Spec { programs: vec!["/bin/true".into()], ..Spec::default() })
        .expect("a cell can be had");
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            assert!(cell.command("/bin/true").status().expect("it starts").success());
            start.elapsed()
        })
        .collect();
    println!("{}", median(&mut times).as_micros());
}

/// Interleaved, so that the machine's moods hit all alike.
fn compare() {
    let kinds = ["--plain", "--cell", "--wire"];
    let mut times = [const { [const { Vec::new() }; 2] }; 3];
    for _ in 0..ROUNDS {
        for (kind, [ready, ended]) in kinds.iter().zip(&mut times) {
            let start = (now(), Instant::now());
            let said: u64 = run(kind).parse().expect("a time");
            ready.push(Duration::from_nanos(said).saturating_sub(start.0));
            ended.push(start.1.elapsed());
        }
    }
    let [plain, cell, wire] = times.each_mut().map(|kind| kind.each_mut().map(|times| median(times)));
    println!("medians of {ROUNDS} interleaved rounds   ready             ended");
    for (name, [ready, ended]) in [("plain process", plain), ("cell", cell), ("cell with a wire", wire)] {
        let ratios = [(ready, plain[0]), (ended, plain[1])].map(|(a, b)| a.as_secs_f64() / b.as_secs_f64());
        println!("{name:<32} {ready:>8.2?} {:>5.1} x {ended:>8.2?} {:>5.1} x", ratios[0], ratios[1]);
    }
    println!("a launch of /bin/true in a cell, to its end  {} µs", run("--launch"));
}

fn run(kind: &str) -> String {
    let mut command = reexec();
    command.arg(kind);
    let finished = supervise(command, b"", Duration::from_secs(10), 4096).expect("it starts");
    assert!(
        finished.status.is_some_and(|status| status.success()),
        "{}",
        String::from_utf8_lossy(&finished.stderr)
    );
    String::from_utf8_lossy(&finished.stdout).trim().to_owned()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
