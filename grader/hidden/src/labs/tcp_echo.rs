//! Lab 03, hidden half: a blocking echo server and its interactive client.

use checks::labs::tcp_echo::{exact_server, expect_echo, line_server};
use checks::{Bench, Check, Fault, Lab, PATIENCE, Server, check, ensure, hex};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::tcp_echo::LAB.with(include_str!("../../signatures/tcp-echo.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("joins-a-line-sent-in-pieces", 8, joins_a_line_sent_in_pieces)
        .stage(1)
        .says("a line that arrives byte by byte is answered once, when its newline is there")
        .reads("One read is not one line")
        .hints([
            "How many times does `read` return while \"Hello\" is typed slowly?",
            "TCP carries bytes, not messages: a read returns what has arrived. Book: \"One read is not one line\".",
            "collect bytes until b'\\n' (BufRead::read_until does), then answer the whole line",
        ]),
    check("answers-lines-that-arrive-together", 6, answers_lines_that_arrive_together)
        .stage(1)
        .says("four lines in one segment give four answers in order")
        .reads("One read is not one line")
        .hints([
            "What happens to the bytes behind the first newline?",
            "A BufReader holds what it has read ahead; a new one for each line throws that away.",
            "one BufReader a connection, made before the loop",
        ]),
    check("keeps-bytes-that-are-not-text", 6, keeps_bytes_that_are_not_text)
        .stage(1)
        .says("a line comes back byte for byte, also when a character is cut in two or the bytes are not UTF-8")
        .reads("What could go wrong")
        .hints([
            "Does a String stand anywhere between the socket and your answer?",
            "UTF-8 can't be decoded chunk by chunk, and a peer may send anything: keep `Vec<u8>`.",
            "let mut line: Vec<u8>; reader.read_until(b'\\n', &mut line); reply.extend(prefix); reply.extend(&line)",
        ]),
    check("drops-a-carriage-return", 2, drops_a_carriage_return)
        .stage(1)
        .says("`Hello\\r\\n` is answered like `Hello\\n`")
        .reads("The contract")
        .hints([
            "telnet ends its lines with two bytes.",
            "Exactly one carriage return before the newline is dropped; others belong to the line.",
            "let line = line.strip_suffix(b\"\\r\").unwrap_or(line)",
        ]),
    check("answers-a-last-line-without-newline", 4, answers_a_last_line_without_newline)
        .stage(2)
        .says("what stands before the client's FIN is a line too, and is answered before the end")
        .reads("The contract")
        .hints([
            "`printf abc | nc …`: what should come back?",
            "The end of the stream ends a line as well, if there are bytes before it. Half-close leaves your way open.",
            "match read_until { 0 bytes => done, bytes without newline => answer, then done, else => answer }",
        ]),
    check("survives-a-reset", 4, survives_a_reset)
        .stage(2)
        .says("a client that resets its connection in the middle of a line does not end the server")
        .reads("What could go wrong")
        .hints([
            "Whose error is a reset: the client's or the server's?",
            "An error on one connection ends that connection. Only the listener's own errors end the server.",
            "if let Err(e) = serve(stream) { log!(warn, \"{peer}: {e}\") }",
        ]),
    check("limits-the-length-of-a-line", 6, limits_the_length_of_a_line)
        .stage(3)
        .says("a line over 65,536 bytes is refused with `ERROR line too long`, and memory stays flat whatever comes")
        .reads("What could go wrong")
        .hints([
            "How much memory does a client without newlines cost you?",
            "`read_until` and `read_line` have no limit; `Read::take` gives them one.",
            "reader.by_ref().take(max + 2).read_until(b'\\n', &mut line); too long without newline → error, close",
        ]),
    check("sends-all-to-a-slow-receiver", 4, sends_all_to_a_slow_receiver)
        .stage(3)
        .says("every byte arrives even when writes are cut short")
        .reads("What could go wrong")
        .hints([
            "What does the number that `write` returns mean?",
            "A write may take fewer bytes than offered (a full buffer, a signal). `write_all` repeats it.",
            "stream.write_all(&buf[..n])?",
        ]),
    check("client-copes-with-any-server", 4, client_copes_with_any_server)
        .stage(4)
        .says("the client joins a reply sent in pieces, and ends with exit code 6 when the server closes early")
        .reads("Build it, stage 4: the client")
        .hints([
            "Your client reads from TCP too.",
            "A reply ends with its newline; 0 bytes before one mean that the server has gone: exit code 6.",
            "read_until(b'\\n'); if no newline at the end { return Err(ClosedEarly) }",
        ]),
    check("leaks-no-descriptors", 2, leaks_no_descriptors)
        .stage(4)
        .says("after 500 clients the server has as many open descriptors as before")
        .reads("What could go wrong")
        .hints([
            "Does anything still hold a stream when its client has left?",
            "A `try_clone`d stream is a second descriptor; it closes when the last one is dropped.",
            "keep clones inside the function that serves the client",
        ]),
];

fn joins_a_line_sent_in_pieces(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    let word = bench.random_word(6);
    for byte in word.as_bytes() {
        client.send_and_wait_until_read(&[*byte])?;
        client.expect_silence()?;
    }
    client.send(b"\n")?;
    client.expect_line(&format!("ECHO: {word}"))?;
    client.fin()?;
    client.expect_eof()
}

fn answers_lines_that_arrive_together(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    let [first, second, last] = [(); 3].map(|()| bench.random_word(5));
    client.send(format!("{first}\n{second}\nTIME\n{last}\n").as_bytes())?;
    client.expect_line(&format!("ECHO: {first}"))?;
    client.expect_line(&format!("ECHO: {second}"))?;
    let time = client.line()?;
    ensure(time.starts_with(b"SERVER TIME: "), || {
        Fault::expected("\"SERVER TIME: …\"").got(wire::bytes::escape(&time))
    })?;
    client.expect_line(&format!("ECHO: {last}"))
}

fn keeps_bytes_that_are_not_text(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    for byte in "ế".bytes() {
        client.send_and_wait_until_read(&[byte])?;
    }
    client.send(b"\n")?;
    client.expect_line("ECHO: ế")?;
    let odd = [0xff, 0xfe, b'0' + bench.random().u8(0..10), 0x80];
    client.send(&[&odd[..], b"\n"].concat())?;
    client.expect_bytes(&[b"ECHO: ", &odd[..], b"\n"].concat())
}

fn drops_a_carriage_return(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    client.send(b"Hello\r\n")?;
    client.expect_line("ECHO: Hello")
}

fn answers_a_last_line_without_newline(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    let word = bench.random_word(3);
    client.send(word.as_bytes())?;
    client.fin()?;
    client.expect_line(&format!("ECHO: {word}"))?;
    client.expect_eof()
}

fn survives_a_reset(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    for half in ["Hel", "Hello\nHel"] {
        let mut rude = server.connect_as("A")?;
        rude.send_and_wait_until_read(half.as_bytes())?;
        rude.reset()?;
        let mut next = server.connect_as("B")?;
        expect_echo(bench, &mut next)?;
        next.fin()?;
        next.expect_eof()?;
    }
    Ok(())
}

fn limits_the_length_of_a_line(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut allowed = server.connect_as("A")?;
    let longest = "y".repeat(65_536);
    allowed.send(format!("{longest}\n").as_bytes())?;
    allowed.expect_line(&format!("ECHO: {longest}"))?;
    allowed.close();

    let mut client = server.connect_as("B")?;
    client.send(&[b'x'; 65_600])?;
    client.expect_line("ERROR line too long")?;
    client.expect_eof()?;
    client.close();

    let before = server.facts().peak_resident()?;
    let mut flood = server.connect_as("C")?;
    flood.send_until_refused(&[b'x'; 64 << 10], 800)?;
    flood.close();
    // 50 MiB without a newline.
    server.facts().expect_growth_within(before, 8 << 20)?;
    let mut next = server.connect_as("D")?;
    expect_echo(bench, &mut next)
}

fn sends_all_to_a_slow_receiver(bench: &mut Bench) -> Result<(), Fault> {
    let input = bench.random_bytes(100);
    let input = hex(&input);
    bench.probe()?.expect(&format!("serve_exact_short_writes {input}"), &format!("ok {input}"))?;

    let mut server = exact_server(bench)?;
    let bytes = bench.random_bytes(8 << 20);
    let mut client = server.connect_with_small_buffer()?;
    let sent = client.send_until_stalled(bytes.chunks(64 << 10))?;
    interrupt_a_sleeping_write(&mut server)?;
    // The writes that matter are made. With a window of 4 KiB the rest would take a thousand turns of both sides.
    client.enlarge_buffer()?;
    client.fin()?;
    client.expect_bytes(&bytes[..sent])?;
    client.expect_eof()
}

/// A stop and a continue cut a blocking `write` that has already sent a part of its bytes (signal(7)).
fn interrupt_a_sleeping_write(server: &mut Server) -> Result<(), Fault> {
    for _ in 0..5 {
        server.program().wait_until_asleep()?;
        server.program().pause()?;
        server.program().resume()?;
    }
    Ok(())
}

fn client_copes_with_any_server(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let word = bench.random_word(7);
    let args = ["--host", "127.0.0.1", "--port", &listener.port(), "--message", &word];

    let client = bench.start("tcp-echo-client", args)?;
    let mut server = listener.accept(client.pid())?;
    server.expect_line(&word)?;
    server.send_and_wait_until_read(b"ECHO: ")?;
    server.send(format!("{word}\n").as_bytes())?;
    let ended = bench.end_of(client, PATIENCE)?;
    ended.code(0)?.stdout_is(&format!("Received: ECHO: {word}\n"))?;

    let client = bench.start("tcp-echo-client", args)?;
    let mut server = listener.accept(client.pid())?;
    // All is read, so the close is a FIN and not a reset.
    server.expect_line(&word)?;
    server.close();
    bench.end_of(client, PATIENCE)?.code(6)?;
    Ok(())
}

fn leaks_no_descriptors(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = line_server(bench)?;
    // One client first: what the server opens once and keeps is no leak.
    serve_nothing(&server)?;
    server.program().wait_until_asleep()?;
    let baseline = server.facts().descriptors()?;
    for _ in 0..500 {
        serve_nothing(&server)?;
    }
    server.expect_descriptors_back_to(baseline)
}

fn serve_nothing(server: &Server) -> Result<(), Fault> {
    let mut client = server.connect()?;
    client.fin()?;
    client.expect_eof()
}
