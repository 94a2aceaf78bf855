//! Lab 22: overhears HTTP requests.

mod heard;
mod visits;

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

pub use heard::{Heard, START, hear, hear_frames, listen};
pub use visits::{HELLO, Visit, random_url, request};

use crate::{
    Bench, Check, Fault, KERNEL_PATIENCE, Lab, Needs, Program, capture, check, ensure, expect_lines, hex,
};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "http-sniff",
    number: 22,
    title: "Overhearing HTTP requests",
    signatures: include_str!("../../signatures/http-sniff.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("takes-one-head-off-a-stream", 8, takes_one_head_off_a_stream)
        .stage(1)
        .says("`next_request` waits for the empty line, knows `Host` in any case, and leaves what follows in the stream")
        .reads("Build it, stage 1: a request")
        .hints([
            "Where does a head end: at the first line end, or at another place?",
            "A head ends at the empty line, `\\r\\n\\r\\n`, and not before. Names of fields are the same in upper and lower case. Book: \"Build it, stage 1: a request\".",
            "find \\r\\n\\r\\n, else Ok(None); take it off with drain; first line: three words; for each `name: value`, name.eq_ignore_ascii_case(\"host\")",
        ]),
    check("names-the-url-of-a-visit", 14, names_the_url_of_a_visit)
        .stage(4)
        .says("from `http_simple.pcap` comes one line with both ends, the method and the whole URL")
        .reads("Build it, stage 4: a report")
        .hints([
            "What is in the request's first line, and what isn't?",
            "The first line has only the path; the host is in the field `Host`, and both ends are in the headers of IPv4 and TCP. Book: \"The contract\".",
            "format!(\"HTTP {source} -> {destination} {method} http://{host}{target}\")",
        ]),
    check("finds-neverssl-com", 8, finds_neverssl_com)
        .stage(4)
        .says("from `neverssl.pcap` comes the host neverssl.com, the whole name")
        .reads("Build it, stage 4: a report")
        .hints([
            "What do you do with the dots and the colon in a `Host` field?",
            "The value of `Host` is told as it is, without the blanks around it; only the first colon of the line separates name and value.",
            "let colon = line.iter().position(|b| b == ':'); value = line[colon + 1..].trim_ascii()",
        ]),
    check("tells-requests-from-what-looks-like-one", 8, tells_requests_from_lookalikes)
        .stage(4)
        .says("POST and HEAD count; `GET` in a body or in a response doesn't")
        .reads("A body is not a request")
        .hints([
            "Where in a stream may a request begin, and where not?",
            "A request begins at the start of the stream, or behind the body of the one before it: `Content-Length` says how long that is. Responses come *from* the port. Book: \"A body is not a request\".",
            "after a head: expected = Body(request.body); body.skip(&mut stream)? says when it is over; then Head again",
        ]),
    check("watches-the-port-it-is-told", 6, watches_the_port_it_is_told)
        .stage(4)
        .says("with `--port 8080` it tells requests to that port, and none to others")
        .reads("Build it, stage 3: a table of flows")
        .hints([
            "Where in your code does a port number stand?",
            "`Flows::new` is given the port. A request goes *to* it: compare with the destination.",
            "if segment.flow.destination.port() != self.port { return Vec::new() }",
        ]),
    check("sums-up-requests-hosts-and-urls", 10, sums_up_requests_hosts_and_urls)
        .stage(4)
        .says("at the end come the number of requests, each host with its number, and each URL once, sorted")
        .reads("Build it, stage 4: a report")
        .hints([
            "What do you count: segments, connections, or requests?",
            "Each head that `next_request` returns is one request. A map that keeps its keys in order counts the hosts, a set that does so holds the URLs.",
            "self.requests += 1; *self.hosts.entry(host).or_insert(0) += 1; self.urls.insert(url)",
        ]),
    check("hears-a-request-as-it-is-made", 6, hears_a_request_as_it_is_made)
        .stage(5)
        .needs(Needs::RawSockets)
        .wall_seconds(180)
        .says("live on `lo`, a request is one line at once; `--count`, Ctrl+C or `--duration` ends with the summary")
        .reads("Build it, stage 5: live")
        .hints([
            "What does `Live::next` give when nothing comes for a while, and what does that mean?",
            "`None` is a quiet moment. The end is an `Instant`, a number of requests, or Ctrl+C, and each of them must be looked at whether frames come or not.",
            "while !sniffer.has_enough() && !interrupt.came() && now < end { if let Some(frame) = live.next(min(end, now + TURN))? { sniffer.hear(&frame)? } }",
        ]),
];

fn takes_one_head_off_a_stream(bench: &mut Bench) -> Result<(), Fault> {
    let (path, host) = random_url(bench);
    let rest = request("GET", "/next", "next.test");
    let name = ["host", "HOST", "hOsT"][bench.random().usize(..3)];
    let mut probe = bench.probe()?;
    for (head, host) in [
        (format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"), host.as_str()),
        (format!("PUT {path} HTTP/1.1\r\nAccept: */*\r\n{name}:  {host} \r\nX: y\r\n\r\n"), &host),
        (format!("GET {path} HTTP/1.0\r\nX-Host: wrong.test\r\n\r\n"), "-"),
    ] {
        let head = head.as_bytes();
        for kept in [3, head.len() / 2, head.len() - 2, head.len() - 1] {
            probe.expect(&format!("next {}", hex(&head[..kept])), "ok more")?;
        }
        let method = String::from_utf8_lossy(&head[..3]).into_owned();
        for rest in [&b""[..], &rest] {
            let answer = format!("ok {method} {path} {host} {}", hex(rest));
            probe.expect(&format!("next {}", hex(&[head, rest].concat())), &answer)?;
        }
    }
    Ok(())
}

fn names_the_url_of_a_visit(bench: &mut Bench) -> Result<(), Fault> {
    const SIMPLE: &[u8] = include_bytes!("../../../../fixtures/pcaps/http_simple.pcap");
    let heard = hear(bench, "http_simple.pcap", SIMPLE, &[])?;
    heard.expect(&["HTTP 10.77.0.11:40000 -> 10.77.0.20:80 GET http://example.com/"])?;

    // Somebody else, somewhere else; and a request without a host, which HTTP/1.0 allows.
    let (path, host) = random_url(bench);
    let [first, second] = [(); 2].map(|()| Visit::to_port(bench, 80));
    let old = format!("GET {path} HTTP/1.0\r\n\r\n");
    let frames = [
        first.open(bench).client_says(&request("GET", &path, &host)).server_says(HELLO).close().frames(),
        second.open(bench).client_says(old.as_bytes()).server_says(HELLO).close().frames(),
    ];
    let url = format!("http://{host}{path}");
    let own = format!("http://{}{path}", second.server().ip());
    hear_frames(bench, frames.concat(), &[])?.expect(&[first.line("GET", &url), second.line("GET", &own)])?;

    // The same for programs.
    let talk = first.open(bench).client_says(&request("GET", &path, &host));
    // All at once, so that there is one time.
    let file = capture(Duration::ZERO, talk.frames())?;
    let ended = listen(bench, "visit.pcapng", &file, &["--json"])?.code(0)?;
    let text = ended.stdout_text();
    let got: Option<Value> = text.lines().next().and_then(|line| serde_json::from_str(line).ok());
    let expected = json!({
        "event": "request", "time": START, "source": first.client().to_string(),
        "destination": first.server().to_string(), "method": "GET", "host": host, "url": url,
    });
    ensure(got.as_ref() == Some(&expected), || {
        Fault::expected(format!("with --json a first line like {expected}"))
            .got(wire::bytes::quote(text.as_bytes(), 600))
    })
}

fn finds_neverssl_com(bench: &mut Bench) -> Result<(), Fault> {
    const NEVERSSL: &[u8] = include_bytes!("../../../../fixtures/pcaps/neverssl.pcap");
    let heard = hear(bench, "neverssl.pcap", NEVERSSL, &[])?;
    heard.expect(&["HTTP 10.77.0.11:40010 -> 10.77.0.34:80 GET http://neverssl.com/"])?;
    let summary = ["requests: 1", "hosts:", "  neverssl.com 1", "urls:", "  http://neverssl.com/"];
    expect_lines("the summary", &summary, &heard.summary)
}

fn tells_requests_from_lookalikes(bench: &mut Bench) -> Result<(), Fault> {
    const POST_HEAD: &[u8] = include_bytes!("../../../../fixtures/pcaps/http_post_head.pcap");
    let heard = hear(bench, "http_post_head.pcap", POST_HEAD, &[])?;
    heard.expect(&[
        "HTTP 10.77.0.11:40030 -> 10.77.0.20:80 POST http://example.com/form",
        "HTTP 10.77.0.11:40030 -> 10.77.0.20:80 HEAD http://example.com/form",
    ])?;

    // A body of random length that holds a request, in a segment of its own, and one in the answer.
    let (path, host) = random_url(bench);
    let visit = Visit::to_port(bench, 80);
    let trap = request("GET", "/trap", "trap.test");
    let body = [&trap[..], &vec![b'x'; bench.random().usize(1..400)]].concat();
    let post = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\ncontent-length: {}\r\n\r\n", body.len());
    let answer =
        [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", trap.len()).as_bytes(), &trap].concat();
    let talk = visit
        .open(bench)
        .client_says(post.as_bytes())
        .client_says(&body)
        .server_says(&answer)
        .client_says(&request("HEAD", &path, &host));
    let url = format!("http://{host}{path}");
    hear_frames(bench, talk.close().frames(), &[])?
        .expect(&[visit.line("POST", &url), visit.line("HEAD", &url)])
}

fn watches_the_port_it_is_told(bench: &mut Bench) -> Result<(), Fault> {
    const PORT_8080: &[u8] = include_bytes!("../../../../fixtures/pcaps/http_8080.pcap");
    let heard = hear(bench, "http_8080.pcap", PORT_8080, &["--port", "8080"])?;
    heard.expect(&["HTTP 10.77.0.11:40020 -> 10.77.0.20:8080 GET http://intranet.test:8080/admin"])?;
    let heard = hear(bench, "http_8080.pcap", PORT_8080, &[])?;
    heard.expect(&["HTTP 10.77.0.11:40021 -> 10.77.0.34:80 GET http://example.com/"])
}

fn sums_up_requests_hosts_and_urls(bench: &mut Bench) -> Result<(), Fault> {
    // Three hosts with 1, 2 and 3 requests, one URL twice, on two connections, in an order of their own.
    let hosts = ["b", "a", "c"].map(|first| format!("{first}{}.test", bench.random_word(6)));
    let path = format!("/{}", bench.random_word(6));
    let mut asked = vec![(0, "/"), (1, "/"), (1, &path), (2, "/"), (2, "/"), (2, &path)];
    bench.random().shuffle(&mut asked);
    let mut frames = Vec::new();
    for half in asked.chunks(3) {
        let mut talk = Visit::to_port(bench, 80).open(bench);
        for (host, path) in half {
            talk = talk.client_says(&request("GET", path, &hosts[*host])).server_says(HELLO);
        }
        frames.extend(talk.close().frames());
    }
    let heard = hear_frames(bench, frames, &[])?;
    let [b, a, c] = hosts;
    let expected = [
        "requests: 6".to_owned(),
        "hosts:".to_owned(),
        format!("  {a} 2"),
        format!("  {b} 1"),
        format!("  {c} 3"),
        "urls:".to_owned(),
        format!("  http://{a}/"),
        format!("  http://{a}{path}"),
        format!("  http://{b}/"),
        format!("  http://{c}/"),
        format!("  http://{c}{path}"),
    ];
    expect_lines("the summary", &expected, &heard.summary)
}

fn hears_a_request_as_it_is_made(bench: &mut Bench) -> Result<(), Fault> {
    const LO: [&str; 2] = ["--iface", "lo"];
    bench.plays("sniffer");
    let server = bench.listen()?;
    let port = server.port();
    let watch = [&LO[..], &["--port", &port]].concat();
    let (program, _) = bench.start_to_listen("http-sniff", &watch)?;
    let urls = [visited(bench, &server)?, visited(bench, &server)?];
    for url in &urls {
        program.wait_for_stdout(&format!("a line with {url}"), |line| line.ends_with(url).then_some(()))?;
    }
    program.signal(Signal::SIGINT)?;
    let heard = summed_up(bench, program)?;
    let told: Vec<String> =
        heard.requests.iter().map(|line| line.rsplit(' ').next().unwrap_or_default().to_owned()).collect();
    expect_lines("the URLs before the summary, one for each request", &urls, &told)?;

    // Two are enough, and one is not.
    let (program, _) = bench.start_to_listen("http-sniff", [&watch[..], &["--count", "2"]].concat())?;
    let urls = [visited(bench, &server)?, visited(bench, &server)?];
    let heard = summed_up(bench, program)?;
    expect_lines("the summary's first line", &["requests: 2"], &heard.summary[..1])?;
    for (line, url) in heard.requests.iter().zip(&urls) {
        ensure(line.ends_with(url), || Fault::expected(format!("a line with {url}")).got(line.clone()))?;
    }

    // Nothing is said, longer than a turn; and the end comes by the clock.
    let duration = Duration::from_millis(400);
    let args = [&watch[..], &["--duration", "0.4"]].concat();
    let (program, began) = bench.start_to_listen("http-sniff", args)?;
    wait_for_the_summary(&program)?;
    let took = began.elapsed();
    ensure(took >= duration, || {
        Fault::expected("the summary after --duration 0.4").got(format!("the summary after {took:?}"))
    })?;
    summed_up(bench, program)?.expect(&[""; 0])
}

/// The summary is what a sniffer writes when it has stopped to listen; then the kernel takes its time.
fn wait_for_the_summary(program: &Program) -> Result<(), Fault> {
    program.wait_for_stdout("the summary", |line| line.starts_with("requests: ").then_some(()))
}

fn summed_up(bench: &mut Bench, program: Program) -> Result<Heard, Fault> {
    wait_for_the_summary(&program)?;
    Heard::of(bench.end_of(program, KERNEL_PATIENCE)?)
}

/// Asks a server of the grader's for something; the URL. Each visit is a connection of its own.
fn visited(bench: &mut Bench, server: &crate::Listener) -> Result<String, Fault> {
    use std::io::Write;
    let (path, host) = random_url(bench);
    let mut client = std::net::TcpStream::connect(server.address())?;
    client.write_all(&request("GET", &path, &host))?;
    Ok(format!("http://{host}{path}"))
}
