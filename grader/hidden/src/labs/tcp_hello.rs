//! Lab 02, hidden half: a server that greets and counts, its client, and a server that tells the time.

use checks::labs::tcp_hello::{expect_greeting, expect_time, hello_server, time_server};
use checks::{Bench, Check, Fault, Lab, PATIENCE, check};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::tcp_hello::LAB.with(include_str!("../../signatures/tcp-hello.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("serves-on-after-a-silent-client", 8, serves_on_after_a_silent_client)
        .stage(2)
        .says("a client that finishes without a word is counted, and the next one is served")
        .reads("What could go wrong")
        .hints([
            "What does `read` return when the client has closed and never said anything?",
            "`Ok(0)`: the end of the stream. It is no error, it does not mean \"wait\", and there may be no first line. Book: \"What could go wrong\".",
            "let n = stream.read(&mut buffer)?; no loop, no unwrap on buffer[..n]: it may be empty",
        ]),
    check("survives-a-reset", 8, survives_a_reset)
        .stage(2)
        .says("a client that resets its connection, before or after it was accepted, ends neither server")
        .reads("What could go wrong")
        .hints([
            "Whose trouble is it when one client vanishes?",
            "A `?` in the accept loop leaves it: only the listener's own errors may. And a connection can be gone before you ask who it is. Book: \"What could go wrong\".",
            "match answer(stream, n) { Ok(message) => print it, Err(error) => log!(warn, \"{client}: {error}\") }",
        ]),
    check("last-words-arrive", 10, last_words_arrive)
        .stage(2)
        .says("also a client that sent more than was read gets the whole reply and an orderly end, no reset")
        .reads("How to close")
        .hints([
            "What happens to the bytes that you never read when you close?",
            "A socket that is closed with unread input sends RST, and the client may lose your reply. Book: \"How to close\".",
            "labkit::close(stream)? instead of letting the stream drop",
        ]),
    check("takes-bytes-that-are-not-text", 4, takes_bytes_that_are_not_text)
        .stage(2)
        .says("a message that is no UTF-8 is printed with U+FFFD, answered, and harms nobody")
        .reads("What could go wrong")
        .hints([
            "Who promised you that a client sends text?",
            "A peer may send any bytes. `String::from_utf8` fails on some; `from_utf8_lossy` replaces them. Book: \"What could go wrong\".",
            "String::from_utf8_lossy(&buffer[..n]).into_owned()",
        ]),
    check("leaks-no-descriptors", 4, leaks_no_descriptors)
        .stage(2)
        .says("after 200 clients the server has as many open descriptors as before")
        .reads("What could go wrong")
        .hints([
            "Does anything still hold a stream when its client has left?",
            "A socket is open as long as one `TcpStream` for it lives, also a clone. Book: \"How to close\".",
            "give the stream away to `answer`, and keep no clone of it",
        ]),
    check("client-joins-a-reply-in-pieces", 8, client_joins_a_reply_in_pieces)
        .stage(3)
        .says("a reply that arrives in two pieces is printed whole")
        .reads("Build it, stage 3: the client")
        .hints([
            "How do you know that the first `read` brought all of it?",
            "You don't: TCP carries bytes, not messages. This protocol's only end is the end of the stream. Book: \"Build it, stage 3: the client\".",
            "let mut reply = Vec::new(); stream.read_to_end(&mut reply)?",
        ]),
];

fn serves_on_after_a_silent_client(bench: &mut Bench) -> Result<(), Fault> {
    let server = hello_server(bench)?;
    let mut silent = server.connect_as("A")?;
    silent.fin()?;
    let mut next = server.connect_as("B")?;
    expect_greeting(&mut next, bench.random_word(6).as_bytes(), 2)
}

fn survives_a_reset(bench: &mut Bench) -> Result<(), Fault> {
    let mut hello = hello_server(bench)?;
    hello.program().pause()?;
    hello.connect_as("A")?.reset()?;
    hello.program().resume()?;
    expect_greeting(&mut hello.connect_as("B")?, bench.random_word(6).as_bytes(), 2)?;
    let mut rude = hello.connect_as("C")?;
    rude.send_and_wait_until_read(b"Hel")?;
    rude.reset()?;
    expect_greeting(&mut hello.connect_as("D")?, bench.random_word(6).as_bytes(), 4)?;

    let mut time = time_server(bench)?;
    time.program().pause()?;
    time.connect_as("E")?.reset()?;
    time.program().resume()?;
    expect_time(&mut time.connect_as("F")?).map(drop)
}

fn last_words_arrive(bench: &mut Bench) -> Result<(), Fault> {
    let flood = bench.random_word(5_000);
    let mut hello = hello_server(bench)?;
    // All of it is there before the server reads anything.
    hello.program().pause()?;
    let mut client = hello.connect_as("A")?;
    client.send(flood.as_bytes())?;
    hello.program().resume()?;
    client.expect_bytes(b"Hello! You are connection #1")?;
    client.expect_eof()?;
    client.close();

    let mut time = time_server(bench)?;
    time.program().pause()?;
    let mut client = time.connect_as("B")?;
    client.send(flood.as_bytes())?;
    time.program().resume()?;
    expect_time(&mut client).map(drop)
}

fn takes_bytes_that_are_not_text(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = hello_server(bench)?;
    let word = bench.random_word(5);
    let message = [b"\xff\xfe", word.as_bytes()].concat();
    expect_greeting(&mut server.connect_as("A")?, &message, 1)?;
    server.program().expect_line(&format!("Received: \u{fffd}\u{fffd}{word}"))?;
    expect_greeting(&mut server.connect_as("B")?, word.as_bytes(), 2)
}

fn leaks_no_descriptors(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = hello_server(bench)?;
    // One client first: what the server opens once and keeps is no leak.
    expect_greeting(&mut server.connect()?, b"1", 1)?;
    server.program().wait_until_asleep()?;
    let baseline = server.facts().descriptors()?;
    for n in 2..=201 {
        expect_greeting(&mut server.connect()?, n.to_string().as_bytes(), n)?;
    }
    server.expect_descriptors_back_to(baseline)
}

fn client_joins_a_reply_in_pieces(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let word = bench.random_word(7);
    let client = bench.start("tcp-hello-client", ["--port", &listener.port(), "--message", &word])?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(word.as_bytes())?;
    let number = bench.random().u32(2..1000);
    server.send_and_wait_until_read(b"Hello! You are ")?;
    server.send(format!("connection #{number}").as_bytes())?;
    server.close();
    let printed =
        format!("Connected to {}\nReceived: Hello! You are connection #{number}\n", listener.address());
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
    Ok(())
}
