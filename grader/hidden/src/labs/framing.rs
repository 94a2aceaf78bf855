//! Lab 13, hidden half: length-prefixed messages.

use std::time::{Duration, Instant};

use checks::labs::framing::{expect_echo, frame, frame_server};
use checks::{Bench, Check, Connection, Fault, Lab, SLACK, check, ensure, hex};

/// The hidden half of the contract.
pub static LAB: Lab = checks::labs::framing::LAB.with(include_str!("../../signatures/framing.toml"), CHECKS);

const MIB: u64 = 1 << 20;

const CHECKS: &[Check] = &[
    check("refuses-a-huge-length-at-once", 10, refuses_a_huge_length_at_once)
        .stage(4)
        .says("a length over `--max-frame` gets the frame `ERR frame too large` and an orderly end, before any payload and at no cost in memory")
        .reads("What could go wrong")
        .hints([
            "A client announces 4 GiB and sends nothing more. What does your server do with that number?",
            "A length from the network is a claim: compare it with the limit before you wait for it or make room for it. And close by `drain_close`, or an RST may overtake your answer. Book: \"What could go wrong\".",
            "if length > max { return Err(TooLarge) }  …  Err(TooLarge) => write_frame(b\"ERR frame too large\"); drain_close(stream)",
        ]),
    check("survives-a-frame-that-ends-early", 6, survives_a_frame_that_ends_early)
        .stage(4)
        .says("a stream that ends inside a header or a payload is closed and logged with its address, and the next client is served")
        .reads("What could go wrong")
        .hints([
            "`read` returns 0: how do you know whether that is a farewell or an accident?",
            "The end of the stream is orderly only between two frames: what the decoder still holds tells. One client's accident is a line in the log, not the server's end. Book: \"What could go wrong\".",
            "Ok(0) => if pending is empty { Ok(None) } else if pending < 4 { Err(EndsInHeader) } else { Err(EndsInPayload) }",
        ]),
    check("replies-without-delay", 6, replies_without_delay)
        .stage(4)
        .says("half of sixty round trips take less than 20 ms")
        .reads("What could go wrong")
        .hints([
            "How many times does your code call `write` for one reply?",
            "Nagle's algorithm holds a small second segment back until the first is acknowledged, and the acknowledgement is delayed by up to 40 ms. Book: \"What could go wrong\".",
            "write_all(&encode(payload)?), not write_all(&header); write_all(payload)",
        ]),
    check("loses-no-byte-to-a-timeout", 8, loses_no_byte_to_a_timeout)
        .stage(4)
        .says("with `--tick 0.02` a frame that takes half a second to arrive is answered, and so is the next")
        .reads("What could go wrong")
        .hints([
            "Your read gives up after a tick. Where are the bytes that it had read by then?",
            "`read_exact` that fails has eaten an unspecified number of bytes. `read` either returns bytes or times out, never both. Book: \"What could go wrong\".",
            "match stream.read(&mut piece) { Ok(n) => decoder.push(&piece[..n]), Err(timeout) => look at the clock, go on }",
        ]),
    check(
        "closes-a-client-that-never-completes-a-frame",
        4,
        closes_a_client_that_never_completes_a_frame,
    )
    .stage(4)
    .says("with `--idle 1 --tick 0.1` a client that sends a byte now and then, and never a whole frame, is closed after 1 to 1.6 seconds")
    .reads("What could go wrong")
    .hints([
        "A client sends one byte every 0.3 seconds. Which of your timers ever runs out?",
        "A read timeout begins anew with every byte; a deadline does not move until a frame is complete. Book: \"What could go wrong\".",
        "deadline = now + idle, set anew after each whole frame; after every read and every tick: if now >= deadline { close }",
    ]),
    check("stops-reading-when-replies-are-not-taken", 6, stops_reading_when_replies_are_not_taken)
        .stage(4)
        .says("frames of 64 KiB from a client that reads nothing, a thousand if you take them, cost at most 16 MiB of memory, and all are answered once it reads")
        .reads("What could go wrong")
        .hints([
            "Your server can read faster than its client takes the replies. Where do they pile up?",
            "A blocked write is a message to the sender: a server that reads no more fills the buffers, and TCP stops the client. Book: \"What could go wrong\".",
            "loop { payload = read_frame()?; write_frame(payload)?; }   // one frame at a time, no queue, no second thread",
        ]),
];

fn refuses_a_huge_length_at_once(bench: &mut Bench) -> Result<(), Fault> {
    const MAX: usize = 1000;
    let server = frame_server(bench, &["--max-frame", &MAX.to_string()])?;
    let before = server.facts().resident()?;

    let mut liar = server.connect_as("A")?;
    liar.send(&[0xff; 4])?;
    expect_refusal(&mut liar)?;
    liar.close();

    // So much that some of it lies unread in the server's socket when the server has seen the header.
    let mut talker = server.connect_as("B")?;
    let mut much = frame(&bench.random_bytes(256 * 1024));
    much[..4].copy_from_slice(&(MAX as u32 + 1).to_be_bytes());
    talker.send(&much)?;
    expect_refusal(&mut talker)?;
    talker.close();
    server.facts().expect_growth_within(before, 4 * MIB)?;

    let mut honest = server.connect_as("C")?;
    let largest = frame(&bench.random_bytes(MAX));
    honest.send(&largest)?;
    honest.expect_bytes(&largest)
}

fn expect_refusal(client: &mut Connection) -> Result<(), Fault> {
    client.expect_bytes(&frame(b"ERR frame too large"))?;
    client.expect_eof()
}

fn survives_a_frame_that_ends_early(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = frame_server(bench, &[])?;
    let whole = frame(bench.random_word(5).as_bytes());
    for (kept, part) in [(2, "header"), (4 + 3, "payload")] {
        let mut client = server.connect()?;
        // A whole frame before it: the end comes early in the second.
        expect_echo(bench, &mut client)?;
        client.send_and_wait_until_read(&whole[..kept])?;
        client.fin()?;
        client.expect_eof()?;
        let address = client.local_addr().to_string();
        server.program().wait_for_stderr(
            &format!("a log line about {address} and the {part} in which its stream ended"),
            |line| (line.contains(&address) && line.contains(part)).then_some(()),
        )?;
    }
    expect_echo(bench, &mut server.connect()?)
}

fn replies_without_delay(bench: &mut Bench) -> Result<(), Fault> {
    const ROUNDS: usize = 60;
    const LIMIT: Duration = Duration::from_millis(20);
    let server = frame_server(bench, &[])?;
    let mut client = server.connect()?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        expect_echo(bench, &mut client)?;
        times.push(start.elapsed());
    }
    times.sort();
    let median = times[ROUNDS / 2];
    ensure(median < LIMIT, || {
        Fault::expected(format!("a median round trip of less than {LIMIT:?}"))
            .got(format!("{:.1} ms", median.as_secs_f64() * 1000.0))
    })
}

fn loses_no_byte_to_a_timeout(bench: &mut Bench) -> Result<(), Fault> {
    // Three ticks: a read that waits for the next byte times out in between, also on a busy machine.
    const PAUSE: Duration = Duration::from_millis(60);
    let server = frame_server(bench, &["--tick", "0.02"])?;
    let mut client = server.connect()?;
    let frame = frame(bench.random_word(6).as_bytes());
    let (last, first) = frame.split_last().expect("a frame has a header");
    for byte in first {
        client.send_and_wait_until_read(&[*byte])?;
        client.expect_nothing_for(PAUSE)?;
    }
    client.send(&[*last])?;
    client.expect_bytes(&frame)?;
    expect_echo(bench, &mut client)
}

fn closes_a_client_that_never_completes_a_frame(bench: &mut Bench) -> Result<(), Fault> {
    const IDLE: Duration = Duration::from_secs(1);
    const TICK: Duration = Duration::from_millis(100);
    let server = frame_server(bench, &["--idle", "1", "--tick", "0.1"])?;

    let connected = Instant::now();
    let mut client = server.connect_as("A")?;
    expect_end_in_time(&mut client, connected, IDLE, TICK)?;
    client.close();

    // Half of the time is gone when a whole frame comes: from there it begins anew.
    let mut client = server.connect_as("B")?;
    client.expect_nothing_for(IDLE / 2)?;
    let complete = Instant::now();
    expect_echo(bench, &mut client)?;
    expect_end_in_time(&mut client, complete, IDLE, TICK)
}

/// Sends a frame, a byte every 0.3 seconds, and expects the server to lose its patience with it.
fn expect_end_in_time(
    client: &mut Connection,
    since: Instant,
    idle: Duration,
    tick: Duration,
) -> Result<(), Fault> {
    let latest = idle + tick + SLACK;
    let expected =
        || Fault::expected(format!("the end of the stream (FIN) {idle:?} to {latest:?} after the start"));
    // The beginning of a frame, and enough of it for 2.7 seconds.
    for byte in &frame(&[b'.'; 20])[..9] {
        client.send(&[*byte])?;
        let Some(at) = client.wait_for_anything(Duration::from_millis(300))? else { continue };
        client.expect_eof()?;
        let took = at - since;
        return ensure((idle..=latest).contains(&took), || {
            expected().got(format!("it came after {:.2} s", took.as_secs_f64()))
        });
    }
    Err(expected()
        .but_waited(format!("the connection is still open after {:.2} s", since.elapsed().as_secs_f64())))
}

fn stops_reading_when_replies_are_not_taken(bench: &mut Bench) -> Result<(), Fault> {
    const FRAMES: u32 = 1000;
    let server = frame_server(bench, &[])?;
    let mut client = server.connect()?;
    expect_echo(bench, &mut client)?;
    let before = server.facts().resident()?;

    let mut one = frame(&bench.random_bytes(64 * 1024));
    let sent = client.send_until_stalled((0..FRAMES).map(|number| numbered(&mut one, number).to_vec()))?;
    server.facts().expect_growth_within(before, 16 * MIB)?;

    let begun = u32::try_from(sent.div_ceil(one.len())).expect("at most a thousand");
    let rest = begun as usize * one.len() - sent;
    let last = numbered(&mut one, begun - 1);
    client.send(&last[last.len() - rest..])?;
    client.fin()?;
    for number in 0..begun {
        let frame = numbered(&mut one, number);
        let reply = client.take(frame.len())?;
        ensure(reply == frame, || {
            Fault::expected(format!("frame {number} back, {}…", hex(&frame[..16])))
                .got(format!("{}…", hex(&reply[..16])))
        })?;
    }
    client.expect_eof()
}

/// The frame with that number at the beginning of its payload.
fn numbered(frame: &mut [u8], number: u32) -> &[u8] {
    frame[4..8].copy_from_slice(&number.to_be_bytes());
    frame
}
