//! Lab 16: two HTTP servers by hand, one that counts its visitors, and one that reads what they ask.

pub mod answer;

use crate::labs::http_server::answer::Answer;
use crate::{Bench, Check, Connection, Fault, Lab, Server, check, ensure, hex};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "http-server",
    number: 16,
    title: "Two HTTP servers by hand",
    signatures: include_str!("../../signatures/http-server.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("says-where-it-listens", 4, says_where_it_listens)
        .stage(1)
        .says("each server prints where it listens, with the port it really has, and what to open in a browser; `--help` shows the agreed defaults")
        .reads("Build it, stage 1: a page for everybody")
        .hints([
            "Which port does your line show when the kernel has chosen it?",
            "Only the listener knows its port. Two lines, each flushed; and the defaults are an agreement, they stand in the contract. Book: \"The contract\".",
            "let address = listener.local_addr()?; say(out, \"HTTP Server listening on {address}\"); say(out, \"Open http://localhost:{port}/ in a browser. Press Ctrl+C to stop.\")",
        ]),
    check("counts-its-visitors", 6, counts_its_visitors)
        .stage(1)
        .says("three requests, each in two pieces, get the page for visitor #1, #2 and #3, and are printed with who sent them")
        .reads("Build it, stage 1: a page for everybody")
        .hints([
            "Is what one `read` returns a request? Your client's head came in two pieces.",
            "A head ends with the empty line and nowhere else: read until it is there, and only then count. Book: \"Build it, stage 1: a page for everybody\".",
            "loop { n = read(&mut piece)?; bytes.extend(&piece[..n]); if let Some(found) = complete(&bytes)? { return found } }",
        ]),
    check("parses-a-head", 10, parses_a_head)
        .stage(2)
        .says("a head becomes method, target, version and headers in their order; names are found in any case, and blanks around a value are gone")
        .reads("Build it, stage 2: the request")
        .hints([
            "`HOST: x`, `host:x` and `Host:   x  ` say the same. Does your parser think so?",
            "A header is a name, a colon, and a value between optional blanks and tabs; there may be colons in the value. Names are compared without case, and kept in their order. Book: \"Build it, stage 2: the request\".",
            "let (name, value) = line.split_once(':')?; headers.push((name, value.trim_matches([' ', '\\t']))); find by eq_ignore_ascii_case",
        ]),
    check("shows-the-request", 12, shows_the_request)
        .stage(3)
        .says("`GET /hello` from `Mozilla/5.0` gets the sample page, all 186 bytes of it")
        .reads("The contract")
        .hints([
            "Compare your page with the sample byte by byte: the report marks the first that differs.",
            "Four spaces of indentation, every line of the body ends with `\\n`, the last one too. `\\r\\n` is for the head. Without a User-Agent the browser is `unknown`. Book: \"The contract\".",
            "format!(\"<html>\\n<body>\\n    <h1>Request Info</h1>\\n    <p><strong>Method:</strong> {method}</p>\\n…</html>\\n\")",
        ]),
    check("frames-its-answers", 8, frames_its_answers)
        .stage(3)
        .says("the head's lines end with `\\r\\n`, `Content-Length` is the body's length in bytes, and `Connection: close` is there")
        .reads("Build it, stage 3: the answer")
        .hints([
            "How long is `é`? And which line ends does a raw string in your source have?",
            "Content-Length counts bytes; `str::len` does, `chars().count()` doesn't. Every line of the head ends with CR and LF, and so does the empty one. Book: \"Build it, stage 3: the answer\".",
            "format!(\"HTTP/1.1 {status}\\r\\nContent-Type: …\\r\\nContent-Length: {}\\r\\nConnection: close\\r\\n\\r\\n\", body.len())",
        ]),
    check("knows-three-paths", 10, knows_three_paths)
        .stage(3)
        .says("`/`, `/hello` and `/about` are there; every other path gets 404 and its sample page, all 107 bytes of it")
        .reads("The contract")
        .hints([
            "What does your server say about `/hello/again`, and about `/about-us`?",
            "Three paths exist: compare all of the path, not its beginning. 404 is a status in the first line; the page is only for people. Book: \"The contract\".",
            "match request.path() { \"/\" | \"/hello\" | \"/about\" => Response::page(Status::Ok, …), _ => Response::error(Status::NotFound, …) }",
        ]),
    check("answers-any-method", 4, answers_any_method)
        .stage(3)
        .says("`POST /hello` gets the page, too, and it says `POST`")
        .reads("The contract")
        .hints([
            "Where does the word `GET` stand in your program?",
            "The page shows the method that came. Only HEAD is special. Book: \"The contract\".",
            "let method = escape_html(&request.method)",
        ]),
    check("serves-one-client-after-another", 6, serves_one_client_after_another)
        .stage(3)
        .says("twenty clients, one after another, are served by one process, which prints and numbers their requests")
        .reads("Build it, stage 3: the answer")
        .hints([
            "What does your server do after the first client?",
            "`accept` stands in a loop that only the listener's own errors leave. Book: \"Build it, stage 3: the answer\".",
            "loop { let (stream, client) = accept(listener)?; match serve_one(stream, limits) { … } }",
        ]),
];

/// The request of the source course.
pub const HELLO_REQUEST: &[u8] = include_bytes!("../../../../fixtures/http-server/hello.raw");

/// The page that answers it.
pub const HELLO_PAGE: &str = include_str!("../../../../fixtures/http-server/hello.html");

/// The page for a path that is not there.
pub const NOT_FOUND_PAGE: &str = include_str!("../../../../fixtures/http-server/404.html");

/// The type of a page in UTF-8.
pub const HTML_UTF8: &str = "text/html; charset=utf-8";

/// Starts the visitor's server on a free port.
pub fn http_visitor(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("http-visitor", ["--bind", "127.0.0.1", "--port", "0"])
}

/// Starts the other server on a free port.
pub fn http_server(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.serve("http-server", [&["--bind", "127.0.0.1", "--port", "0"], flags].concat())
}

/// A request without a body: a first line without its version, and more headers, each with its line end.
pub fn request(first: &str, headers: &str) -> Vec<u8> {
    format!("{first} HTTP/1.1\r\nHost: localhost:8000\r\n{headers}\r\n").into_bytes()
}

/// Sends a request on a connection of its own, and returns the answer.
pub fn ask(server: &Server, request: &[u8]) -> Result<Answer, Fault> {
    let mut client = server.connect()?;
    client.send(request)?;
    Answer::to(&mut client)
}

/// The page about a request; the values as they have to stand there.
pub fn info_page(method: &str, path: &str, browser: &str) -> String {
    let of = |what: &str, value: &str| format!("<strong>{what}:</strong> {value}<");
    HELLO_PAGE
        .replace(&of("Method", "GET"), &of("Method", method))
        .replace(&of("Path", "/hello"), &of("Path", path))
        .replace(&of("Browser", "Mozilla/5.0"), &of("Browser", browser))
}

/// Expects the visitor's server to count this client as its `n`-th.
pub fn expect_visitor(client: &mut Connection, n: usize) -> Result<(), Fault> {
    let answer = Answer::to(client)?;
    answer.expect_status("200 OK")?;
    let page = String::from_utf8_lossy(&answer.body);
    for part in [
        "<title>Socket Server</title>",
        "<h1>Hello from a Socket!</h1>",
        "<p>This is raw HTTP over TCP.</p>",
        "<p>No Flask, no http.server - just sockets!</p>",
        &format!("<p>You are visitor #{n}</p>"),
    ] {
        ensure(page.contains(part), || {
            Fault::expected(format!("{part:?} in the page")).got(wire::bytes::escape(&answer.body))
        })?;
    }
    Ok(())
}

fn says_where_it_listens(bench: &mut Bench) -> Result<(), Fault> {
    for mut server in [http_visitor(bench)?, http_server(bench, &[])?] {
        let port = server.address().port();
        // The kernel takes the connection, whatever the program is doing.
        let _client = server.connect()?;
        let program = server.program();
        program.expect_line(&format!("HTTP Server listening on 127.0.0.1:{port}"))?;
        program.expect_line(&format!("Open http://localhost:{port}/ in a browser. Press Ctrl+C to stop."))?;
        program.expect_running()?;
    }
    for (program, defaults) in [
        ("http-visitor", &["0.0.0.0", "8000"][..]),
        ("http-server", &["0.0.0.0", "8000", "5", "8192", "1048576"]),
    ] {
        let mut help = bench.run(program, ["--help"])?.code(0)?;
        for default in defaults {
            help = help.stdout_contains(&format!("[default: {default}]"))?;
        }
    }
    Ok(())
}

fn counts_its_visitors(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = http_visitor(bench)?;
    for n in 1..=3 {
        let path = format!("/{}", bench.random_word(6));
        let request = request(&format!("GET {path}"), "");
        let cut = bench.random().usize(1..request.len() - 1);
        let mut client = server.connect()?;
        client.send_and_wait_until_read(&request[..cut])?;
        client.expect_silence()?;
        client.send(&request[cut..])?;
        expect_visitor(&mut client, n)?;
        server.program().expect_line(&format!("Request #{n} from {}", client.local_addr()))?;
        server.program().expect_line(&format!("GET {path} HTTP/1.1"))?;
    }
    Ok(())
}

fn parses_a_head(bench: &mut Bench) -> Result<(), Fault> {
    let word = bench.random_word(7);
    let mut probe = bench.probe()?;
    let head = format!(
        "POST /{word}?a=b HTTP/1.1\r\nuser-agent: {word} (a: b)\r\nHOST:localhost\r\nX-Empty:\r\nAccept: \t text/html, */* \t\r\n\r\n"
    );
    let parsed = format!(
        "ok {} POST /{word}?a=b 1.1 \"user-agent\"=\"{word} (a: b)\" \"HOST\"=\"localhost\" \"X-Empty\"=\"\" \"Accept\"=\"text/html, */*\"",
        head.len()
    );
    // The beginning of a body is not the head's.
    let bytes = hex(format!("{head}body").as_bytes());
    probe.expect(&format!("parse {bytes}"), &parsed)?;
    probe.expect(&format!("header User-Agent {bytes}"), &format!("ok \"{word} (a: b)\""))?;
    probe.expect(&format!("header accept {bytes}"), "ok \"text/html, */*\"")?;
    probe.expect(&format!("header Referer {bytes}"), "ok none")?;

    probe.expect(&format!("parse {}", hex(&head.as_bytes()[..head.len() - 1])), "ok more")?;
    let old = b"GET / HTTP/1.0\r\n\r\n";
    probe.expect(&format!("parse {}", hex(old)), &format!("ok {} GET / 1.0", old.len()))
}

fn shows_the_request(bench: &mut Bench) -> Result<(), Fault> {
    let server = http_server(bench, &[])?;
    let answer = ask(&server, HELLO_REQUEST)?;
    answer.expect_status("200 OK")?;
    answer.expect_body(HELLO_PAGE.as_bytes())?;

    let browser = format!("{}/{}", bench.random_word(6), bench.random().u32(1..100));
    let answer = ask(&server, &request("GET /hello", &format!("User-Agent: {browser}\r\n")))?;
    answer.expect_body(info_page("GET", "/hello", &browser).as_bytes())?;
    let answer = ask(&server, &request("GET /hello", ""))?;
    answer.expect_body(info_page("GET", "/hello", "unknown").as_bytes())
}

fn frames_its_answers(bench: &mut Bench) -> Result<(), Fault> {
    ask(&http_visitor(bench)?, HELLO_REQUEST)?.expect_framing("200 OK", "text/html")?;

    let server = http_server(bench, &[])?;
    let accented = "User-Agent: Mozillé\r\n";
    let answer = ask(&server, &request("GET /hello", accented))?;
    answer.expect_framing("200 OK", HTML_UTF8)?;
    answer.expect_body(info_page("GET", "/hello", "Mozillé").as_bytes())?;
    ask(&server, &request("GET /nope", accented))?.expect_framing("404 Not Found", HTML_UTF8)
}

fn knows_three_paths(bench: &mut Bench) -> Result<(), Fault> {
    let server = http_server(bench, &[])?;
    for path in ["/", "/hello", "/about"] {
        let answer = ask(&server, &request(&format!("GET {path}"), ""))?;
        answer.expect_status("200 OK")?;
        answer.expect_body(info_page("GET", path, "unknown").as_bytes())?;
    }
    let word = bench.random_word(6);
    for path in ["/nope", &format!("/hello/{word}"), &format!("/about{word}"), "/HELLO", "/hello/"] {
        let answer = ask(&server, &request(&format!("GET {path}"), ""))?;
        answer.expect_status("404 Not Found")?;
        answer.expect_body(NOT_FOUND_PAGE.as_bytes())?;
    }
    Ok(())
}

fn answers_any_method(bench: &mut Bench) -> Result<(), Fault> {
    let server = http_server(bench, &[])?;
    let word = bench.random_word(6).to_uppercase();
    for method in ["POST", "DELETE", &word] {
        let answer = ask(&server, &request(&format!("{method} /hello"), "Content-Length: 0\r\n"))?;
        answer.expect_status("200 OK")?;
        answer.expect_body(info_page(method, "/hello", "unknown").as_bytes())?;
    }
    Ok(())
}

fn serves_one_client_after_another(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = http_server(bench, &[])?;
    for n in 1..=20 {
        let target = format!("/about?{}", bench.random_word(6));
        let mut client = server.connect()?;
        client.send(&request(&format!("GET {target}"), ""))?;
        Answer::to(&mut client)?.expect_status("200 OK")?;
        let address = client.local_addr();
        client.close();
        server.program().expect_line(&format!("Request #{n} from {address}"))?;
        server.program().expect_line(&format!("GET {target} HTTP/1.1"))?;
    }
    Ok(())
}
