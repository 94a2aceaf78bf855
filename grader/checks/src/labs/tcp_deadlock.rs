//! Lab 05: a server and a client that can block each other for ever, and two cures.

use std::time::{Duration, Instant};

use crate::{
    Bench, Check, Connection, Deadline, Ended, Fault, Lab, Listener, PATIENCE, Program, Server, check, ensure,
};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "tcp-deadlock",
    number: 5,
    title: "Two programs that wait for each other",
    signatures: include_str!("../../signatures/tcp-deadlock.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("returns-what-is-there", 4, returns_what_is_there)
        .stage(1)
        .says("the server returns `abc` as `ABC` although more could come, and closes when the client has finished")
        .reads("Build it, stage 1: the server")
        .hints([
            "Does the server have to wait for 16 bytes?",
            "A `read` returns what is there. The server returns it in capitals, and reads again, until a read of 0 bytes. Book: \"Build it, stage 1: the server\".",
            "loop { let n = stream.read(&mut buffer)?; if n == 0 { return Ok(count) } buffer[..n].make_ascii_uppercase(); stream.write_all(&buffer[..n])? }",
        ]),
    check("sends-a-little-and-receives-it", 10, sends_a_little_and_receives_it)
        .stage(2)
        .says("32 bytes go and 32 come back, and the client tells both numbers and the first words")
        .reads("Build it, stage 2: one after the other")
        .hints([
            "The client waits for the server's end. What does the server wait for?",
            "For the client's. Say that you have finished as soon as you have. Book: \"Build it, stage 2: one after the other\".",
            "write everything; stream.shutdown(Shutdown::Write)?; read until Ok(0)",
        ]),
    check("sends-whole-chunks", 6, sends_whole_chunks)
        .stage(2)
        .says("17 bytes become 32, without a number there are 16, and each chunk is `capitalize this!`")
        .reads("The contract")
        .hints([
            "Which multiple of 16 is meant by `17 bytes`?",
            "The next one, not the one before: the text is sent in whole chunks, and at least as much as was asked for. Book: \"The contract\".",
            "bytes.next_multiple_of(16); default_bytes() = 16, default_port() = 1060, default_limit() = 5.0",
        ]),
    check("notices-a-deadlock", 14, notices_a_deadlock)
        .stage(3)
        .says("when nothing moves any more the naive client says so and ends with exit code 5, and the server is there for the next")
        .reads("Build it, stage 3: no progress")
        .hints([
            "How long does `write` wait if nobody makes room?",
            "For ever. With a timeout it returns, and then somebody can look when anything last moved. And one client's end is not the server's. Book: \"Build it, stage 3: no progress\".",
            "stream.set_write_timeout(Some(limit))?; on WouldBlock: guard.check()?, which is an error when nothing has moved for the limit",
        ]),
    check("two-threads-do-not-deadlock", 14, two_threads_do_not_deadlock)
        .stage(4)
        .says("with `--strategy threads`, 16,000,000 bytes go and come back")
        .reads("Build it, stage 4: two threads")
        .hints([
            "Which of the two must already run while the other has not finished?",
            "The receiver, while the sender sends. To wait for the sender first is to send first. Book: \"Build it, stage 4: two threads\".",
            "thread::scope(|scope| { let sender = scope.spawn(|| send(…)); let received = receive(…); (sender.join(), received) })",
        ]),
    check("waits-only-when-nothing-is-possible", 12, waits_only_when_nothing_is_possible)
        .stage(5)
        .says("with `--strategy nonblocking`, 16,000,000 bytes go and come back, and while the server pauses the client uses no CPU time")
        .reads("Build it, stage 5: one thread that never blocks")
        .hints([
            "What does your loop do while nothing can be written and nothing read?",
            "`WouldBlock` is no error, but not a reason to ask again at once either: `wait_ready` sleeps until there is something to do. Book: \"Build it, stage 5: one thread that never blocks\".",
            "loop { let ready = wait_ready(&stream, interest, Some(guard.left()))?; if ready.writable { write a piece } if ready.readable { read a piece } }",
        ]),
];

/// What the client sends, again and again.
pub const CHUNK: &[u8; 16] = b"capitalize this!";

/// All strategies, by their names.
pub const STRATEGIES: [&str; 3] = ["naive", "threads", "nonblocking"];

/// Small buffers on both sides: with these, some ten kilobytes fill a connection on every machine.
pub const SMALL: [&str; 4] = ["--sndbuf", "8192", "--rcvbuf", "8192"];

/// Larger ones, for transfers that are not to take long, and still far smaller than what is sent.
const LARGE: [&str; 4] = ["--sndbuf", "65536", "--rcvbuf", "65536"];

/// Starts the server on a free port, with these flags.
pub fn server(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.serve("tcp-deadlock", [&["server", "--port", "0"], flags].concat())
}

/// Starts the client for a server on that port: how much, and with which flags.
pub fn client(bench: &mut Bench, port: &str, bytes: u64, flags: &[&str]) -> Result<Program, Fault> {
    let bytes = bytes.to_string();
    bench.start("tcp-deadlock", [&["client", "127.0.0.1", &bytes, "--port", port], flags].concat())
}

/// Starts the client for a server that the grader plays.
pub fn client_of(
    bench: &mut Bench,
    listener: &Listener,
    bytes: u64,
    flags: &[&str],
) -> Result<(Program, Connection), Fault> {
    let client = client(bench, &listener.port(), bytes, flags)?;
    let server = listener.accept(client.pid())?;
    Ok((client, server))
}

/// All that the client prints when so many bytes went and came.
pub fn printed(bytes: u64) -> String {
    format!(
        "Sending {bytes} bytes of data, in chunks of 16 bytes\n{bytes} bytes sent\n\
         The first data received says \"CAPITALIZE THIS!\"\n{bytes} bytes received\n"
    )
}

/// Waits for the client's end and expects all to have gone and come.
pub fn expect_all(bench: &mut Bench, client: Program, bytes: u64, limit: Duration) -> Result<Ended, Fault> {
    bench.end_of(client, limit)?.code(0)?.stdout_is(&printed(bytes))
}

/// The text of so many bytes, as it is sent.
pub fn text(bytes: u64) -> Vec<u8> {
    CHUNK.iter().copied().cycle().take(bytes as usize).collect()
}

fn returns_what_is_there(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, &[])?;
    let mut client = server.connect()?;
    client.send(b"abc")?;
    // More could come, and the server can't know that it doesn't.
    client.expect_bytes(b"ABC")?;
    client.expect_silence()?;
    let word = bench.random_word(7);
    client.send(word.as_bytes())?;
    client.fin()?;
    client.expect_bytes(word.to_ascii_uppercase().as_bytes())?;
    client.expect_eof()
}

fn sends_a_little_and_receives_it(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, &[])?;
    let port = server.address().port().to_string();
    for bytes in [32, 16 * bench.random().u64(3..=60)] {
        let client = client(bench, &port, bytes, &[])?;
        expect_all(bench, client, bytes, PATIENCE * 2)?;
    }
    Ok(())
}

fn sends_whole_chunks(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let odd = bench.random().u64(33..=47);
    for (asked, bytes) in [(Some(17), 32), (Some(odd), 48), (Some(64), 64), (None, 16)] {
        let asked = asked.map(|asked: u64| asked.to_string());
        let port = listener.port();
        let args = ["client", "127.0.0.1"].into_iter().chain(asked.as_deref()).chain(["--port", &port]);
        let client = bench.start("tcp-deadlock", args)?;
        let mut server = listener.accept(client.pid())?;
        server.expect_bytes(&text(bytes))?;
        server.send(&text(bytes).to_ascii_uppercase())?;
        server.fin()?;
        expect_all(bench, client, bytes, PATIENCE)?;
        let (more, _) = server.read_to_end(PATIENCE)?;
        ensure(more.is_empty(), || {
            Fault::expected(format!("{bytes} bytes and no more")).got(wire::bytes::escape(&more))
        })?;
    }
    for (role, default) in [("server", "1060"), ("client", "1060"), ("client", "16"), ("client", "5")] {
        bench
            .run("tcp-deadlock", [role, "--help"])?
            .code(0)?
            .stdout_contains(&format!("[default: {default}]"))?;
    }
    Ok(())
}

fn notices_a_deadlock(bench: &mut Bench) -> Result<(), Fault> {
    const LIMIT: Duration = Duration::from_secs(1);
    const BYTES: u64 = 1 << 20;
    let server = server(bench, &SMALL)?;
    let port = server.address().port().to_string();

    let start = Instant::now();
    let flags = [&SMALL[..], &["--strategy", "naive", "--stall-timeout", "1"]].concat();
    let stuck = client(bench, &port, BYTES, &flags)?;
    let ended = bench.end_of(stuck, LIMIT * 4)?.code(5)?;
    let waited = start.elapsed();
    let ended = ended.stdout_is(&format!("Sending {BYTES} bytes of data, in chunks of 16 bytes\n"))?;
    ensure(waited >= LIMIT, || {
        Fault::expected(format!("the client to wait {LIMIT:?} for something to move"))
            .got(format!("its end after {waited:?}"))
    })?;
    let words = ended.stderr_text();
    let sent = sent_before_deadlock(&words).ok_or_else(|| {
        Fault::expected("`deadlock: no progress for 1s after N bytes sent` on stderr").got(words)
    })?;
    ensure((1..262_144).contains(&sent), || {
        Fault::expected("as many bytes sent as the buffers hold, less than 262144").got(format!("{sent}"))
    })?;

    // The server sat in a write to a client that is gone now.
    let next = client(bench, &port, 32, &[])?;
    expect_all(bench, next, 32, PATIENCE * 2).map(drop)
}

/// The number in `deadlock: no progress for 1s after N bytes sent`.
fn sent_before_deadlock(words: &str) -> Option<u64> {
    let (_, rest) = words.split_once("deadlock: no progress for 1s after ")?;
    rest.split_once(" bytes sent")?.0.parse().ok()
}

const MUCH: u64 = 16_000_000;

fn two_threads_do_not_deadlock(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, &LARGE)?;
    let port = server.address().port().to_string();
    let client = client(bench, &port, MUCH, &[&LARGE[..], &["--strategy", "threads"]].concat())?;
    expect_all(bench, client, MUCH, PATIENCE * 6).map(drop)
}

fn waits_only_when_nothing_is_possible(bench: &mut Bench) -> Result<(), Fault> {
    const PAUSE: Duration = Duration::from_secs(1);
    const CPU: Duration = Duration::from_millis(200);
    let mut server = server(bench, &LARGE)?;
    let port = server.address().port().to_string();
    // Its kernel takes the connection and what fits into the buffers; then nothing moves.
    server.program().pause()?;
    let flags = [&LARGE[..], &["--strategy", "nonblocking", "--stall-timeout", "60"]].concat();
    let client = client(bench, &port, MUCH, &flags)?;
    client.expect_line(&format!("Sending {MUCH} bytes of data, in chunks of 16 bytes"))?;
    client.wait_until_asleep()?;

    let before = client.facts().cpu()?;
    let used = Deadline::after(PAUSE).try_poll(|| {
        let used = client.facts().cpu()?.saturating_sub(before);
        Ok::<_, Fault>((used >= CPU).then_some(used))
    })?;
    if let Some(used) = used {
        return Err(Fault::expected(format!("the client to sleep while nothing moves, for {PAUSE:?}"))
            .got(format!("{used:?} of CPU time used")));
    }
    server.program().resume()?;
    expect_all(bench, client, MUCH, PATIENCE * 6).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_bytes_is_read_from_the_log_line() {
        let line = "2025-01-20 14:30:45 ERROR deadlock: no progress for 1s after 52224 bytes sent\n";
        assert_eq!(sent_before_deadlock(line), Some(52_224));
        assert_eq!(sent_before_deadlock("deadlock: no progress for 2s after 1 bytes sent"), None);
    }
}
