//! Lab 15: an HTTP client by hand.

use predicates::str::contains;
use wire::peer::Script;

use crate::{
    Bench, Check, Connection, Ended, Fault, Lab, Listener, PATIENCE, Probe, Program, check, ensure, hex,
    play_over,
};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "http-get",
    number: 15,
    title: "A web client by hand",
    signatures: include_str!("../../signatures/http-get.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("sends-the-request-exactly", 12, sends_the_request_exactly)
        .stage(1)
        .says("the request is `GET PATH HTTP/1.1`, `Host`, `Connection: close` and an empty line, each ended by CRLF, and nothing behind it; without arguments it goes to localhost, port 80")
        .reads("Build it, stage 1: ask")
        .hints([
            "Compare byte by byte. What ends a line here, and what ends the request?",
            "Every line ends in `\\r\\n`, also the empty one. `Host` holds the port unless it is 80. What stands behind `#` is not sent. Book: \"Build it, stage 1: ask\".",
            "format!(\"GET {path} HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n\"), where host = if port == 80 { host } else { host:port }",
        ]),
    check("tells-why-there-is-no-server", 6, tells_why_there_is_no_server)
        .stage(1)
        .says("where nobody listens, exit code 4; a host that is no name, exit code 3; nothing on standard output")
        .reads("The contract")
        .hints([
            "What does a script see of your error?",
            "The exit code. Each variant of `HttpError` has one, and `exit::code_of` knows those of the connection. Book: \"The contract\".",
            "HttpError::Name(_) => exit::NAME, HttpError::Io(error) => exit::code_of(error), …",
        ]),
    check("reads-a-head", 10, reads_a_head)
        .stage(2)
        .says("`parse_head` and `body_kind`: status, reason, headers in any case and with any blanks, what is incomplete, what is wrong, and where the body ends")
        .reads("Build it, stage 2: the head")
        .hints([
            "Is there always one space behind the colon? Can a value hold a colon? Is `content-length` another header than `Content-Length`?",
            "The first colon ends the name; spaces and tabs around the value are not part of it; case makes no difference in names. The rules for the body come in the order of the contract. Book: \"Build it, stage 2: the head\".",
            "let (name, value) = line.split_once(':')?; value.trim_matches([' ', '\\t']); name.eq_ignore_ascii_case(other)",
        ]),
    check("prints-the-whole-response", 10, prints_the_whole_response)
        .stage(3)
        .says("`-i` prints status line, headers and body as they came; `--raw` everything to the end of the stream, in however many pieces it comes")
        .reads("Build it, stage 3: the body")
        .hints([
            "How many reads does a response take?",
            "As many as it likes. `--raw` ends where the stream ends; `-i` prints the head's bytes as they came, and then the body up to its own end. Book: \"Build it, stage 3: the body\".",
            "raw: read_body(&mut stream, BodyKind::ToEof, max, out); include: out.write_all(&head_bytes) before the body",
        ]),
    check("takes-a-refusal-for-a-response", 6, takes_a_refusal_for_a_response)
        .stage(3)
        .says("a 403 is a response: its body is printed, exit code 0; only with `--fail` it is a failure, exit code 1 and nothing printed")
        .reads("The contract")
        .hints([
            "The server said no. Did anything go wrong between you and the server?",
            "HTTP worked: you asked, and it answered. Whether a status is a failure is for the user to say. Book: \"The contract\".",
            "if options.fail && head.status >= 400 { return Err(HttpError::Status { … }) }",
        ]),
    check("shows-the-heads-on-the-side", 4, shows_the_heads_on_the_side)
        .stage(3)
        .says("`-v` shows the request's lines with `> ` and the response's with `< `, on standard error; standard output has the body alone")
        .reads("The contract")
        .hints([
            "What does somebody get who writes `http-get -v URL > page.html`?",
            "Standard output is for the result; what you tell about it goes to standard error, which is `side` here. Book: \"The contract\".",
            "for line in text.lines() { writeln!(side, \"> {line}\")? }",
        ]),
    check("prints-the-body-and-nothing-else", 12, prints_the_body_and_nothing_else)
        .stage(4)
        .says("four servers, four kinds of response (a length, chunks, no length, a redirect): exactly the body is printed, as `curl -s` does")
        .reads("Three ways to end")
        .hints([
            "Which byte is the first of the body, and which is the last?",
            "The body begins behind the empty line. It ends after `Content-Length` bytes, or after the chunk of length 0, or with the stream; sizes and trailers of chunks are not part of it. Book: \"Three ways to end\".",
            "loop { size = hex digits of a line up to ';'; if size == 0 { break }; pass on size bytes; one empty line }; pass over lines up to an empty one",
        ]),
];

const OK: &str = include_str!("../../../../fixtures/http/ok.peer");
const CHUNKED: &str = include_str!("../../../../fixtures/http/chunked.peer");
const NO_LENGTH: &str = include_str!("../../../../fixtures/http/noclen.peer");
const REDIRECT: &str = include_str!("../../../../fixtures/http/redirect.peer");
const FORBIDDEN: &str = include_str!("../../../../fixtures/http/forbidden.peer");

/// The bytes that ask for `path` at an authority: `localhost:8080`.
pub fn request(authority: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n").into_bytes()
}

/// Starts the client for `/` of a listener of the grader's, and takes its request.
pub fn visit(bench: &mut Bench, listener: &Listener, more: &[&str]) -> Result<(Program, Connection), Fault> {
    let address = listener.address();
    let url = format!("http://{address}/");
    let client = bench.start("http-get", [&[url.as_str()], more].concat())?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(&request(&address.to_string(), "/"))?;
    Ok((client, server))
}

/// Runs the client to its end while a script plays the server.
pub fn visit_script(bench: &mut Bench, script: &str, more: &[&str]) -> Result<Ended, Fault> {
    let script = Script::parse(script).map_err(Fault::infra)?;
    let listener = bench.listen()?;
    let url = format!("http://{}/", listener.address());
    let client = bench.start("http-get", [&[url.as_str()], more].concat())?;
    play_over(&script, |_| listener.accept(client.pid()))?;
    bench.end_of(client, PATIENCE)
}

/// Expects the answer of the probe to be a refusal, whatever its words.
pub fn expect_refusal(probe: &mut Probe, command: &str) -> Result<(), Fault> {
    let answer = probe.ask(command)?;
    ensure(answer.starts_with("err "), || {
        Fault::expected(format!("`{command}` to be refused with `err …`")).got(answer)
    })
}

fn sends_the_request_exactly(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let (address, port) = (listener.address().to_string(), listener.port());
    let word = bench.random_word(7);
    let url = |path: &str| format!("http://{address}{path}");
    for (arguments, path) in [
        (vec![url(&format!("/{word}"))], format!("/{word}")),
        (vec![url("")], "/".to_owned()),
        (vec!["127.0.0.1".to_owned(), port.clone()], "/".to_owned()),
        (vec![url(&format!("/a/{word}?q=1&r=:2#top"))], format!("/a/{word}?q=1&r=:2")),
        (vec![format!("{address}?{word}")], format!("/?{word}")),
    ] {
        expect_request(bench, &listener, &arguments, &request(&address, &path))?;
    }

    bench.needs_default_ports()?;
    let listener = bench.listen_on("127.0.0.1:80")?;
    expect_request(bench, &listener, &[], &request("localhost", "/"))?;
    expect_request(
        bench,
        &listener,
        &[format!("http://127.0.0.1/{word}")],
        &request("127.0.0.1", &format!("/{word}")),
    )
}

/// Expects exactly this request, and nothing behind it.
fn expect_request(
    bench: &mut Bench,
    listener: &Listener,
    arguments: &[String],
    request: &[u8],
) -> Result<(), Fault> {
    let client = bench.start("http-get", arguments)?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(request)?;
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    server.fin()?;
    let (more, _) = server.read_to_end(PATIENCE)?;
    ensure(more.is_empty(), || Fault::expected("nothing behind the request").got(wire::bytes::escape(&more)))
}

fn tells_why_there_is_no_server(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("client");
    let closed = bench.closed_port()?;
    bench.run("http-get", ["127.0.0.1", &closed.port()])?.code(4)?.stdout_is("")?;
    // The resolver refuses it without asking anybody: a label has 1 to 63 characters (RFC 1035 §2.3.4).
    bench.run("http-get", ["http://a..b/"])?.code(3)?.stdout_is("")?;
    Ok(())
}

fn reads_a_head(bench: &mut Bench) -> Result<(), Fault> {
    let mut probe = bench.probe()?;
    let word = bench.random_word(6);

    let head = format!(
        "HTTP/1.1 404 Not Found\r\nContent-type:text/{word}\r\nETag: \t\"a: {word}\" \t\r\nX-Nothing:\r\n\r\n"
    );
    let told = format!(
        "ok {} 404 {} Content-type:{} ETag:{} X-Nothing:-",
        head.len(),
        hex(b"Not Found"),
        hex(format!("text/{word}").as_bytes()),
        hex(format!("\"a: {word}\"").as_bytes())
    );
    let body = format!("{head}HTTP/1.1 500 No\r\n\r\n");
    probe.expect(&format!("head {}", hex(head.as_bytes())), &told)?;
    probe.expect(&format!("head {}", hex(body.as_bytes())), &told)?;
    for length in [0, 1, head.len() / 2, head.len() - 1] {
        probe.expect(&format!("head {}", hex(&head.as_bytes()[..length])), "ok incomplete")?;
    }
    for name in ["content-TYPE", "Content-type", "CONTENT-TYPE"] {
        let value = hex(format!("text/{word}").as_bytes());
        probe.expect(&format!("header {} {name}", hex(head.as_bytes())), &format!("ok {value}"))?;
    }
    probe.expect(&format!("header {} Content", hex(head.as_bytes())), "ok none")?;
    let twice = b"HTTP/1.1 200 OK\r\nVia: one\r\nvia: two\r\n\r\n";
    probe.expect(&format!("header {} Via", hex(twice)), &format!("ok {}", hex(b"one, two")))?;

    for (line, told) in [
        ("HTTP/1.1 200 ", "200 -"),
        ("HTTP/1.1 200", "200 -"),
        ("HTTP/1.0 299 very  fine", &format!("299 {}", hex(b"very  fine"))),
    ] {
        let head = format!("{line}\r\n\r\n");
        let answer = format!("ok {} {told}", head.len());
        probe.expect(&format!("head {}", hex(head.as_bytes())), &answer)?;
    }
    for head in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 +20 OK\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: b\r\n\r\n",
        "HTTP/1.1 200 \x1b[2J\r\n\r\n",
    ] {
        expect_refusal(&mut probe, &format!("head {}", hex(head.as_bytes())))?;
    }
    knows_where_the_body_ends(&mut probe)
}

fn knows_where_the_body_ends(probe: &mut Probe) -> Result<(), Fault> {
    let kind = |status: u16, headers: &str| {
        format!("kind {}", hex(format!("HTTP/1.1 {status} X\r\n{headers}\r\n").as_bytes()))
    };
    for (status, headers, told) in [
        (200, "content-length: 27\r\n", "length 27"),
        (404, "Content-Length: 18446744073709551615\r\n", "length 18446744073709551615"),
        (200, "Content-Length: 27\r\nContent-Length: 27\r\n", "length 27"),
        (200, "Transfer-Encoding: Chunked\r\n", "chunked"),
        (200, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "chunked"),
        (200, "", "to-eof"),
        (204, "", "length 0"),
        (304, "Content-Length: 27\r\n", "length 0"),
        (103, "Transfer-Encoding: chunked\r\n", "length 0"),
    ] {
        probe.expect(&kind(status, headers), &format!("ok {told}"))?;
    }
    for headers in [
        "Content-Length: 27\r\nContent-Length: 28\r\n",
        "Content-Length: +27\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 1b\r\n",
        "Content-Length:\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
    ] {
        expect_refusal(probe, &kind(200, headers))?;
    }
    Ok(())
}

fn prints_the_whole_response(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let word = bench.random_word(9);
    let response = format!("HTTP/1.1 200 OK\r\nServer:  {word}\r\ncontent-length: 9\r\n\r\n{word}");
    let behind = "?";
    for (flag, printed) in [("-i", response.clone()), ("--raw", format!("{response}{behind}"))] {
        let (client, mut server) = visit(bench, &listener, &[flag])?;
        let all = format!("{response}{behind}");
        let (first, rest) = all.split_at(22);
        let (second, third) = rest.split_at(rest.len() - 4);
        server.send_and_wait_until_read(first.as_bytes())?;
        server.send_and_wait_until_read(second.as_bytes())?;
        server.send(third.as_bytes())?;
        server.fin()?;
        bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
    }

    // Raw is raw: what the head says about the body makes no difference.
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n0\r\n\r\n";
    let (client, mut server) = visit(bench, &listener, &["--raw"])?;
    server.send(chunks.as_bytes())?;
    server.fin()?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(chunks)?;
    Ok(())
}

fn takes_a_refusal_for_a_response(bench: &mut Bench) -> Result<(), Fault> {
    let page = "You may not list this directory now.\n";
    visit_script(bench, FORBIDDEN, &[])?.code(0)?.stdout_is(page)?;

    let listener = bench.listen()?;
    for (status, code, printed) in
        [("399 Nearly", 0, "page\n"), ("400 Bad Request", 1, ""), ("503 Later", 1, "")]
    {
        let (client, mut server) = visit(bench, &listener, &["--fail"])?;
        // In one piece: who does not want the body may be gone before it comes.
        server.send(format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\npage\n").as_bytes())?;
        let ended = bench.end_of(client, PATIENCE)?.code(code)?.stdout_is(printed)?;
        if code != 0 {
            ended.stderr(contains(status))?;
        }
    }
    Ok(())
}

fn shows_the_heads_on_the_side(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let word = bench.random_word(9);
    let (client, mut server) = visit(bench, &listener, &["-v"])?;
    server
        .send(format!("HTTP/1.1 200 OK\r\nServer: {word}\r\nContent-Length: 5\r\n\r\npage\n").as_bytes())?;
    server.fin()?;
    let ended = bench.end_of(client, PATIENCE)?.code(0)?.stdout_is("page\n")?;
    let shown = ended.stderr_text();
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let host = format!("> Host: {}", listener.address());
    let server = format!("< Server: {word}");
    for line in [
        "> GET / HTTP/1.1",
        &host,
        "> Connection: close",
        "< HTTP/1.1 200 OK",
        &server,
        "< Content-Length: 5",
    ] {
        ensure(lines.contains(&line), || {
            Fault::expected(format!("the line {line:?} on stderr")).got(wire::bytes::escape(shown.as_bytes()))
        })?;
    }
    Ok(())
}

fn prints_the_body_and_nothing_else(bench: &mut Bench) -> Result<(), Fault> {
    for (script, body) in [
        (OK, "<html><body><h1>It works!</h1></body></html>\n"),
        (NO_LENGTH, "line 1\nline 2\r\nno newline"),
        (REDIRECT, "It is at http://127.0.0.1:9/ .\n"),
        (CHUNKED, "Hello, chunked\r\nworld!\n"),
    ] {
        visit_script(bench, script, &[])?.code(0)?.stdout_is(body)?;
    }
    Ok(())
}
