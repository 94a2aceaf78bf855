//! The programs, and those that people really have on the other side.

use checks::labs::tcp_shutdown::{expect_content, receiver, word_counter};
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::tcp_shutdown::LAB.with(
    "",
    &[
        check("receives-from-netcat", 0, receives_from_netcat),
        check("counts-for-netcat-as-wc-does", 0, counts_for_netcat_as_wc_does),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "wc"])
}

fn receives_from_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let mut receiver = receiver(bench, "received")?;
    let bytes = bench.random_bytes(50_000);
    let port = receiver.address().port().to_string();
    bench.run_with_input("nc", ["-N", "127.0.0.1", &port], &bytes)?.code(0)?;
    receiver.program().expect_exit(0)?;
    expect_content(bench, "received", &bytes)
}

fn counts_for_netcat_as_wc_does(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    bench.needs_tool("wc")?;
    let server = word_counter(bench)?;
    let text = b"one two\tthree\n\n  four\r\n\x0bfive\x0csix, and no newline";
    let by_wc = bench.run_with_input("wc", [""; 0], text)?.code(0)?.stdout_text();
    let numbers: Vec<&str> = by_wc.split_whitespace().collect();
    let port = server.address().port().to_string();
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], text)?;
    nc.code(0)?.stdout_is(&format!("{}\n", numbers.join(" ")))?;
    Ok(())
}
