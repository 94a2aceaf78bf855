//! Lab 06, hidden half: how a stream ends. A file is sent and received, and a server counts words.

use std::time::{Duration, Instant};

use checks::labs::tcp_shutdown::{expect_content, expect_counts, receiver, word_counter};
use checks::{Bench, Check, Fault, Lab, PATIENCE, Probe, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::tcp_shutdown::LAB.with(include_str!("../../signatures/tcp-shutdown.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("tells-a-reset-from-an-end", 10, tells_a_reset_from_an_end)
        .stage(2)
        .says("after RST `recv` says `connection reset after N bytes` and ends with exit code 6, and the word counter serves the next client")
        .reads("Two ways to end")
        .hints([
            "Which of the two ends means that you have everything?",
            "FIN is `Ok(0)`, RST is the error `ConnectionReset`: after it nobody knows how much is missing. Book: \"Two ways to end\".",
            "Err(error) if error.kind() == ConnectionReset => return Err(XferError::Reset { after: bytes so far })",
        ]),
    check("joins-words-sent-in-pieces", 6, joins_words_sent_in_pieces)
        .stage(3)
        .says("a word that arrives in three reads is one word")
        .reads("Build it, stage 3: the word counter")
        .hints([
            "What does your counter know of the piece before this one?",
            "A piece may end in the middle of a word. Remember in `Counts` whether it did. Book: \"Build it, stage 3: the word counter\".",
            "a field in_word: bool, which lives on from one `feed` to the next",
        ]),
    check("closes-when-it-has-answered", 8, closes_when_it_has_answered)
        .stage(3)
        .says("the word counter's FIN follows its answer at once, and `drain_close` half-closes, discards what was unread, and waits neither for ever nor for a flood")
        .reads("Build it, stage 2: send and receive")
        .hints([
            "Does anything else still hold the stream when you drop it? And what lies unread in it?",
            "FIN is sent by `shutdown`, or when the last `TcpStream` for the socket is gone, a clone included. What was not read makes it an RST. Book: \"Build it, stage 2: send and receive\".",
            "s.shutdown(Write)?; until the deadline and max_bytes: set_read_timeout(what is left); read; Ok(0) or a timeout => break",
        ]),
    check("leaves-a-silent-client", 6, leaves_a_silent_client)
        .stage(3)
        .says("a client that is silent for `--idle-timeout` is closed, logged as idle, and leaves no descriptor; the next one is served")
        .reads("Half-open: the peer that is not there")
        .hints([
            "How long does `read` wait for a peer whose plug was pulled?",
            "For ever. `set_read_timeout` gives it a limit, and after it `read` fails with `WouldBlock`. Book: \"Half-open: the peer that is not there\".",
            "stream.set_read_timeout(Some(idle))?; an error that is_timeout => XferError::Idle",
        ]),
    check("counts-bytes-that-are-not-text", 4, counts_bytes_that_are_not_text)
        .stage(3)
        .says("bytes that are no UTF-8 are counted like others, and a last line needs no newline")
        .reads("Build it, stage 3: the word counter")
        .hints([
            "Does `lines()` or a `String` stand anywhere between the socket and your counter?",
            "Both refuse bytes that are no UTF-8. You need neither. Book: \"Build it, stage 3: the word counter\".",
            "for &byte in piece { … }",
        ]),
    check("client-survives-an-early-answer", 6, client_survives_an_early_answer)
        .stage(4)
        .says("a server that answers and closes while `wc-client` is still sending makes it print the answer, or end with exit code 6")
        .reads("What could go wrong")
        .hints([
            "Can a write fail?",
            "After the server's RST it fails with `ConnectionReset` or `BrokenPipe`. That is an error like another; a panic is not. Book: \"What could go wrong\".",
            "copy_stream(…).map_err(|error| XferError::Reset …)?",
        ]),
];

fn tells_a_reset_from_an_end(bench: &mut Bench) -> Result<(), Fault> {
    let length = bench.random().usize(1_000..9_000);
    let bytes = bench.random_bytes(length);
    let mut receiver = receiver(bench, "received")?;
    let mut sender = receiver.connect_as("A")?;
    sender.send_and_wait_until_read(&bytes)?;
    sender.reset()?;
    let text = format!("connection reset after {length} bytes");
    receiver
        .program()
        .wait_for_stderr(&format!("`… {text}`"), |line| line.contains(&text).then_some(()))?;
    receiver.program().expect_exit(6)?;
    // What had come is there: it may be worth something to somebody who knows that it is not all.
    expect_content(bench, "received", &bytes)?;

    let mut counter = word_counter(bench)?;
    let mut rude = counter.connect_as("B")?;
    let client = rude.local_addr().to_string();
    rude.send_and_wait_until_read(b"one two\n")?;
    rude.reset()?;
    let text = "connection reset after 8 bytes";
    counter.program().wait_for_stderr(&format!("`… {client} … {text}`"), |line| {
        (line.contains(text) && line.contains(&client)).then_some(())
    })?;
    expect_counts(&mut counter.connect_as("C")?, b"three\n", "1 1 6")
}

fn joins_words_sent_in_pieces(bench: &mut Bench) -> Result<(), Fault> {
    let server = word_counter(bench)?;
    let mut client = server.connect()?;
    for piece in ["hel", "lo wor", "ld"] {
        client.send_and_wait_until_read(piece.as_bytes())?;
        client.expect_silence()?;
    }
    expect_counts(&mut client, b"", "0 2 11")
}

fn closes_when_it_has_answered(bench: &mut Bench) -> Result<(), Fault> {
    let server = word_counter(bench)?;
    let mut client = server.connect()?;
    client.send(b"one\n")?;
    client.fin()?;
    client.expect_line("1 1 4")?;
    client.expect_eof_within(Duration::from_secs(1))?;
    client.close();

    let mut probe = bench.probe()?;
    // The time is long enough to see whether it was waited for although the peer had ended.
    let took = expect_closing(&mut probe, "5000 1000000 4000 ends", "discarded=5000 peer=FIN")?;
    ensure(took < Duration::from_secs(4), || {
        Fault::expected("`drain_close` to return when the peer has ended").got(format!("it took {took:?}"))
    })?;
    for (peer, answer) in [("stays", "ok discarded=0 peer=FIN"), ("drips", "ok discarded=")] {
        let start = Instant::now();
        let got = probe.ask(&format!("drain_close 0 1000000 300 {peer}"))?;
        let took = start.elapsed();
        ensure(got.starts_with(answer) && took >= Duration::from_millis(300), || {
            Fault::expected(format!("`{answer}…` after 300 ms")).got(format!("`{got}` after {took:?}"))
        })?;
    }
    let got = probe.ask("drain_close 10 100000 8000 floods")?;
    let discarded: Option<u64> =
        got.strip_prefix("ok discarded=").and_then(|rest| rest.strip_suffix(" peer=FIN")?.parse().ok());
    // As much more as one read may bring.
    ensure(discarded.is_some_and(|bytes| (100_000..200_000).contains(&bytes)), || {
        Fault::expected("`drain_close` to leave a flood after 100000 bytes, or a read more").got(got)
    })
}

/// Asks the probe to close, and returns how long it took.
fn expect_closing(probe: &mut Probe, how: &str, answer: &str) -> Result<Duration, Fault> {
    let start = Instant::now();
    probe.expect(&format!("drain_close {how}"), &format!("ok {answer}"))?;
    Ok(start.elapsed())
}

fn leaves_a_silent_client(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = bench.serve("tcp-shutdown", ["wc-server", "-p", "0", "--idle-timeout", "1"])?;
    // One client first: what the server opens once and keeps is no leak.
    expect_counts(&mut server.connect_as("A")?, b"one\n", "1 1 4")?;
    server.program().wait_until_asleep()?;
    let baseline = server.facts().descriptors()?;

    let start = Instant::now();
    let mut silent = server.connect_as("B")?;
    silent.send_and_wait_until_read(b"half a li")?;
    silent.expect_eof()?;
    let after = start.elapsed();
    ensure(after >= Duration::from_secs(1), || {
        Fault::expected("the server to wait for 1 s").got(format!("it closed after {after:?}"))
    })?;
    let client = silent.local_addr().to_string();
    server.program().wait_for_stderr(&format!("`… {client} … idle …`"), |line| {
        (line.contains("idle") && line.contains(&client)).then_some(())
    })?;
    expect_counts(&mut server.connect_as("C")?, b"two\n", "1 1 4")?;
    // The silent client is still there.
    server.expect_descriptors_back_to(baseline)
}

fn counts_bytes_that_are_not_text(bench: &mut Bench) -> Result<(), Fault> {
    let server = word_counter(bench)?;
    let word = bench.random_word(3);
    let text = [b"\xff\xfe\x80 \xe1\xba\n", word.as_bytes(), b"\r\n\xc3(\x00\x0b\x0cend"].concat();
    expect_counts(&mut server.connect()?, &text, "2 5 20")
}

fn client_survives_an_early_answer(bench: &mut Bench) -> Result<(), Fault> {
    let text = bench.random_bytes(16 << 20);
    let file = bench.file("text", &text)?;
    let listener = bench.listen()?;
    let client = bench.start("tcp-shutdown", ["wc-client", &listener.address().to_string(), &file])?;
    let mut server = listener.accept(client.pid())?;
    server.take(1_000)?;
    let answer = format!("{} 2 3\n", bench.random().u32(1..99));
    server.send(answer.as_bytes())?;
    // What lies unread makes this a reset.
    server.close();
    let ended = bench.end_of(client, PATIENCE * 2)?;
    let code = if ended.stdout_text() == answer { 0 } else { 6 };
    ended.code(code)?;
    Ok(())
}
