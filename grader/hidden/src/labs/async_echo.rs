//! Lab 19, hidden half: an asynchronous echo server, and a program that measures servers.

mod net_bench;

use std::time::{Duration, Instant};

use checks::labs::async_echo::{
    echo_server, expect_echo, expect_last_answer, last_metrics, signal_within_a_line,
};
use checks::{Bench, Check, Connection, Deadline, Fault, Lab, SLACK, Signal, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::async_echo::LAB.with(include_str!("../../signatures/async-echo.toml"), CHECKS);

const MIB: u64 = 1 << 20;

const CHECKS: &[Check] = &[
    check("stops-reading-when-answers-are-not-taken", 8, stops_reading_when_answers_are_not_taken)
        .stage(2)
        .says("lines from a client that reads nothing, 64 MiB if you take them, cost at most 16 MiB of memory, and all are answered once it reads")
        .reads("What could go wrong")
        .hints([
            "Your server can read faster than its client takes the answers. Where do they pile up?",
            "A write that waits is a message to the sender: a task that doesn't read fills the buffers, and TCP stops the client. A queue between reading and writing switches that off. Book: \"What could go wrong\".",
            "loop { piece = read(); stream.write_all(&answers).await?; }   // no second task, no channel without a limit",
        ]),
    check("a-stuck-client-holds-up-nobody", 4, a_stuck_client_holds_up_nobody)
        .stage(2)
        .says("one client sends and never reads, so the server waits in a write to it; 50 others are answered as fast as before")
        .reads("What could go wrong")
        .hints([
            "What does a task hold while it waits in a write?",
            "A lock guard that lives across an `.await` is kept for as long as the wait takes, and everybody else queues for it. Book: \"What could go wrong\".",
            "use atomics for numbers, or drop the guard before the await: { let mut counts = lock(); counts.requests += 1; }",
        ]),
    check("keeps-a-line-that-comes-slowly", 6, keeps_a_line_that_comes_slowly)
        .stage(3)
        .says("with `--metrics-interval 0.02` a line that takes half a second to arrive is answered whole, and so is the next")
        .reads("Build it, stage 3: deadlines")
        .hints([
            "Something else became ready while half a line was there. Where is that half now?",
            "`select!` and `timeout` drop the futures that were not first, with all that those own. What must survive belongs outside of them. Book: \"Build it, stage 3: deadlines\".",
            "let mut lines = Lines::new(…); loop { select! { piece = read_piece(…) => lines.push(piece), … } }   // `lines` outlives each turn",
        ]),
    check("closes-a-client-that-never-completes-a-line", 6, closes_a_client_that_never_completes_a_line)
        .stage(3)
        .says("with `--idle-timeout 1` a client that sends a byte every 0.6 seconds, and never a newline, is closed after 1 to 2 seconds")
        .reads("What could go wrong")
        .hints([
            "A client sends one byte every 0.6 seconds. Which of your timers ever runs out?",
            "A timeout around each read begins anew with every byte; a deadline moves with complete lines only. Book: \"What could go wrong\".",
            "if answers.lines > 0 { deadline.as_mut().reset(now + idle) }",
        ]),
    check("takes-either-signal-and-a-second-one", 6, takes_either_signal_and_a_second_one)
        .stage(4)
        .says("SIGTERM shuts down like SIGINT, and a second signal of either kind ends the server at once with exit code 130")
        .reads("Build it, stage 4: numbers, and the end")
        .hints([
            "Which signal does `kill PID` send, and every service manager? And what does somebody want who presses Ctrl+C twice?",
            "`tokio::signal::ctrl_c` catches SIGINT alone; `tokio::signal::unix` has both. Whoever catches a signal must also listen for the next. Book: \"Build it, stage 4: numbers, and the end\".",
            "select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} } — and once more in a task: process::exit(130)",
        ]),
    check("net-bench-checks-every-reply", 6, net_bench::net_bench_checks_every_reply)
        .stage(5)
        .says("on a server that answers with other bytes, late, too much or not at all, every request fails; the first failure closes the connection")
        .reads("Measuring honestly")
        .hints([
            "Your server answered. Did it answer *that* line, and only that?",
            "A reply is right when it is `ECHO: `, the line that was sent and a newline, to the last byte, and nothing behind it. Book: \"Measuring honestly\".",
            "got == expected => Right; got.starts_with(FULL) => Rejected; expected.starts_with(got) || FULL.starts_with(got) => Incomplete; else Wrong",
        ]),
    check("net-bench-tells-typical-from-slow", 4, net_bench::net_bench_tells_typical_from_slow)
        .stage(5)
        .says("if 80 of 100 replies take 10 ms and 20 take 2 s, p50 is about 10 ms and p95 about 2 s; if only 5 are slow, p95 is about 10 ms")
        .reads("Measuring honestly")
        .hints([
            "What is the mean of 10, 10, 10, 10 and 2,000? Has any reply taken that long?",
            "A percentile is one of the samples: sort them and take the one of that rank. And each request has its own beginning. Book: \"Measuring honestly\".",
            "sort a copy; rank = ceil(p × n / 100), at least 1; sorted[rank - 1]; in the loop: sent = the time of the last reply",
        ]),
];

/// Lines of a kibibyte with their numbers, 64 in a piece.
fn numbered_lines(filler: &str) -> impl Iterator<Item = String> {
    (0..).map(move |number: u64| format!("{number:08}{filler}\n"))
}

fn stops_reading_when_answers_are_not_taken(bench: &mut Bench) -> Result<(), Fault> {
    const LINE: usize = 1024;
    const LINES: usize = 64 * 1024;
    let server = echo_server(bench, &[])?;
    let mut client = server.connect()?;
    expect_echo(bench, &mut client)?;
    let before = server.facts().resident()?;

    let filler = bench.random_word(LINE - 9);
    let stream = numbered_lines(&filler).take(LINES).collect::<String>();
    let sent = client.send_until_stalled(stream.as_bytes().chunks(64 * LINE))?;
    server.facts().expect_growth_within(before, 16 * MIB)?;

    // The line that was cut is completed, and now the client reads.
    let lines = sent.div_ceil(LINE);
    client.send(&stream.as_bytes()[sent..lines * LINE])?;
    client.fin()?;
    for line in stream.lines().take(lines) {
        let answer = client.line()?;
        ensure(answer == format!("ECHO: {line}\n").as_bytes(), || {
            Fault::expected(format!("\"ECHO: {}…\"", &line[..16]))
                .got(format!("{}…", wire::bytes::escape(&answer[..answer.len().min(22)])))
        })?;
    }
    client.expect_eof()
}

fn a_stuck_client_holds_up_nobody(bench: &mut Bench) -> Result<(), Fault> {
    const OTHERS: usize = 50;
    const ROUNDS: usize = 4;
    const LIMIT: Duration = Duration::from_millis(250);
    let server = echo_server(bench, &[])?;
    let mut others = Vec::new();
    for _ in 0..OTHERS {
        let mut other = server.connect()?;
        expect_echo(bench, &mut other)?;
        others.push(other);
    }

    let mut stuck = server.connect_with_small_buffer()?;
    let filler = bench.random_word(1015);
    stuck.send_until_stalled(numbered_lines(&filler).take(64 * 1024))?;
    for _ in 0..ROUNDS {
        for other in &mut others {
            expect_answer_within(bench, other, LIMIT + SLACK)?;
        }
    }
    Ok(())
}

fn expect_answer_within(bench: &mut Bench, client: &mut Connection, limit: Duration) -> Result<(), Fault> {
    // It comes later by what the machine kept the server waiting.
    let deadline = Deadline::after(limit);
    expect_echo(bench, client)?;
    ensure(!deadline.expired(), || {
        Fault::expected(format!("an answer within {limit:?} while another client is stuck"))
            .got("it came later")
    })
}

fn keeps_a_line_that_comes_slowly(bench: &mut Bench) -> Result<(), Fault> {
    // Three ticks: one falls between any two bytes, also on a busy machine.
    const PAUSE: Duration = Duration::from_millis(60);
    let mut server = echo_server(bench, &["--metrics-interval", "0.02"])?;
    let mut client = server.connect()?;
    let word = bench.random_word(8);
    for byte in word.bytes() {
        client.send_and_wait_until_read(&[byte])?;
        client.expect_nothing_for(PAUSE)?;
    }
    client.send(b"\n")?;
    client.expect_line(&format!("ECHO: {word}"))?;
    expect_echo(bench, &mut client)?;
    server.program().wait_for_stderr("a METRICS line", |line| line.contains("METRICS ").then_some(()))
}

fn closes_a_client_that_never_completes_a_line(bench: &mut Bench) -> Result<(), Fault> {
    const IDLE: Duration = Duration::from_secs(1);
    const LATEST: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(600);
    let server = echo_server(bench, &["--idle-timeout", "1"])?;
    let mut client = server.connect()?;
    let before = Instant::now();
    expect_echo(bench, &mut client)?;
    let latest = Deadline::after(LATEST);
    let expected =
        || Fault::expected(format!("the end of the stream (FIN) {IDLE:?} to {LATEST:?} after the last line"));
    for _ in 0..6 {
        client.send(b".")?;
        if client.wait_for_anything(PAUSE)?.is_none() {
            continue;
        }
        let (took, in_time) = (before.elapsed(), !latest.expired());
        client.expect_eof()?;
        return ensure(took >= IDLE && in_time, || {
            expected().got(format!("it came after {:.2} s", took.as_secs_f64()))
        });
    }
    Err(expected()
        .but_waited(format!("the connection is still open after {:.2} s", before.elapsed().as_secs_f64())))
}

fn takes_either_signal_and_a_second_one(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = echo_server(bench, &["--grace", "30"])?;
    let (mut client, half) = signal_within_a_line(bench, &mut server, Signal::SIGTERM)?;
    expect_last_answer(&mut client, &half)?;
    client.close();
    server.program().expect_exit(0)?;
    last_metrics(&mut server)?;

    let (int, term) = (Signal::SIGINT, Signal::SIGTERM);
    for (first, second) in [(int, int), (int, term), (term, int), (term, term)] {
        let mut server = echo_server(bench, &["--grace", "30"])?;
        let (_waits, _) = signal_within_a_line(bench, &mut server, first)?;
        server.program().signal(second)?;
        server.program().expect_exit(130)?;
    }
    Ok(())
}
