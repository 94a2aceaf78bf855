//! The servers and curl. (A browser is too large for a cell: see `chromium.rs`.)

use checks::labs::http_server::{HELLO_PAGE, NOT_FOUND_PAGE, http_server, http_visitor, info_page};
use checks::{Bench, Ended, Fault, Lab, Server, check};

static PEERS: Lab = checks::labs::http_server::LAB.with(
    "",
    &[
        check("shows-curl-the-visitors-page", 0, shows_curl_the_visitors_page),
        check("gives-curl-both-pages", 0, gives_curl_both_pages),
        check("gives-curl-a-head", 0, gives_curl_a_head),
        check("takes-what-curl-sends", 0, takes_what_curl_sends),
        check("refuses-what-is-too-much", 0, refuses_what_is_too_much),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["curl"])
}

/// Runs `curl -s FLAGS… http://SERVER/PATH`.
fn curl(bench: &mut Bench, server: &Server, path: &str, flags: &[&str]) -> Result<Ended, Fault> {
    let url = format!("http://{}{path}", server.address());
    bench.run("curl", [&["-s", "-S"], flags, &[&url]].concat())
}

fn shows_curl_the_visitors_page(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("curl")?;
    let server = http_visitor(bench)?;
    for n in 1..=3 {
        let page = http_server::visitor::page(n).body;
        curl(bench, &server, "/", &[])?.code(0)?.stdout_is(&page)?;
    }
    Ok(())
}

fn gives_curl_both_pages(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("curl")?;
    let mut server = http_server(bench, &[])?;
    curl(bench, &server, "/hello", &["-A", "Mozilla/5.0"])?.code(0)?.stdout_is(HELLO_PAGE)?;
    curl(bench, &server, "/hello?q=1#part", &["-A", "Mozilla/5.0", "--http1.0"])?
        .code(0)?
        .stdout_is(HELLO_PAGE)?;
    curl(bench, &server, "/nope", &[])?.code(0)?.stdout_is(NOT_FOUND_PAGE)?;
    // 22: the status is 400 or more.
    curl(bench, &server, "/nope", &["--fail"])?.code(22)?.stdout_is("")?;
    server.program().expect_line("GET /hello?q=1 HTTP/1.0")?;

    let evil = ["-A", "<script>\"&\"</script>"];
    let page = info_page("GET", "/", "&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;");
    curl(bench, &server, "/", &evil)?.code(0)?.stdout_is(&page)?;
    Ok(())
}

fn gives_curl_a_head(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("curl")?;
    let server = http_server(bench, &[])?;
    let length = info_page("HEAD", "/about", "me").len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    curl(bench, &server, "/about", &["--head", "-A", "me"])?.code(0)?.stdout_is(&head)?;
    Ok(())
}

fn takes_what_curl_sends(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("curl")?;
    let server = http_server(bench, &[])?;
    let body = bench.random_bytes(150_000);
    let data = format!("@{}", bench.file("body", &body)?);
    let post = info_page("POST", "/hello", "me");
    curl(bench, &server, "/hello", &["-A", "me", "--data-binary", &data])?.code(0)?.stdout_is(&post)?;
    // Slowly: curl stops as soon as it has its answer, wherever it is by then.
    let slow = ["-A", "me", "--data-binary", &data, "--limit-rate", "75k"];
    curl(bench, &server, "/hello", &slow)?.code(0)?.stdout_is(&post)?;
    // A body in chunks, without a length.
    let url = format!("http://{}/hello", server.address());
    let put = bench.run_with_input("curl", ["-s", "-S", "-A", "me", "-T", "-", &url], &body)?;
    put.code(0)?.stdout_is(&info_page("PUT", "/hello", "me"))?;
    Ok(())
}

fn refuses_what_is_too_much(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("curl")?;
    let mut server = http_server(bench, &["--max-body", "100000"])?;
    let body = bench.random_bytes(150_000);
    let data = format!("@{}", bench.file("body", &body)?);
    let status = ["-o", "/dev/null", "-w", "%{http_code}"];
    let large = [&status[..], &["--data-binary", &data]].concat();
    curl(bench, &server, "/hello", &large)?.code(0)?.stdout_is("413")?;
    let long = "X: ".to_owned() + &"x".repeat(8192);
    curl(bench, &server, "/hello", &[&status[..], &["-H", &long]].concat())?.code(0)?.stdout_is("431")?;
    curl(bench, &server, "/hello", &[&status[..], &["-H", "Host:"]].concat())?.code(0)?.stdout_is("400")?;
    // It begins with `PRI * HTTP/2.0`, and does not expect to be understood.
    curl(bench, &server, "/hello", &["--http2-prior-knowledge"])?;
    server.program().wait_for_stderr("505 for HTTP/2", |line| line.contains(" 505 ").then_some(()))?;
    curl(bench, &server, "/hello", &status)?.code(0)?.stdout_is("200")?;
    Ok(())
}
