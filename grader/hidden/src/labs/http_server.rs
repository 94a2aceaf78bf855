//! Lab 16, hidden half: two HTTP servers by hand.

use std::time::{Duration, Instant};

use checks::labs::http_server::answer::Answer;
use checks::labs::http_server::{
    HTML_UTF8, ask, expect_visitor, http_server, http_visitor, info_page, request,
};
use checks::{Bench, Check, Connection, Fault, Lab, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::http_server::LAB.with(include_str!("../../signatures/http-server.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("joins-a-request-sent-byte-by-byte", 8, joins_a_request_sent_byte_by_byte)
        .stage(4)
        .says("a request that arrives one byte a read is answered when its empty line is complete, and not before")
        .reads("What could go wrong")
        .hints([
            "How many reads does your server need for a head? It can't know beforehand.",
            "TCP may cut a head anywhere, also inside `\\r\\n\\r\\n`. Look for the empty line in all that came so far, not in the piece that came last. Book: \"What could go wrong\".",
            "bytes.extend_from_slice(&piece[..n]); if let Some((request, length)) = parse(&bytes)? { … } else { read again }",
        ]),
    check("escapes-what-strangers-send", 6, escapes_what_strangers_send)
        .stage(4)
        .says("`& < > \"` of a User-Agent stand in the page as `&amp; &lt; &gt; &quot;`, and a control character of a first line is `\u{fffd}` on the terminal")
        .reads("What could go wrong")
        .hints([
            "What does a browser do with `<script>` when it finds it in your page? And a terminal with the byte 1b?",
            "What a stranger sends is data, until you put it where it is read as code. Escape it there: each character once. Book: \"What could go wrong\".",
            "match c { '&' => \"&amp;\", '<' => \"&lt;\", '>' => \"&gt;\", '\"' => \"&quot;\", c => c }   …   line.replace(char::is_control, \"\\u{fffd}\")",
        ]),
    check("refuses-what-it-cannot-read", 6, refuses_what_it_cannot_read)
        .stage(4)
        .says("a first line without a target, a header without a colon, a missing Host and the like get 400, another version gets 505, and the next client is served")
        .reads("The contract")
        .hints([
            "Your parser takes `parts[1]`. Who says that there is one?",
            "Everything in the grammar can be missing. HTTP/1.1 wants exactly one Host (RFC 9112 §3.2); a version that you don't speak has a status of its own. Book: \"The contract\".",
            "let [method, target, version] = words[..] else { return Err(Refusal::new(Status::BadRequest, …)) }",
        ]),
    check("limits-a-head-in-size-and-time", 8, limits_a_head_in_size_and_time)
        .stage(4)
        .says("a head of 8,193 bytes gets 431 where one of 8,192 is served; one that drips in for longer than `--head-timeout` gets 408, and the next client is served")
        .reads("What could go wrong")
        .hints([
            "A client sends a byte every 0.3 seconds, for ever. Which of your timers ever runs out, and what grows meanwhile?",
            "A read timeout begins anew with every byte: take a deadline once, and give each read what is left of it. Count the bytes before you keep them. Book: \"What could go wrong\".",
            "deadline = now + head_timeout; loop { set_read_timeout(deadline - now); read; if bytes.len() >= max_head { 431 } }",
        ]),
    check("takes-the-body-before-it-closes", 4, takes_the_body_before_it_closes)
        .stage(4)
        .says("a POST with a body of 100 KB gets its whole answer and an orderly end, also where the body is slow; one that announces more than `--max-body` gets 413")
        .reads("What could go wrong")
        .hints([
            "What happens to the part of the body that you never read when you close?",
            "A close with unread input sends RST, and your answer may be lost. `labkit::close` drains for a second at most: read the body, as long as Content-Length says, before it. Book: \"What could go wrong\".",
            "while unread > 0 { match read { 0 => break, n => unread -= n } }; labkit::close(stream)",
        ]),
    check("survives-a-reset", 4, survives_a_reset)
        .stage(4)
        .says("clients that reset their connection, before a word, within the head, or while they are answered, end neither server")
        .reads("What could go wrong")
        .hints([
            "Whose trouble is it when a client vanishes?",
            "Writing to a connection that the client has reset is an error like any other: log it, and serve the next one. Book: \"What could go wrong\".",
            "if let Err(error) = answer(stream, …) { labkit::log!(warn, \"{client}: {error}\") }",
        ]),
    check("answers-head-and-ignores-the-query", 4, answers_head_and_ignores_the_query)
        .stage(4)
        .says("HEAD gets the head that GET would get, without a body; `/hello?x=1` is `/hello`")
        .reads("The contract")
        .hints([
            "Which path does `/hello?x=1` ask for? And what does a client do with a body that it didn't ask for?",
            "The path ends at the `?`. An answer to HEAD has the Content-Length of the body that it leaves out (RFC 9110 §9.3.2). Book: \"The contract\".",
            "Response { head_only: request.method == \"HEAD\", ..response }   …   target.split('?').next()",
        ]),
];

fn joins_a_request_sent_byte_by_byte(bench: &mut Bench) -> Result<(), Fault> {
    let server = http_server(bench, &["--head-timeout", "60"])?;
    let browser = bench.random_word(3);
    let request = request("GET /about", &format!("User-Agent: {browser}\r\n"));
    let (last, first) = request.split_last().expect("a request is not empty");
    let mut client = server.connect()?;
    for byte in first {
        client.send_and_wait_until_read(&[*byte])?;
    }
    client.expect_silence()?;
    client.send(&[*last])?;
    Answer::to(&mut client)?.expect_body(info_page("GET", "/about", &browser).as_bytes())
}

fn escapes_what_strangers_send(bench: &mut Bench) -> Result<(), Fault> {
    let server = http_server(bench, &[])?;
    let word = bench.random_word(5);
    let browser = format!("<script>alert(\"{word}\")</script> &lt; 'x' é");
    let escaped = format!("&lt;script&gt;alert(&quot;{word}&quot;)&lt;/script&gt; &amp;lt; 'x' é");
    let answer = ask(&server, &request("GET /hello", &format!("User-Agent: {browser}\r\n")))?;
    answer.expect_framing("200 OK", HTML_UTF8)?;
    answer.expect_body(info_page("GET", "/hello", &escaped).as_bytes())?;
    // A token (RFC 9110 §5.6.2) may hold an ampersand.
    let answer = ask(&server, &request("M&M /hello", ""))?;
    answer.expect_body(info_page("M&amp;M", "/hello", "unknown").as_bytes())?;

    let mut visitor = http_visitor(bench)?;
    let mut client = visitor.connect()?;
    client.send(&request(&format!("GET /\u{1b}[2J\u{7}{word}"), ""))?;
    expect_visitor(&mut client, 1)?;
    visitor.program().expect_line(&format!("GET /\u{fffd}[2J\u{fffd}{word} HTTP/1.1"))
}

fn refuses_what_it_cannot_read(bench: &mut Bench) -> Result<(), Fault> {
    const BAD: &str = "400 Bad Request";
    const VERSION: &str = "505 HTTP Version Not Supported";
    let server = http_server(bench, &[])?;
    for (bytes, status) in [
        ("GET\r\n\r\n", BAD),
        ("\r\n\r\n", BAD),
        ("GET /hello\r\nHost: a\r\n\r\n", BAD),
        ("GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n", BAD),
        ("GET /hello HTTP/1.1 \r\nHost: a\r\n\r\n", BAD),
        ("GET /hello HTTP/one\r\nHost: a\r\n\r\n", BAD),
        ("GET /hello HTTP/1.1\r\n\r\n", BAD),
        ("GET /hello HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", BAD),
        ("GET /hello HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n", BAD),
        ("GET /hello HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", BAD),
        ("GET /hello HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", BAD),
        ("GET /hello HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", BAD),
        ("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", BAD),
        ("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", BAD),
        ("GET /hello HTTP/9.9\r\nHost: a\r\n\r\n", VERSION),
        ("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", VERSION),
        // It knew no Host.
        ("GET /hello HTTP/1.0\r\n\r\n", "200 OK"),
    ] {
        ask(&server, bytes.as_bytes())?.expect_framing(status, HTML_UTF8)?;
    }

    let mut early = server.connect()?;
    early.send(b"GET /hello HTTP/1.1\r\nHo")?;
    early.fin()?;
    Answer::to(&mut early)?.expect_framing(BAD, HTML_UTF8)?;
    early.close();

    let mut silent = server.connect()?;
    silent.fin()?;
    silent.expect_eof()?;
    ask(&server, &request("GET /hello", ""))?.expect_status("200 OK")
}

fn limits_a_head_in_size_and_time(bench: &mut Bench) -> Result<(), Fault> {
    const TOO_LARGE: &str = "431 Request Header Fields Too Large";
    let server = http_server(bench, &[])?;
    ask(&server, &head_of(8192))?.expect_framing("200 OK", HTML_UTF8)?;
    ask(&server, &head_of(8193))?.expect_framing(TOO_LARGE, HTML_UTF8)?;
    // It need not end for that.
    ask(&server, &head_of(9000)[..8900])?.expect_framing(TOO_LARGE, HTML_UTF8)?;

    let slow = http_server(bench, &["--head-timeout", "1"])?;
    let mut drip = slow.connect_as("A")?;
    drip_until_408(&mut drip, Duration::from_secs(1))?;
    drip.close();
    let mut next = slow.connect_as("B")?;
    next.send(&request("GET /hello", ""))?;
    Answer::to(&mut next)?.expect_status("200 OK")
}

/// A request with a head of that many bytes.
fn head_of(length: usize) -> Vec<u8> {
    let short = request("GET /hello", "X: \r\n").len();
    request("GET /hello", &format!("X: {}\r\n", "x".repeat(length - short)))
}

/// Sends half a head and then a byte every 0.3 seconds, and expects the server to lose its patience: not before it said,
/// and long before the bytes are all sent.
fn drip_until_408(client: &mut Connection, patience: Duration) -> Result<(), Fault> {
    const BYTES: usize = 20;
    let connected = Instant::now();
    client.send(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nX: ")?;
    for _ in 0..BYTES {
        let Some(at) = client.wait_for_anything(Duration::from_millis(300))? else {
            client.send(b".")?;
            continue;
        };
        let took = at - connected;
        ensure(took >= patience, || {
            Fault::expected(format!("the server to wait for {patience:?}"))
                .got(format!("an answer after {:.2} s", took.as_secs_f64()))
        })?;
        return Answer::to(client)?.expect_framing("408 Request Timeout", HTML_UTF8);
    }
    Err(Fault::expected(format!("408 after {patience:?}, whatever comes meanwhile"))
        .but_waited(format!("nothing came in {:.2} s", connected.elapsed().as_secs_f64())))
}

fn takes_the_body_before_it_closes(bench: &mut Bench) -> Result<(), Fault> {
    const LENGTH: usize = 100_000;
    // More than the second that labkit::close waits.
    const PAUSE: Duration = Duration::from_millis(1500);
    let mut server = http_server(bench, &["--head-timeout", "60", "--max-body", &LENGTH.to_string()])?;
    let post = |length: usize| request("POST /hello", &format!("Content-Length: {length}\r\n"));
    let body = bench.random_bytes(LENGTH);

    // All of it is there before the server reads anything.
    server.program().pause()?;
    let mut client = server.connect_as("A")?;
    client.send(&[post(LENGTH), body.clone()].concat())?;
    server.program().resume()?;
    Answer::to(&mut client)?.expect_body(info_page("POST", "/hello", "unknown").as_bytes())?;
    client.close();

    // The answer may come before the body, or after it. While it is slow, the next client waits.
    let mut slow = server.connect_as("B")?;
    slow.send(&post(LENGTH))?;
    slow.send_and_wait_until_read(&body[..LENGTH / 2])?;
    let mut next = server.connect_as("C")?;
    next.send(&request("GET /hello", ""))?;
    next.wait_for_anything(PAUSE)?;
    // In pieces: only the one after a reset fails.
    for piece in body[LENGTH / 2..].chunks(LENGTH / 20) {
        slow.send_and_wait_until_read(piece)?;
    }
    Answer::to(&mut slow)?.expect_body(info_page("POST", "/hello", "unknown").as_bytes())?;
    slow.close();
    Answer::to(&mut next)?.expect_status("200 OK")?;
    next.close();

    ask(&server, &post(LENGTH + 1))?.expect_framing("413 Content Too Large", HTML_UTF8)
}

fn survives_a_reset(bench: &mut Bench) -> Result<(), Fault> {
    let whole = request("GET /hello", "");
    let mut server = http_server(bench, &[])?;
    let mut visitor = http_visitor(bench)?;

    for (label, sent) in [("A", &b""[..]), ("B", &whole[..10]), ("C", &whole)] {
        // The server finds the bytes, and the end of everything.
        server.program().pause()?;
        let mut client = server.connect_as(label)?;
        client.send(sent)?;
        client.reset()?;
        server.program().resume()?;
        ask(&server, &whole)?.expect_status("200 OK")?;
    }

    let mut client = server.connect_as("D")?;
    client.send_and_wait_until_read(&whole[..10])?;
    client.reset()?;
    ask(&server, &whole)?.expect_status("200 OK")?;

    visitor.program().pause()?;
    let mut client = visitor.connect_as("E")?;
    client.send(&whole)?;
    client.reset()?;
    visitor.program().resume()?;
    ask(&visitor, &whole)?.expect_status("200 OK")
}

fn answers_head_and_ignores_the_query(bench: &mut Bench) -> Result<(), Fault> {
    let server = http_server(bench, &[])?;
    let query = bench.random_word(4);
    let answer = ask(&server, &request(&format!("GET /hello?{query}=/about?"), ""))?;
    answer.expect_status("200 OK")?;
    answer.expect_body(info_page("GET", "/hello", "unknown").as_bytes())?;

    let page = info_page("HEAD", "/hello", "unknown");
    let missing = checks::labs::http_server::NOT_FOUND_PAGE;
    for (path, status, length) in
        [("/hello", "200 OK", page.len()), ("/nope", "404 Not Found", missing.len())]
    {
        let answer = ask(&server, &request(&format!("HEAD {path}"), ""))?;
        answer.expect_status(status)?;
        answer.expect_header("Content-Length", &length.to_string())?;
        answer.expect_body(b"")?;
    }
    Ok(())
}
