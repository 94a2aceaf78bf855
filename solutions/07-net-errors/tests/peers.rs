//! The client, and programs that people really have at the other end.

use std::time::Duration;

use checks::labs::net_errors::expect_failure;
use checks::{Bench, Fault, Lab, PATIENCE, Timer, check};

static PEERS: Lab = checks::labs::net_errors::LAB.with(
    "",
    &[
        check("hears-netcat", 0, hears_netcat),
        check("gives-up-on-netcat", 0, gives_up_on_netcat),
        check("finds-netcat-by-name", 0, finds_netcat_by_name),
    ],
);

/// Netcat does not say which port it got: the check's network is its own, so this one is free.
const PORT: &str = "9999";

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc"])
}

fn hears_netcat(bench: &mut Bench) -> Result<(), Fault> {
    let mut nc = netcat(bench, "127.0.0.1")?;
    let client = bench.start("safe-client", ["127.0.0.1", PORT, "--message", "Xin chao\n"])?;
    nc.expect_line("Xin chao")?;
    nc.write_stdin("chào bạn\n".as_bytes())?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is("Received: chào bạn\n")?;
    Ok(())
}

fn gives_up_on_netcat(bench: &mut Bench) -> Result<(), Fault> {
    let _nc = netcat(bench, "127.0.0.1")?;
    let timer = Timer::start(Duration::from_millis(300));
    let ended = bench.run("safe-client", ["127.0.0.1", PORT, "--timeout", "0.3"])?;
    timer.expect_on_time()?;
    expect_failure(ended, 5, "Connection timed out while waiting for the reply")
}

fn finds_netcat_by_name(bench: &mut Bench) -> Result<(), Fault> {
    bench.hosts(&["127.0.0.1 two.test", "127.0.0.2 two.test"])?;
    let mut nc = netcat(bench, "127.0.0.2")?;
    let client = bench.start("safe-client", ["two.test", PORT, "--message", "ping\n"])?;
    nc.expect_line("ping")?;
    nc.write_stdin(b"pong\n")?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is("Received: pong\n")?;
    Ok(())
}

/// Starts a netcat that listens there, and waits until it does.
fn netcat(bench: &mut Bench, address: &str) -> Result<checks::Program, Fault> {
    bench.needs_tool("nc")?;
    bench.needs_default_ports()?;
    let nc = bench.start("nc", ["-v", "-l", address, PORT])?;
    nc.wait_for_stderr("its `Listening on`", |line| line.starts_with("Listening on").then_some(()))?;
    Ok(nc)
}
