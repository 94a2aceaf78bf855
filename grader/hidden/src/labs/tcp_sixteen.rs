//! Lab 04, hidden half: sixteen bytes each way, received exactly; the options of a socket, and experiments with them.

use std::time::{Duration, Instant};

use checks::labs::tcp_sixteen::{FAREWELL, GREETING, expect_farewell, sixteen_server};
use checks::predicates::str::contains;
use checks::{Bench, Check, Fault, Lab, PATIENCE, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::tcp_sixteen::LAB.with(include_str!("../../signatures/tcp-sixteen.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("answers-when-all-sixteen-are-there", 8, answers_when_all_sixteen_are_there)
        .stage(2)
        .says("sixteen bytes that arrive one by one, text or not, get one answer, and none before the sixteenth")
        .reads("What could go wrong")
        .hints([
            "Does the first `read` bring all sixteen?",
            "It brings what has arrived, at least one byte. Your `recv_exact` is made for this; and what came need not be text. Book: \"What could go wrong\".",
            "let message = recv_exact(&mut stream, LENGTH)?; print String::from_utf8_lossy(&message) with {:?}",
        ]),
    check("tells-of-a-message-cut-short", 6, tells_of_a_message_cut_short)
        .stage(2)
        .says("a client that ends after five bytes gets no answer, the log says how many came, and the next client is served")
        .reads("What could go wrong")
        .hints([
            "What does your server do with half a message?",
            "Nothing but to say so: the error belongs to this client, and the loop goes on. Book: \"What could go wrong\".",
            "if let Err(error) = talk(stream, client, out) { log!(warn, \"{client}: {error}\") }",
        ]),
    check("last-words-arrive", 6, last_words_arrive)
        .stage(2)
        .says("also a client that sent more than sixteen bytes gets the whole answer and an orderly end, no reset")
        .reads("Build it, stage 2: the server")
        .hints([
            "What happens to the bytes behind the sixteenth when you close?",
            "A socket that is closed with unread input sends RST, and the answer may be lost. Lab 02 had a way to close. Book: \"Build it, stage 2: the server\".",
            "labkit::close(stream)? instead of letting the stream drop",
        ]),
    check("restarts-at-once", 8, restarts_at_once)
        .stage(2)
        .says("a server that had closed first can be started again on its port at once; with `--no-reuseaddr` it can't, and ends with exit code 8")
        .reads("Who remembers the connection")
        .hints([
            "When does the kernel look at SO_REUSEADDR?",
            "In `bind`. Set it before, and only if it is asked for. Book: \"Who remembers the connection\".",
            "let socket = Socket::new(…)?; socket.set_reuse_address(reuse)?; socket.bind(…)?; socket.listen(…)?",
        ]),
    check("client-takes-a-reply-in-pieces", 6, client_takes_a_reply_in_pieces)
        .stage(3)
        .says("a reply in two pieces is printed whole, and after one that is cut short the client ends with exit code 6")
        .reads("Build it, stage 3: the client")
        .hints([
            "Your client reads from a stream as well.",
            "The same `recv_exact` serves both sides; return its error, and `main` makes the exit code of it. Book: \"Build it, stage 3: the client\".",
            "let reply = recv_exact(&mut stream, LENGTH)?;",
        ]),
    check("small-writes-wait-for-each-other", 6, small_writes_wait_for_each_other)
        .stage(5)
        .says("`nagle` writes `ping` and its newline apart: more than 20 ms a round trip with `--nodelay off`, less with `on`")
        .reads("Small writes")
        .hints([
            "How many writes is one line of yours, and on which socket did you set the option?",
            "The second small write waits for the acknowledgement of the first, unless TCP_NODELAY is set on that very connection. Book: \"Small writes\".",
            "let stream = TcpStream::connect(addr)?; stream.set_nodelay(nodelay)?; then n times write_all(b\"ping\"), write_all(b\"\\n\"), read a line",
        ]),
];

fn answers_when_all_sixteen_are_there(bench: &mut Bench) -> Result<(), Fault> {
    let server = sixteen_server(bench)?;
    let mut client = server.connect()?;
    let message = [bench.random_word(13).as_bytes(), b"\n\xff\""].concat();
    let (last, others) = message.split_last().expect("there are sixteen");
    for byte in others {
        client.send_and_wait_until_read(&[*byte])?;
        client.expect_silence()?;
    }
    expect_farewell(&mut client, &[*last])
}

fn tells_of_a_message_cut_short(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = sixteen_server(bench)?;
    let mut short = server.connect_as("A")?;
    short.send(bench.random_word(5).as_bytes())?;
    short.fin()?;
    short.expect_eof()?;
    let text = "was expecting 16 bytes but only received 5 bytes before the socket closed";
    server.program().wait_for_stderr(&format!("`… {text}`"), |line| line.contains(text).then_some(()))?;
    expect_farewell(&mut server.connect_as("B")?, GREETING)
}

fn last_words_arrive(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = sixteen_server(bench)?;
    // All of it is there before the server reads anything.
    server.program().pause()?;
    let mut client = server.connect()?;
    client.send(bench.random_word(20).as_bytes())?;
    server.program().resume()?;
    client.expect_bytes(FAREWELL)?;
    client.expect_eof()
}

fn restarts_at_once(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = sixteen_server(bench)?;
    let port = server.address().port().to_string();
    let mut client = server.connect_as("A")?;
    expect_farewell(&mut client, GREETING)?;
    client.close();
    server.program().kill();

    let mut again = bench.serve("tcp-sixteen", ["server", "127.0.0.1", "-p", &port])?;
    expect_farewell(&mut again.connect_as("B")?, GREETING)?;
    again.program().kill();

    let without = ["server", "127.0.0.1", "--no-reuseaddr", "-p"];
    let refused = bench.run("tcp-sixteen", [&without[..], &[&port]].concat())?;
    refused.code(8)?.stderr(contains("Address already in use"))?;
    // Where nothing is remembered it serves all the same.
    let other = bench.serve("tcp-sixteen", [&without[..], &["0"]].concat())?;
    expect_farewell(&mut other.connect_as("C")?, GREETING)
}

fn client_takes_a_reply_in_pieces(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let args = ["client", "127.0.0.1", "-p", &listener.port()];
    let client = bench.start("tcp-sixteen", args)?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(GREETING)?;
    let reply = bench.random_word(16);
    let (first, rest) = reply.as_bytes().split_at(1);
    server.send_and_wait_until_read(first)?;
    server.send(rest)?;
    let printed = format!(
        "Client has been assigned socket name {}\nThe server said \"{reply}\"\n",
        server.remote_addr()
    );
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;

    let client = bench.start("tcp-sixteen", args)?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(GREETING)?;
    server.send(&reply.as_bytes()[..7])?;
    server.fin()?;
    let text = "was expecting 16 bytes but only received 7 bytes before the socket closed";
    bench.end_of(client, PATIENCE)?.code(6)?.stderr(contains(text))?;
    Ok(())
}

/// How many round trips are measured.
const ROUND_TRIPS: u32 = 20;

/// Above this a round trip has waited for an acknowledgement, which comes 40 ms late (`TCP_DELACK_MIN`).
const WAITED: Duration = Duration::from_millis(20);

fn small_writes_wait_for_each_other(bench: &mut Bench) -> Result<(), Fault> {
    let start = Instant::now();
    let off = median(bench, "off")?;
    ensure(off > WAITED, || Fault::expected("more than 20 ms with `--nodelay off`").got(format!("{off:?}")))?;
    // Half of the round trips were no shorter than the median, which is printed to a tenth of a millisecond.
    let all = start.elapsed();
    ensure(all >= (off - Duration::from_millis(1)) * (ROUND_TRIPS / 2), || {
        Fault::expected(format!("{ROUND_TRIPS} round trips of about {off:?}"))
            .got(format!("{all:?} for all of them"))
    })?;

    // On a busy machine every round trip may have waited for a CPU; not again and again.
    let mut on = Duration::MAX;
    for _ in 0..5 {
        on = on.min(median(bench, "on")?);
        if on < WAITED {
            return Ok(());
        }
    }
    Err(Fault::expected("less than 20 ms with `--nodelay on`").got(format!("{on:?}")))
}

/// Echoes to `sock-opts nagle`, and returns the median that it prints.
fn median(bench: &mut Bench, nodelay: &str) -> Result<Duration, Fault> {
    let listener = bench.listen()?;
    let (port, count) = (listener.port(), ROUND_TRIPS.to_string());
    let arguments =
        ["nagle", "--host", "127.0.0.1", "--port", &port, "--nodelay", nodelay, "--count", &count];
    let program = bench.start("sock-opts", arguments)?;
    let mut server = listener.accept(program.pid())?;
    for _ in 0..ROUND_TRIPS {
        server.expect_line("ping")?;
        server.send(b"ping\n")?;
    }
    let printed = bench.end_of(program, PATIENCE)?.code(0)?.stdout_text();
    let milliseconds = printed.strip_prefix("p50=").and_then(|rest| rest.strip_suffix(" ms\n")?.parse().ok());
    let milliseconds: f64 =
        milliseconds.ok_or_else(|| Fault::expected("`p50=… ms` and no more").got(printed))?;
    Duration::try_from_secs_f64(milliseconds / 1000.0)
        .map_err(|_| Fault::expected("a time in `p50=… ms`").got(format!("{milliseconds}")))
}
