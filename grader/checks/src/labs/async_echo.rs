//! Lab 19: an asynchronous echo server, and a program that measures servers.

pub mod net_bench;

use std::time::{Duration, Instant};

use crate::{Bench, Check, Connection, Deadline, Fault, Lab, PATIENCE, SLACK, Server, Signal, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "async-echo",
    number: 19,
    title: "Thousands of clients on one thread",
    signatures: include_str!("../../signatures/async-echo.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("echoes-each-line-once", 6, echoes_each_line_once)
        .stage(1)
        .says("`Hello` comes back as `ECHO: Hello`, once for each line however it was cut, and `--help` shows the agreed defaults")
        .reads("Build it, stage 1: one client")
        .hints([
            "Your read returned three bytes. Is that a line?",
            "A read returns a piece: keep what is no line yet, and answer each line when its newline is there. Book: \"Build it, stage 1: one client\".",
            "begun.extend(piece up to the newline); answer(PREFIX + begun + \"\\n\"); begun.clear(); the rest of the piece next",
        ]),
    check("serves-two-hundred-clients-on-one-thread", 12, serves_two_hundred_clients_on_one_thread)
        .stage(2)
        .says("200 clients are connected, then talk in reverse order and are answered, by a process of at most 4 threads")
        .reads("Build it, stage 2: a task for each client")
        .hints([
            "What does your only thread do while the first client is silent?",
            "A call that blocks stops every task of its thread; `.await` gives the thread back. And a client's task must run beside the loop that accepts. Book: \"Build it, stage 2: a task for each client\".",
            "loop { let (stream, _) = listener.accept().await?; tokio::spawn(handle(stream, …)); }",
        ]),
    check("closes-idle-clients-and-no-others", 10, closes_idle_clients_and_no_others)
        .stage(3)
        .says("with `--idle-timeout 1` a silent client is closed after 1 to 1.6 seconds, and one that sends a line every 0.4 seconds is served on")
        .reads("Build it, stage 3: deadlines")
        .hints([
            "From when on does a client's time run, and what makes it begin anew?",
            "The deadline is a second after the connection or the last complete line, whichever is later. One timer for each client, moved with each line. Book: \"Build it, stage 3: deadlines\".",
            "select! { read = read_piece(&mut stream) => …, () = &mut deadline => close }   a line: deadline.as_mut().reset(now + idle)",
        ]),
    check("shuts-down-in-order", 10, shuts_down_in_order)
        .stage(4)
        .says("at SIGINT new clients are refused, idle ones closed, a begun line is answered when it is complete; then the last METRICS and exit code 0, after the grace at the latest")
        .reads("Build it, stage 4: numbers, and the end")
        .hints([
            "Who must hear of the signal, and what does each of them do then?",
            "The listener is dropped; every task is told through the watch channel, and finishes what has begun; `run` waits until no task is left, but no longer than the grace. Book: \"Build it, stage 4: numbers, and the end\".",
            "shutdown.await; drop(listener); stop.send_replace(true); timeout(grace, stop.closed()).await; log metrics; Ok(())",
        ]),
    check("counts-what-it-did", 8, counts_what_it_did)
        .stage(4)
        .says("METRICS comes at every interval and at the end, and its numbers are those of the load, also when there are more clients than descriptors")
        .reads("Build it, stage 4: numbers, and the end")
        .hints([
            "Send one line of five letters. Which of the seven numbers change, and by how much?",
            "`requests` are lines answered; bytes count prefixes and newlines; `total` counts whoever was accepted, `active` whoever has a seat now, on whatever way they leave it. Book: \"What it counts\".",
            "received(piece.len()); answered(lines, answers.len()); a seat's Drop: active -= 1; no seat: rejected += 1, say so, close",
        ]),
    check("net-bench-asks-on-every-connection", 8, net_bench::net_bench_asks_on_every_connection)
        .stage(5)
        .says("`net-bench ADDRESS 100 20` opens 100 connections at once, sends 20 lines on each, one after another, and counts 2,000 right replies; exit code 0")
        .reads("Measuring honestly")
        .hints([
            "How many connections are open while your first one is at work? And how many lines did the server get?",
            "Each connection is a task of its own: spawn them all, then wait for all. Within a task a loop sends the requests over the one connection. Book: \"Measuring honestly\".",
            "for number in 0..connections { tasks.spawn(drive(…)) }; tasks.join_all().await; in drive: open; requests times { exchange; board.reply(sent, now) }",
        ]),
    check("net-bench-counts-the-rejected", 6, net_bench::net_bench_counts_the_rejected)
        .stage(5)
        .says("on a server with 10 slots, 90 of 100 connections are rejected, and their 1,800 requests failed; exit code 1")
        .reads("Measuring honestly")
        .hints([
            "What became of the requests that a rejected connection never sent?",
            "They were asked for and have no reply: they failed, all of them. `ok + failed` is always what was asked for. Book: \"Measuring honestly\".",
            "Err(why) => { board.failure(why, requests - answered); return }; judge: got.starts_with(FULL) => Rejected; exit_code: failed == 0",
        ]),
];

/// Starts the server on a free port, with more flags.
pub fn echo_server(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.serve("async-echo", [&["--port", "0"], flags].concat())
}

/// Says something that nobody can have guessed, and expects its echo.
pub fn expect_echo(bench: &mut Bench, client: &mut Connection) -> Result<(), Fault> {
    let word = bench.random_word(8);
    client.send(format!("{word}\n").as_bytes())?;
    client.expect_line(&format!("ECHO: {word}"))
}

/// Begins a line, waits until the server has read that, sends the signal, and waits until new clients are refused. The
/// client, and the line that it has begun.
pub fn signal_within_a_line(
    bench: &mut Bench,
    server: &mut Server,
    signal: Signal,
) -> Result<(Connection, String), Fault> {
    let mut client = server.connect_as("B")?;
    expect_echo(bench, &mut client)?;
    let half = bench.random_word(4);
    client.send_and_wait_until_read(half.as_bytes())?;
    server.program().signal(signal)?;
    server.expect_refused()?;
    Ok((client, half))
}

/// Ends a line that was begun, and expects its answer and then the end.
pub fn expect_last_answer(client: &mut Connection, half: &str) -> Result<(), Fault> {
    client.send(b"-end\n")?;
    client.expect_line(&format!("ECHO: {half}-end"))?;
    client.expect_eof()
}

/// The numbers of the last METRICS line, in the contract's order without the uptime.
pub fn last_metrics(server: &mut Server) -> Result<[u64; 6], Fault> {
    let log = server.program().stderr();
    let log = String::from_utf8_lossy(&log);
    let last =
        log.lines().rev().find_map(|line| Some(line.split_once("METRICS ")?.1)).unwrap_or("no such line");
    understand(last).ok_or_else(|| {
        let form = NAMES.map(|name| format!("{name}=…")).join(" ");
        Fault::expected(format!("a last line \"METRICS {form}\" on stderr")).got(last)
    })
}

const NAMES: [&str; 7] = ["requests", "active", "total", "bytes_in", "bytes_out", "rejected", "uptime_s"];

fn understand(line: &str) -> Option<[u64; 6]> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let values = NAMES.iter().zip(&fields).map(|(name, field)| field.strip_prefix(name)?.strip_prefix('='));
    let values: Vec<&str> = values.collect::<Option<_>>()?;
    // The uptime may have fractions, and is nobody's business here.
    values.last()?.parse::<f64>().ok()?;
    let numbers: Vec<u64> = values[..6].iter().map(|value| value.parse().ok()).collect::<Option<_>>()?;
    (fields.len() == NAMES.len()).then_some(numbers.try_into().ok()?)
}

fn echoes_each_line_once(bench: &mut Bench) -> Result<(), Fault> {
    let server = echo_server(bench, &[])?;
    let mut client = server.connect()?;
    client.send(b"Hello\n")?;
    client.expect_line("ECHO: Hello")?;

    let [slow, second, third, tail] = [(); 4].map(|()| bench.random_word(5));
    for byte in slow.bytes() {
        client.send_and_wait_until_read(&[byte])?;
        client.expect_silence()?;
    }
    client.send(format!("\n{second}\r\n{third}\n{tail}").as_bytes())?;
    for word in [&slow, &second, &third] {
        client.expect_line(&format!("ECHO: {word}"))?;
    }
    client.fin()?;
    client.expect_line(&format!("ECHO: {tail}"))?;
    client.expect_eof()?;

    let long = format!("{}\n", "x".repeat(70_000));
    let mut client = server.connect()?;
    client.send(long.as_bytes())?;
    client.expect_line("ERROR line too long")?;
    client.expect_eof()?;

    for default in ["127.0.0.1", "9999", "30", "10", "5", "65536", "1"] {
        bench.run("async-echo", ["--help"])?.code(0)?.stdout_contains(&format!("[default: {default}]"))?;
    }
    Ok(())
}

fn serves_two_hundred_clients_on_one_thread(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 200;
    const THREADS: usize = 4;
    let server = echo_server(bench, &[])?;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(server.connect()?);
    }
    // In reverse order: the last one waits in the queue of a server that sits with the first.
    for client in clients.iter_mut().rev() {
        expect_echo(bench, client)?;
    }
    let threads = server.facts().threads()?;
    ensure(threads <= THREADS, || {
        Fault::expected(format!("at most {THREADS} threads for {CLIENTS} clients")).got(format!("{threads}"))
    })
}

fn closes_idle_clients_and_no_others(bench: &mut Bench) -> Result<(), Fault> {
    const IDLE: Duration = Duration::from_secs(1);
    const LATEST: Duration = Duration::from_millis(1100);
    const PAUSE: Duration = Duration::from_millis(400);
    let server = echo_server(bench, &["--idle-timeout", "1"])?;

    let before = Instant::now();
    let mut silent = server.connect_as("A")?;
    silent.expect_eof_within(LATEST + SLACK)?;
    expect_not_before(IDLE, before, "a silent client to be left in peace")?;
    silent.close();

    let mut talker = server.connect_as("B")?;
    let mut lines = 0;
    while lines < 8 {
        let before = Instant::now();
        talker.expect_nothing_for(PAUSE)?;
        if before.elapsed() > IDLE - PAUSE / 2 {
            // The machine kept us for so long that the server may rightly lose its patience.
            talker = server.connect_as("B")?;
            lines = 0;
        }
        expect_echo(bench, &mut talker)?;
        lines += 1;
    }
    // And now it says nothing more.
    talker.expect_eof_within(LATEST + SLACK)
}

fn expect_not_before(time: Duration, since: Instant, what: &str) -> Result<(), Fault> {
    let took = since.elapsed();
    ensure(took >= time, || {
        Fault::expected(format!("{what} for {time:?}")).got(format!("{:.2} s", took.as_secs_f64()))
    })
}

fn shuts_down_in_order(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = echo_server(bench, &["--grace", "30"])?;
    let mut idle = server.connect_as("A")?;
    expect_echo(bench, &mut idle)?;
    let (mut busy, half) = signal_within_a_line(bench, &mut server, Signal::SIGINT)?;
    idle.expect_eof()?;
    idle.close();
    expect_last_answer(&mut busy, &half)?;
    busy.close();
    // Nobody is there any more: no reason to wait for the rest of the grace.
    server.program().expect_exit(0)?;
    last_metrics(&mut server)?;

    const GRACE: Duration = Duration::from_millis(500);
    let mut server = echo_server(bench, &["--grace", "0.5"])?;
    let before = Instant::now();
    let (_never_ends_its_line, _) = signal_within_a_line(bench, &mut server, Signal::SIGINT)?;
    server.program().expect_exit(0)?;
    expect_not_before(GRACE, before, "a line that has begun to be waited for")?;
    last_metrics(&mut server).map(drop)
}

fn counts_what_it_did(bench: &mut Bench) -> Result<(), Fault> {
    counts_a_load(bench)?;
    counts_more_clients_than_descriptors(bench)
}

fn counts_a_load(bench: &mut Bench) -> Result<(), Fault> {
    const PREFIX: u64 = 6;
    let mut server = echo_server(bench, &["--metrics-interval", "0.1"])?;
    let (mut requests, mut bytes_in, mut bytes_out) = (0, 0, 0);
    let clients = bench.random().u64(3..=6);
    let mut connected = Vec::new();
    for _ in 0..clients {
        let mut client = server.connect()?;
        for _ in 0..bench.random().u64(1..=5) {
            let length = bench.random().usize(1..=300);
            let line = bench.random_word(length);
            client.send(format!("{line}\n").as_bytes())?;
            client.expect_line(&format!("ECHO: {line}"))?;
            requests += 1;
            bytes_in += length as u64 + 1;
            bytes_out += PREFIX + length as u64 + 1;
        }
        connected.push(client);
    }
    let all_here = format!("active={clients} ");
    server.program().wait_for_stderr(&format!("METRICS with {all_here}"), |line| {
        (line.contains("METRICS ") && line.contains(&all_here)).then_some(())
    })?;

    // Three ways to leave: with a last line that has no newline, with half a line and a reset, and without a word.
    let mut polite = connected.pop().expect("there are three");
    polite.send(b"bye")?;
    polite.fin()?;
    polite.expect_line("ECHO: bye")?;
    polite.expect_eof()?;
    (requests, bytes_in, bytes_out) = (requests + 1, bytes_in + 3, bytes_out + PREFIX + 4);
    let mut rude = connected.pop().expect("there are two");
    rude.send_and_wait_until_read(b"Hel")?;
    rude.reset()?;
    bytes_in += 3;
    drop(connected);
    let all_gone = format!("active=0 total={clients} ");
    server.program().wait_for_stderr(&format!("METRICS with {all_gone}"), |line| {
        (line.contains("METRICS ") && line.contains(&all_gone)).then_some(())
    })?;
    expect_metrics_at_the_end(server, [requests, 0, clients, bytes_in, bytes_out, 0])
}

fn counts_more_clients_than_descriptors(bench: &mut Bench) -> Result<(), Fault> {
    const DESCRIPTORS: u64 = 64;
    bench.limit_open_files(DESCRIPTORS);
    let mut server = echo_server(bench, &[])?;
    let mut served = Vec::new();
    let (mut total, mut rejected) = (0, 0);
    // As many as there are descriptors: some of those are the server's own.
    for _ in 0..DESCRIPTORS {
        total += 1;
        match speak(bench, &server)?.served_or_rejected()? {
            Some(_) if rejected > 0 => {
                return Err(Fault::expected("nobody to be served while the server is full").got("an echo"));
            }
            Some(client) => served.push(client),
            None => rejected += 1,
        }
    }
    ensure(!served.is_empty() && rejected > 0, || {
        Fault::expected(format!("some of {DESCRIPTORS} clients to be served, and some rejected"))
            .got(format!("{} served, {rejected} rejected", served.len()))
    })?;
    // The next has spoken before the server looks: its word lies there unread when it is told to go.
    server.program().pause()?;
    let early = speak(bench, &server)?;
    server.program().resume()?;
    (total, rejected) = (total + 1, rejected + 1);
    ensure(early.served_or_rejected()?.is_none(), || {
        Fault::expected("nobody to be served while the server is full").got("an echo")
    })?;

    let mut requests = served.len() as u64;
    served.pop().expect("one was served").close();
    let freed = Deadline::after(PATIENCE).try_poll(|| {
        total += 1;
        let client = speak(bench, &server)?.served_or_rejected()?;
        rejected += u64::from(client.is_none());
        Ok::<_, Fault>(client)
    })?;
    let freed = freed.ok_or_else(|| {
        Fault::expected("the next client to be served when one has left").but_waited("all were rejected")
    })?;
    served.push(freed);
    requests += 1;

    let bytes = requests * (WORD as u64 + 1);
    drop(served);
    expect_metrics_at_the_end(server, [requests, 0, total, bytes, bytes + 6 * requests, rejected])
}

/// The length of the word that a client says.
const WORD: usize = 8;

/// A client that has said a word.
struct Speaker {
    client: Connection,
    word: String,
}

/// Opens a connection and says something at once.
fn speak(bench: &mut Bench, server: &Server) -> Result<Speaker, Fault> {
    let mut client = server.connect()?;
    let word = bench.random_word(WORD);
    client.send(format!("{word}\n").as_bytes())?;
    Ok(Speaker { client, word })
}

impl Speaker {
    /// It is answered, or told that the server is full, and closed in order.
    fn served_or_rejected(self) -> Result<Option<Connection>, Fault> {
        const FULL: &[u8] = b"Server is full. Try again later.\n";
        let Speaker { mut client, word } = self;
        let line = client.line()?;
        if line == format!("ECHO: {word}\n").as_bytes() {
            return Ok(Some(client));
        }
        ensure(line == FULL, || {
            Fault::expected(format!("an echo, or \"{}\"", wire::bytes::escape(FULL)))
                .got(wire::bytes::escape(&line))
        })?;
        client.expect_eof()?;
        client.close();
        Ok(None)
    }
}

fn expect_metrics_at_the_end(mut server: Server, expected: [u64; 6]) -> Result<(), Fault> {
    server.program().signal(Signal::SIGINT)?;
    server.program().expect_exit(0)?;
    let got = last_metrics(&mut server)?;
    ensure(got == expected, || {
        let differ = (0..got.len()).filter(|&at| got[at] != expected[at]);
        let (expected, got): (Vec<_>, Vec<_>) = differ
            .map(|at| (format!("{}={}", NAMES[at], expected[at]), format!("{}={}", NAMES[at], got[at])))
            .unzip();
        Fault::expected(format!("{} in the last METRICS", expected.join(" "))).got(got.join(" "))
    })
}
