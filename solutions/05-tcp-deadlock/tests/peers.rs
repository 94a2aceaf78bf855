//! The server, and a program that has cured itself of deadlocks long ago.

use checks::labs::tcp_deadlock::server;
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab =
    checks::labs::tcp_deadlock::LAB.with("", &[check("capitalizes-netcat", 0, capitalizes_netcat)]);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc"])
}

/// Far more than the buffers hold: netcat waits for both directions at once, by poll(2).
fn capitalizes_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = server(bench, &["--sndbuf", "8192", "--rcvbuf", "8192"])?;
    let port = server.address().port().to_string();
    let text = "xin chao ".repeat(100_000);
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], text.as_bytes())?;
    nc.code(0)?.stdout_is(&text.to_ascii_uppercase())?;
    Ok(())
}
