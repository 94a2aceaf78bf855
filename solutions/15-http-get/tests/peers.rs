//! The client, and Python's web server: what it prints is what curl prints, byte by byte.

use std::path::Path;

use checks::{Bench, Fault, Lab, Program, check, ensure};

static PEERS: Lab = checks::labs::http_get::LAB.with(
    "",
    &[
        check("agrees-with-curl-about-python", 0, agrees_with_curl_about_python),
        check("shows-the-same-lines-as-curl", 0, shows_the_same_lines_as_curl),
    ],
);

/// The check's network is its own, so this port is free.
const SERVER: &str = "127.0.0.1:8080";

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["curl", "python3"])
}

fn agrees_with_curl_about_python(bench: &mut Bench) -> Result<(), Fault> {
    let _python = python(bench)?;
    expect_agreement(bench, "/length.bin", "HTTP/1.0 200 OK")?;
    expect_agreement(bench, "/empty.txt", "HTTP/1.0 200 OK")?;
    expect_agreement(bench, "/nowhere", "HTTP/1.0 404 File not found")
}

fn shows_the_same_lines_as_curl(bench: &mut Bench) -> Result<(), Fault> {
    let _python = python(bench)?;
    let url = format!("http://{SERVER}/nowhere");
    let ours = bench.run("http-get", ["-v", &url])?.code(0)?.stderr_text();
    let curl = bench.run("curl", ["-sv", "-o", "/dev/null", "-H", "Connection: close", &url])?.code(0)?;
    // Curl tells the server more about itself, and each line of its own ends in CR.
    let curl: Vec<String> = curl
        .stderr_text()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .filter(|line| line.starts_with(['>', '<']) && !line.starts_with("> User-Agent"))
        .filter(|line| !line.starts_with("> Accept") && !line.starts_with("< Date"))
        .collect();
    let ours: Vec<String> = ours
        .lines()
        .map(|line| line.trim_end().to_owned())
        .filter(|line| !line.starts_with("< Date"))
        .collect();
    ensure(ours == curl, || Fault::expected(curl.join("\n")).got(ours.join("\n")))
}

/// Starts Python's server, and waits until it listens.
fn python(bench: &mut Bench) -> Result<Program, Fault> {
    bench.needs_tool("python3")?;
    bench.needs_tool("curl")?;
    bench.needs_default_ports()?;
    let big = bench.random_bytes(1 << 20);
    bench.file("length.bin", &big)?;
    bench.file("empty.txt", b"")?;
    let folder = bench.scratch().display().to_string();
    let server = ["-u", "-m", "http.server", "8080", "--bind", "127.0.0.1", "--directory", &folder];
    let server = bench.start("python3", server)?;
    server.wait_for_stdout("its `Serving HTTP on`", |line| line.starts_with("Serving").then_some(()))?;
    Ok(server)
}

/// Expects that both print the same body, and that it begins with this status line.
fn expect_agreement(bench: &mut Bench, path: &str, status_line: &str) -> Result<(), Fault> {
    let url = format!("http://{SERVER}{path}");
    let (ours, theirs) = (bench.scratch().join("ours"), bench.scratch().join("theirs"));
    let name = |file: &Path| file.display().to_string();
    bench.run("http-get", ["-o", &name(&ours), &url])?.code(0)?;
    bench.run("curl", ["-s", "-o", &name(&theirs), &url])?.code(0)?;
    // Where there is no body, curl makes no file.
    let theirs_bytes = std::fs::read(&theirs).unwrap_or_default();
    let _ = std::fs::remove_file(&theirs);
    let ours_bytes = std::fs::read(&ours)?;
    ensure(ours_bytes == theirs_bytes, || {
        Fault::expected(format!("the body of {path} as curl has it")).got_bytes(&theirs_bytes, &ours_bytes)
    })?;
    expect_header(bench, path, status_line)
}

fn expect_header(bench: &mut Bench, path: &str, line: &str) -> Result<(), Fault> {
    let head = head_of(bench, path)?;
    ensure(head.contains(line), || Fault::expected(format!("{line} in the head of {path}")).got(head))
}

/// What `-v` shows of the response's head.
fn head_of(bench: &mut Bench, path: &str) -> Result<String, Fault> {
    let url = format!("http://{SERVER}{path}");
    let ended = bench.run("http-get", ["-v", "-o", "/dev/null", &url])?.code(0)?;
    Ok(ended.stderr_text())
}
