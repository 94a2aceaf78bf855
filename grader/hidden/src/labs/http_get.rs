//! Lab 15, hidden half: an HTTP client by hand.

use std::time::Duration;

use checks::labs::http_get::{visit, visit_script};
use checks::predicates::str::contains;
use checks::{Bench, Check, Fault, Lab, Listener, PATIENCE, Timer, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::http_get::LAB.with(include_str!("../../signatures/http-get.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("refuses-what-is-no-url", 4, refuses_what_is_no_url)
        .stage(1)
        .says("a URL with a space, a control character (CR and LF above all) or a letter that is not ASCII: exit code 2, and nobody hears of it")
        .reads("A request inside a request")
        .hints([
            "What goes over the wire if a path holds CR and LF?",
            "A line of its own, and after two of them a request of its own, in your name. Refuse characters that no URL holds before you send anything. Book: \"A request inside a request\".",
            "if !text.bytes().all(|byte| byte.is_ascii_graphic()) { return Err(\"…\") }",
        ]),
    check("finds-the-empty-line-wherever-the-stream-is-cut", 8, finds_the_empty_line_wherever_the_stream_is_cut)
        .stage(3)
        .says("a response that comes byte by byte, with the empty line in four pieces, is understood like any other")
        .reads("Build it, stage 3: the body")
        .hints([
            "What if the first half of the empty line is the end of one read, and the second half the beginning of the next?",
            "Keep all that came of the head, and look for its end in the whole of it, not in the newest piece. Book: \"Build it, stage 3: the body\".",
            "bytes.extend_from_slice(piece); match parse_head(&bytes)? { None => read on, … }",
        ]),
    check("stops-where-the-body-ends", 6, stops_where_the_body_ends)
        .stage(3)
        .says("the client ends when the body is complete (a length, 204, 304), although the server keeps the connection open; a response of status 1xx is none yet")
        .reads("Three ways to end")
        .hints([
            "The server says 9 bytes, sends 9 bytes, and leaves the connection open. What do you wait for?",
            "For nothing: the body is complete. After 204 and 304 there is none at all, whatever the headers say; and 1xx is only news on the way to the real response. Book: \"Three ways to end\".",
            "match kind { Length(n) => pass on exactly n bytes, and return … }; loop { head = read_head; if head.status >= 200 { break } }",
        ]),
    check("notices-a-body-that-is-cut-short", 6, notices_a_body_that_is_cut_short)
        .stage(3)
        .says("21 bytes where 27 were announced: `expected 27 got 21`, exit code 6; an end inside the head or the chunks: exit code 6")
        .reads("What could go wrong")
        .hints([
            "The stream ended in order. Does that mean that you have got everything?",
            "Only if nothing was announced. If the head has promised more than came, what you have is a part, and the user must know. Book: \"What could go wrong\".",
            "if got < expected { return Err(HttpError::EndsInBody { expected, got }) }",
        ]),
    check("keeps-binary-bodies-as-they-are", 4, keeps_binary_bodies_as_they_are)
        .stage(3)
        .says("a body that is no text comes out byte by byte as it was sent, on standard output and in the file of `-o`")
        .reads("What could go wrong")
        .hints([
            "Is a picture a `String`?",
            "No, and nothing that comes from the network is one until you have looked. A body is bytes: pass them on. Book: \"What could go wrong\".",
            "out.write_all(&piece[..length])?, with no from_utf8 anywhere near it",
        ]),
    check("stops-at-its-limits", 4, stops_at_its_limits)
        .stage(3)
        .says("a head of 100 KB, a body without end, a length or a chunk over `--max-body`: exit code 6, and no more printed than allowed")
        .reads("What could go wrong")
        .hints([
            "How much of your memory, and of your disk, may a stranger fill?",
            "8 KiB for the head, `--max-body` for the body. A length that is announced can be refused before the first byte; where none is, count. Book: \"What could go wrong\".",
            "Length(n) if n > max => Err(BodyTooLarge); size > max - total => Err(BodyTooLarge); ToEof: pass on max bytes, and if there is one more, Err",
        ]),
    check("gives-up-on-a-server-that-drips", 2, gives_up_on_a_server_that_drips)
        .stage(3)
        .says("a head or a body of which a byte comes now and then: exit code 5 when `--timeout` is over")
        .reads("Build it, stage 1: ask")
        .hints([
            "Each read is in time. Is the whole?",
            "A timeout belongs to one call, and begins anew with each. Set it before every read, to what is left until the deadline. Book: \"Build it, stage 1: ask\".",
            "self.stream.set_read_timeout(Some(time_left(self.deadline)?))?; self.stream.read(buffer)",
        ]),
    check("joins-chunks-cut-anywhere", 6, joins_chunks_cut_anywhere)
        .stage(4)
        .says("chunks are put together although their size lines come in pieces; extensions and trailers are passed over; the client stops behind them")
        .reads("Build it, stage 4: chunks")
        .hints([
            "Does one read bring one chunk?",
            "No: it may bring half a size line, or three chunks. Read a line up to its end, then exactly so many bytes, then the empty line behind them. Book: \"Build it, stage 4: chunks\".",
            "stream.read_until(b'\\n', &mut line)?; size = line up to ';' as hexadecimal; pass_on(stream, size, out)?; …; after size 0: lines up to the empty one",
        ]),
];

const SHORT_27: &str = include_str!("../../../../fixtures/hidden/http/short27.peer");
const BINARY: &str = include_str!("../../../../fixtures/hidden/http/binary.peer");

/// Longer than any check waits: whoever ends before has not waited for it.
const LONG: [&str; 2] = ["--timeout", "60"];

fn refuses_what_is_no_url(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let address = listener.address();
    for path in
        ["/a b", "/a\r\nX-Injected: yes", "/\r\n\r\nGET /b HTTP/1.1", "/a\nb", "/a\tb", "/a\x7fb", "/é", " /"]
    {
        bench.run("http-get", [format!("http://{address}{path}")])?.code(2)?.stdout_is("")?;
    }
    for url in [format!("https://{address}/"), format!("http://you@{address}/"), "http:///".to_owned()] {
        bench.run("http-get", [url])?.code(2)?.stdout_is("")?;
    }
    ensure(listener.nobody_came(), || Fault::expected("nobody to hear of it").got("a connection"))?;

    // What is a URL is asked for.
    let (client, mut server) = visit(bench, &listener, &[])?;
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi")?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is("Hi")?;
    Ok(())
}

fn finds_the_empty_line_wherever_the_stream_is_cut(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let word = bench.random_word(5);
    let head = format!("HTTP/1.1 200 OK\r\nX: {word}\r\nContent-Length: 5\r\n\r\n");
    let (client, mut server) = visit(bench, &listener, &["-i"])?;
    for byte in head.as_bytes() {
        server.send_and_wait_until_read(&[*byte])?;
    }
    server.send(word.as_bytes())?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&format!("{head}{word}"))?;

    // The end of the head and the beginning of the body in one piece.
    let (client, mut server) = visit(bench, &listener, &[])?;
    let (first, rest) = head.split_at(head.len() - 2);
    server.send_and_wait_until_read(first.as_bytes())?;
    server.send_and_wait_until_read(format!("{rest}{}", &word[..2]).as_bytes())?;
    server.send(&word.as_bytes()[2..])?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&word)?;
    Ok(())
}

fn stops_where_the_body_ends(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let word = bench.random_word(9);
    for (response, printed) in [
        (format!("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{word}"), word.as_str()),
        ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n".to_owned(), ""),
        (
            format!(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
                 HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{word}"
            ),
            &word,
        ),
    ] {
        let (client, mut server) = visit(bench, &listener, &LONG)?;
        server.send(response.as_bytes())?;
        bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(printed)?;
    }
    Ok(())
}

fn notices_a_body_that_is_cut_short(bench: &mut Bench) -> Result<(), Fault> {
    visit_script(bench, SHORT_27, &[])?.code(6)?.stderr(contains("expected 27 got 21"))?;
    let listener = bench.listen()?;
    for response in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Len",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\n",
    ] {
        let (client, mut server) = visit(bench, &listener, &[])?;
        server.send(response.as_bytes())?;
        server.fin()?;
        bench.end_of(client, PATIENCE)?.code(6)?;
    }
    Ok(())
}

fn keeps_binary_bodies_as_they_are(bench: &mut Bench) -> Result<(), Fault> {
    let path = bench.scratch().join("picture.bin");
    let name = path.display().to_string();
    visit_script(bench, BINARY, &["-o", &name])?.code(0)?.stdout_is("")?;
    expect_content(&path, &(0..=255).collect::<Vec<u8>>())?;

    // Longer than any buffer, and without a length: whatever ends a text must not end it.
    let listener = bench.listen()?;
    let body = bench.random_bytes(300_000);
    let (client, mut server) = visit(bench, &listener, &["-o", &name])?;
    server.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")?;
    server.send(&body)?;
    server.fin()?;
    bench.end_of(client, PATIENCE * 2)?.code(0)?.stdout_is("")?;
    expect_content(&path, &body)
}

fn expect_content(path: &std::path::Path, expected: &[u8]) -> Result<(), Fault> {
    let what = || {
        Fault::expected(format!("the file of -o to have exactly the {} bytes of the body", expected.len()))
    };
    let got = std::fs::read(path).map_err(|error| what().got(error.to_string()))?;
    ensure(got == expected, || match expected.len() {
        ..=1000 => what().got_bytes(expected, &got),
        _ => what().got(format!("{} bytes, not all of them the same", got.len())),
    })
}

fn stops_at_its_limits(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let allowed = ["--max-body", "100000"];

    // 100 KB of one header.
    let piece = "x".repeat(1000);
    expect_refused(bench, &listener, &[], "HTTP/1.1 200 OK\r\nX-Big: ", (&piece, 100), "\r\n\r\n", 0)?;
    // A body of 6 MB without any end, but for ours.
    let piece = "x".repeat(60_000);
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    expect_refused(bench, &listener, &allowed, head, (&piece, 100), "", 100_000)?;
    expect_refused(bench, &listener, &[&allowed[..], &["--raw"]].concat(), head, (&piece, 100), "", 100_000)?;
    let chunk = format!("ea60\r\n{piece}\r\n");
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect_refused(bench, &listener, &allowed, head, (&chunk, 100), "0\r\n\r\n", 100_000)?;

    // Announced, and then nothing: nobody has to wait for it, or make room.
    for response in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\nffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n1ffffffffffffffff\r\n",
    ] {
        let (client, mut server) = visit(bench, &listener, &[&allowed[..], &LONG].concat())?;
        server.send(response.as_bytes())?;
        bench.end_of(client, PATIENCE)?.code(6)?;
    }

    // Exactly so much is allowed.
    let body = bench.random_word(1000);
    let (client, mut server) = visit(bench, &listener, &["--max-body", "1000"])?;
    server.send(format!("HTTP/1.1 200 OK\r\n\r\n{body}").as_bytes())?;
    server.fin()?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&body)?;
    Ok(())
}

/// Sends a response of which the middle comes so many times, and expects that the client doesn't take it.
fn expect_refused(
    bench: &mut Bench,
    listener: &Listener,
    flags: &[&str],
    begin: &str,
    (middle, times): (&str, usize),
    end: &str,
    most: usize,
) -> Result<(), Fault> {
    let (client, mut server) = visit(bench, listener, flags)?;
    server.send(begin.as_bytes())?;
    server.send_until_refused(middle.as_bytes(), times)?;
    server.send_until_refused(end.as_bytes(), 1)?;
    server.fin()?;
    let ended = bench.end_of(client, PATIENCE * 2)?.code(6)?;
    let printed = ended.stdout_text().len();
    ensure(printed <= most, || {
        Fault::expected(format!("at most {most} bytes on stdout")).got(format!("{printed} bytes"))
    })
}

fn gives_up_on_a_server_that_drips(bench: &mut Bench) -> Result<(), Fault> {
    const GAP: Duration = Duration::from_millis(200);
    let listener = bench.listen()?;
    for begin in ["", "HTTP/1.1 200 OK\r\n\r\n"] {
        let timer = Timer::start(Duration::from_secs(1));
        let (client, mut server) = visit(bench, &listener, &["--timeout", "1"])?;
        server.send(begin.as_bytes())?;
        // For ten times as long as the client may take.
        server.drip_until_ended(GAP, 50)?;
        let ended = bench.end_of(client, PATIENCE)?;
        timer.expect_on_time()?;
        ended.code(5)?;
    }
    Ok(())
}

fn joins_chunks_cut_anywhere(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let (short, long) = (bench.random_word(3), bench.random_word(0x1a));
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\ntransfer-encoding: CHUNKED\r\n\r\n";
    let chunks = format!(
        "3\r\n{short}\r\n1A;name=\"a;b\"\r\n{long}\r\n001a \r\n{long}\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"
    );
    let body = format!("{short}{long}{long}");

    let (client, mut server) = visit(bench, &listener, &LONG)?;
    server.send_and_wait_until_read(head.as_bytes())?;
    for byte in chunks.as_bytes() {
        server.send_and_wait_until_read(&[*byte])?;
    }
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&body)?;

    // All at once, and something behind it that is not part of it.
    let (client, mut server) = visit(bench, &listener, &LONG)?;
    server.send(format!("{head}{chunks}5\r\nno mo\r\n").as_bytes())?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&body)?;

    for wrong in [
        "+5\r\nHello\r\n0\r\n\r\n",
        "\r\nHello",
        "5\r\nHelloo\r\n0\r\n\r\n",
        "5\nHello\n0\n\n",
        "0x5\r\nHello\r\n0\r\n\r\n",
    ] {
        let (client, mut server) = visit(bench, &listener, &[])?;
        server.send(format!("{head}{wrong}").as_bytes())?;
        server.fin()?;
        bench.end_of(client, PATIENCE)?.code(6)?;
    }
    Ok(())
}
