//! Lab 25, hidden half: ten thousand connections.

use std::time::{Duration, Instant};

use checks::labs::c10k::{LONG, c10k_server, expect_echoes, start};
use checks::{Bench, Check, Deadline, Fault, Lab, Multitude, PATIENCE, SLACK, Server, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab = checks::labs::c10k::LAB.with(include_str!("../../signatures/c10k.toml"), CHECKS);

const MIB: u64 = 1 << 20;

const CHECKS: &[Check] = &[
    check("survives-the-end-of-its-descriptors", 10, survives_the_end_of_its_descriptors)
        .stage(1)
        .says("with 256 descriptors, soft and hard, and 400 clients it goes on and uses less than half a processor; when they have left, the next one is served")
        .reads("What could go wrong")
        .hints([
            "`accept` has failed with *too many open files*. What has changed when you call it again at once?",
            "Nothing: the client is still in the queue, and no descriptor has become free. An accept that fails must be followed by a rest, and be no reason to end. Book: \"What could go wrong\".",
            "Err(error) => { log once; sleep(REST).await }",
        ]),
    check("survives-clients-that-are-gone-before-accept", 4, survives_clients_that_are_gone_before_accept)
        .stage(1)
        .says("500 clients that come and reset while the server is stopped do it no harm: the next one is served")
        .reads("What could go wrong")
        .hints([
            "What can you ask about a client that `accept` has just returned, if it is gone already?",
            "On Linux such an accept succeeds, and `peer_addr()` or a socket option on it may fail. That is this client's trouble, not the loop's. Book: \"What could go wrong\".",
            "let stream = next_client(&listener).await; tokio::spawn(handle(stream, …));   // no `?` in this loop",
        ]),
    check("one-loud-client-holds-up-nobody", 6, one_loud_client_holds_up_nobody)
        .stage(2)
        .says("on one worker thread, with one client that sends lines as fast as it can, and then doesn't read, 100 others are answered within 250 ms, each time")
        .reads("What could go wrong")
        .hints([
            "What does your only thread do between two polls, and what does a task hold while it waits in a write?",
            "A call that blocks stops all tasks of its thread. A lock guard that lives across an `.await` is kept for as long as that takes. Book: \"What could go wrong\".",
            "no std::thread::sleep, no calculation, no lock in converse: read a piece, write its answers, again",
        ]),
    check("takes-two-thousand-at-once", 4, takes_two_thousand_at_once)
        .stage(3)
        .says("2,000 clients that come while the server is stopped all find room in its queue, and are all answered when it goes on")
        .reads("Build it, stage 3: one port, several processes")
        .hints([
            "Where is a connection before `accept` has returned it? How many have room there?",
            "The kernel makes connections for a listener by itself, as many as its backlog says; for more it throws the SYN away, and the client tries again a second later. Book: \"Build it, stage 3: one port, several processes\".",
            "socket.listen(backlog.into())   // not TcpListener::bind, which takes 128",
        ]),
    check("cuts-off-who-does-not-read", 8, cuts_off_who_does_not_read)
        .stage(4)
        .says("with `--write-timeout 1` a client that sends and never reads is cut off after 1 to 2 seconds, its descriptor is free then, and it has cost at most 16 MiB")
        .reads("Build it, stage 4: deadlines and the drain")
        .hints([
            "Your task waits in a write. For how long?",
            "A client that doesn't read stops the write, and no line of it will ever move the idle deadline: a write needs a limit of its own. Book: \"Build it, stage 4: deadlines and the drain\".",
            "match timeout(cfg.write_timeout, stream.write_all(&bytes)).await { Ok(written) => written?, Err(_) => return Stuck }",
        ]),
    check("ends-half-lines-and-serves-the-others", 8, ends_half_lines_and_serves_the_others)
        .stage(4)
        .says("1,000 clients send a byte now and then, and never a newline; an honest one is answered within half a second meanwhile, and with `--idle-timeout 1` they are closed after 1 to 2 seconds")
        .reads("What could go wrong")
        .hints([
            "A thousand clients send a byte every 0.3 seconds. Which of your timers ever runs out?",
            "A timeout around each read begins anew with every byte. The deadline moves with complete lines only. Book: \"What could go wrong\".",
            "if answers.lines > 0 { idle.as_mut().reset(Instant::now() + cfg.idle_timeout) }",
        ]),
];

fn survives_the_end_of_its_descriptors(bench: &mut Bench) -> Result<(), Fault> {
    const DESCRIPTORS: u64 = 256;
    const CLIENTS: usize = 400;
    const LOOK: Duration = Duration::from_millis(600);
    bench.limit_open_files(DESCRIPTORS);
    let mut server = start(bench, &[])?;
    let mut clients = server.multitude()?;
    clients.connect_at_once(CLIENTS, PATIENCE)?;

    // The deadline comes later by what the machine keeps the server waiting: who spins reaches it on a busy one, too.
    let before = server.facts().cpu()?;
    let spent = Deadline::after(LOOK).try_poll(|| {
        let used = server.facts().cpu()?.saturating_sub(before);
        Ok::<_, Fault>((used >= LOOK / 2).then_some(used))
    })?;
    if let Some(used) = spent {
        return Err(Fault::expected("less than half a processor while no descriptor is free")
            .got(format!("{used:?} of CPU time used in {LOOK:?}")));
    }
    server.program().expect_running()?;
    clients.reset()?;
    expect_next_is_served(bench, &server)
}

/// Expects that somebody who comes is served before long, and not told that the server is full.
fn expect_next_is_served(bench: &mut Bench, server: &Server) -> Result<(), Fault> {
    let word = bench.random_word(8);
    let served = Deadline::after(PATIENCE).try_poll(|| {
        let mut client = server.connect()?;
        client.send(format!("{word}\n").as_bytes())?;
        let line = client.line()?;
        Ok::<_, Fault>((line == format!("ECHO: {word}\n").as_bytes()).then_some(()))
    })?;
    served.ok_or_else(|| {
        Fault::expected("the next client to be served").but_waited("it was told something else")
    })
}

fn cuts_off_who_does_not_read(bench: &mut Bench) -> Result<(), Fault> {
    const WRITE: Duration = Duration::from_secs(1);
    const LINE: usize = 1024;
    const LINES: usize = 64 * 1024;
    let server = c10k_server(bench, &["--write-timeout", "1"])?;
    let descriptors = server.facts().descriptors()?;
    let memory = server.facts().resident()?;
    let mut deaf = server.connect_with_small_buffer()?;
    let line = bench.random_word(LINE - 1) + "\n";
    let before = Instant::now();
    let latest = Deadline::after(WRITE * 2 + SLACK);
    let piece = line.repeat(64);
    let sent = deaf.send_until_stalled(std::iter::repeat_n(piece.as_bytes(), LINES / 64))?;
    ensure(sent < LINE * LINES, || {
        Fault::expected("the program to stop reading from a client that doesn't read").got("it read 64 MiB")
    })?;

    let held =
        latest.try_poll(|| Ok::<_, Fault>((server.facts().descriptors()? <= descriptors).then_some(())))?;
    held.ok_or_else(|| {
        Fault::expected(format!("the descriptor of a client that doesn't read to be free after {WRITE:?}"))
            .but_waited("it is still open")
    })?;
    let took = before.elapsed();
    ensure(took >= WRITE, || {
        Fault::expected(format!("a client that doesn't read to have {WRITE:?}"))
            .got(format!("its descriptor was closed after {:.2} s", took.as_secs_f64()))
    })?;
    server.facts().expect_growth_within(memory, 16 * MIB)
}

fn ends_half_lines_and_serves_the_others(bench: &mut Bench) -> Result<(), Fault> {
    const HALVES: usize = 1000;
    const IDLE: Duration = Duration::from_secs(1);
    const DRIP: Duration = Duration::from_millis(300);
    const PROMPT: Duration = Duration::from_millis(500);
    ensure(Multitude::most() >= 1200, || Fault::skip("needs 1,200 descriptors (ulimit -Hn)"))?;
    let server = c10k_server(bench, &["--idle-timeout", "1"])?;
    let mut honest = server.multitude()?;
    let mut slow = server.multitude()?;
    let before = Instant::now();
    slow.connect(HALVES)?;
    honest.connect(1)?;
    let latest = Deadline::after(IDLE * 2 + SLACK);
    // Who is closed doesn't hear of it at once: its next byte is answered by a reset.
    while slow.ended() < HALVES && !latest.expired() {
        slow.say(b"x")?;
        expect_echoes(bench, &mut honest, [0], PROMPT + SLACK)?;
        slow.listen_for(DRIP)?;
    }
    ensure(slow.ended() == HALVES, || {
        Fault::expected(format!("{HALVES} clients that never complete a line to be closed after {IDLE:?}"))
            .but_waited(format!("{} are, after {:.1} s", slow.ended(), before.elapsed().as_secs_f64()))
    })?;
    let first = slow.first_end().map_or(Duration::ZERO, |end| end - before);
    ensure(first >= IDLE, || {
        Fault::expected(format!("each client to have {IDLE:?} for its line"))
            .got(format!("one was closed after {:.2} s", first.as_secs_f64()))
    })?;
    expect_echoes(bench, &mut honest, [0], PROMPT + SLACK)
}

fn one_loud_client_holds_up_nobody(bench: &mut Bench) -> Result<(), Fault> {
    const OTHERS: usize = 100;
    const ROUNDS: usize = 4;
    const LIMIT: Duration = Duration::from_millis(250);
    let server = c10k_server(bench, &["--worker-threads", "1"])?;
    let mut others = server.multitude()?;
    others.connect(OTHERS)?;
    expect_echoes(bench, &mut others, 0..OTHERS, LONG)?;

    let mut loud = server.connect_as("loud")?;
    let filler = bench.random_word(63) + "\n";
    for _ in 0..ROUNDS {
        // Its answers are taken while it sends more, and what is not taken yet keeps the server busy beside the others.
        loud.send(filler.repeat(4000).as_bytes())?;
        expect_echoes(bench, &mut others, 0..OTHERS, LIMIT + SLACK)?;
    }
    drop(loud);

    let mut stuck = server.connect_with_small_buffer()?;
    let piece = (bench.random_word(1023) + "\n").repeat(64);
    stuck.send_until_stalled(std::iter::repeat_n(piece.as_bytes(), 1024))?;
    for _ in 0..ROUNDS {
        expect_echoes(bench, &mut others, 0..OTHERS, LIMIT + SLACK)?;
    }
    Ok(())
}

fn takes_two_thousand_at_once(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 2000;
    /// Less than a client waits until it tries again.
    const LIMIT: Duration = Duration::from_millis(800);
    let somaxconn = somaxconn()?;
    ensure(somaxconn >= CLIENTS, || {
        Fault::skip(format!("a queue may hold {somaxconn} connections here (net.core.somaxconn)"))
    })?;
    let mut server = c10k_server(bench, &[])?;
    let mut clients = server.multitude()?;
    server.program().pause()?;
    let connected = clients.connect_at_once(CLIENTS, LIMIT)?;
    ensure(connected == CLIENTS, || {
        Fault::expected(format!("{CLIENTS} clients to be connected before one of them is accepted"))
            .got(format!("{connected}: for more the queue had no room"))
    })?;
    server.program().resume()?;
    expect_echoes(bench, &mut clients, 0..CLIENTS, LONG)
}

/// How long a queue may be, whatever a program asks for.
fn somaxconn() -> Result<usize, Fault> {
    let text = std::fs::read_to_string("/proc/sys/net/core/somaxconn")?;
    text.trim().parse().map_err(|_| Fault::infra(format!("bad somaxconn: {text}")))
}

fn survives_clients_that_are_gone_before_accept(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 500;
    let mut server = c10k_server(bench, &[])?;
    let mut clients = server.multitude()?;
    server.program().pause()?;
    clients.connect_at_once(CLIENTS, PATIENCE)?;
    clients.reset()?;
    server.program().resume()?;
    expect_next_is_served(bench, &server)?;
    server.program().expect_running()
}
