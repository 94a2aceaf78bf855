//! Lab 05, hidden half: a server and a client that can block each other for ever, and two cures.

use std::time::{Duration, Instant};

use checks::labs::tcp_deadlock::{SMALL, STRATEGIES, client_of, expect_all, server, text};
use checks::{Bench, Check, Connection, Fault, Lab, PATIENCE, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::tcp_deadlock::LAB.with(include_str!("../../signatures/tcp-deadlock.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("leaves-alone-what-is-no-ascii-letter", 6, leaves_alone_what_is_no_ascii_letter)
        .stage(1)
        .says("only ASCII letters change; all other bytes, also those of `ß`, come back as they were, and as many")
        .reads("What could go wrong")
        .hints([
            "How long is `ß` in capitals?",
            "Two letters, `SS`. A server that returns byte for byte can't know about letters of several bytes. Book: \"What could go wrong\".",
            "buffer[..n].make_ascii_uppercase()",
        ]),
    check("keeps-nothing-in-memory", 10, keeps_nothing_in_memory)
        .stage(1)
        .says("a client that sends 64 MiB and reads nothing does not make the server grow by more than 4 MiB")
        .reads("What could go wrong")
        .hints([
            "Where are the bytes that nobody takes from you?",
            "If you keep them, you need memory for all that anybody sends. A server that returns what it has before it reads on makes the client wait. Book: \"What could go wrong\".",
            "one buffer of 1,024 bytes; write_all before the next read",
        ]),
    check("client-keeps-nothing-in-memory", 6, client_keeps_nothing_in_memory)
        .stage(5)
        .says("64,000,000 bytes pass through the client, in threads or without, and it does not grow by more than 8 MiB")
        .reads("What could go wrong")
        .hints([
            "What do you still need of a reply that you have looked at?",
            "Its number of bytes. Compare each piece with what it must be, and forget it. Book: \"What could go wrong\".",
            "incoming.take(&buffer[..n])?; no Vec that grows",
        ]),
    check("looks-at-every-byte", 6, looks_at_every_byte)
        .stage(5)
        .says("if one byte of the reply is another than it must be, the client ends with exit code 6")
        .reads("The contract")
        .hints([
            "Is a reply right if its length is?",
            "Compare each byte with what it must be at its place. Pieces of the reply begin anywhere in the text. Book: \"The contract\".",
            "bytes == data::expected(self.received, bytes.len()), else Err(DeadlockError::Wrong { position })",
        ]),
    check("still-listens-when-it-has-finished", 6, still_listens_when_it_has_finished)
        .stage(5)
        .says("the client finishes (FIN) after its last byte, and reads a reply that comes only then")
        .reads("What could go wrong")
        .hints([
            "Which of the two directions do you close when you have finished?",
            "`Shutdown::Both` also ends your own reading. Book: \"What could go wrong\".",
            "stream.shutdown(Shutdown::Write)?",
        ]),
    check("ends-when-the-server-gives-up", 6, ends_when_the_server_gives_up)
        .stage(5)
        .says("a server that stops half-way ends the client with exit code 6, and one that does nothing with exit code 5, whatever the strategy")
        .reads("What could go wrong")
        .hints([
            "The receiver has failed. Who tells the sender, which sits in a write?",
            "Nobody, unless you do: shut the connection down, and the blocked write returns. Book: \"What could go wrong\".",
            "if received.is_err() { let _ = stream.shutdown(Shutdown::Both); } before sender.join()",
        ]),
];

fn leaves_alone_what_is_no_ascii_letter(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, &[])?;
    let letters = "straße, café, ǆ, ﬁ".as_bytes().to_vec();
    for message in [letters, b"\xff\xfe z \xdf".to_vec(), bench.random_bytes(100_000)] {
        let mut client = server.connect()?;
        client.send(&message)?;
        client.fin()?;
        client.expect_bytes(&message.to_ascii_uppercase())?;
        client.expect_eof()?;
    }
    Ok(())
}

fn keeps_nothing_in_memory(bench: &mut Bench) -> Result<(), Fault> {
    const PIECE: usize = 1 << 16;
    const PIECES: usize = (64 << 20) / PIECE;
    const MOST: u64 = 4 << 20;
    let server = server(bench, &[])?;
    let mut first = server.connect_as("A")?;
    first.send(b"abc")?;
    first.expect_bytes(b"ABC")?;
    first.fin()?;
    first.expect_eof()?;
    drop(first);

    let before = server.facts().resident()?;
    let mut greedy = server.connect_as("B")?;
    let piece = bench.random_word(PIECE);
    greedy.send_until_stalled((0..PIECES).map(|_| piece.as_bytes()))?;
    server.facts().expect_growth_within(before, MOST)
}

fn client_keeps_nothing_in_memory(bench: &mut Bench) -> Result<(), Fault> {
    const BYTES: u64 = 64_000_000;
    const MOST: u64 = 8 << 20;
    let listener = bench.listen()?;
    for strategy in ["threads", "nonblocking"] {
        // Patient: on a busy machine we may be the ones who need a while for so much.
        let (client, mut server) =
            client_of(bench, &listener, BYTES, &["--strategy", strategy, "--stall-timeout", "60"])?;
        let before = client.facts().resident()?;
        capitalize(&mut server, BYTES)?;
        server.wait_until_read()?;
        // Now it has all but the end.
        client.facts().expect_growth_within(before, MOST)?;
        server.fin()?;
        expect_all(bench, client, BYTES, PATIENCE)?;
    }
    Ok(())
}

/// Plays the server: returns so many bytes in upper case as they come, and expects the client to have finished then.
fn capitalize(server: &mut Connection, bytes: u64) -> Result<(), Fault> {
    const PIECE: usize = 256 << 10;
    let mut count = 0;
    while count < bytes {
        server.wait_for_anything(PATIENCE)?;
        let came = server.arrived().len();
        ensure(came > 0, || Fault::expected(format!("{bytes} bytes")).got(format!("only {count} of them")))?;
        let piece = server.take(came.min(PIECE))?;
        server.send(&piece.to_ascii_uppercase())?;
        count += piece.len() as u64;
    }
    server.expect_eof()
}

fn looks_at_every_byte(bench: &mut Bench) -> Result<(), Fault> {
    const BYTES: u64 = 1600;
    let listener = bench.listen()?;
    for strategy in STRATEGIES {
        let (client, mut server) = client_of(bench, &listener, BYTES, &["--strategy", strategy])?;
        server.expect_bytes(&text(BYTES))?;
        let mut reply = text(BYTES).to_ascii_uppercase();
        reply[bench.random().usize(..BYTES as usize)] ^= 1 << bench.random().u32(..8);
        server.send(&reply)?;
        server.fin()?;
        bench.end_of(client, PATIENCE)?.code(6)?;
    }
    Ok(())
}

fn still_listens_when_it_has_finished(bench: &mut Bench) -> Result<(), Fault> {
    const BYTES: u64 = 4800;
    let listener = bench.listen()?;
    for strategy in STRATEGIES {
        let (client, mut server) = client_of(bench, &listener, BYTES, &["--strategy", strategy])?;
        server.expect_bytes(&text(BYTES))?;
        server.expect_eof()?;
        server.send(&text(BYTES).to_ascii_uppercase())?;
        server.fin()?;
        expect_all(bench, client, BYTES, PATIENCE)?;
    }
    Ok(())
}

fn ends_when_the_server_gives_up(bench: &mut Bench) -> Result<(), Fault> {
    const BYTES: u64 = 16_000_000;
    const LIMIT: Duration = Duration::from_millis(500);
    let listener = bench.listen()?;
    let flags = |strategy, limit| [&SMALL[..], &["--strategy", strategy, "--stall-timeout", limit]].concat();

    for strategy in ["threads", "nonblocking"] {
        let (client, mut server) = client_of(bench, &listener, BYTES, &flags(strategy, "60"))?;
        server.take(1600)?;
        server.send(&text(1600).to_ascii_uppercase())?;
        // It has finished, and reads no more: there will never be room again.
        server.fin()?;
        bench.end_of(client, PATIENCE)?.code(6)?;
    }
    for strategy in STRATEGIES {
        let (client, mut server) = client_of(bench, &listener, BYTES, &flags(strategy, "60"))?;
        server.take(1600)?;
        server.reset()?;
        bench.end_of(client, PATIENCE)?.code(6)?;
    }
    for strategy in ["threads", "nonblocking"] {
        let start = Instant::now();
        let (client, _silent) = client_of(bench, &listener, BYTES, &flags(strategy, "0.5"))?;
        bench.end_of(client, PATIENCE)?.code(5)?;
        let waited = start.elapsed();
        ensure(waited >= LIMIT, || {
            Fault::expected(format!("the client to wait {LIMIT:?} for something to move"))
                .got(format!("its end after {waited:?}"))
        })?;
    }
    Ok(())
}
