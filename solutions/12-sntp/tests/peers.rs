//! The client and the given server.

use std::time::Duration;

use checks::labs::sntp::server::{expect_offset, printed};
use checks::{Bench, Fault, Lab, Program, Server, check};

static PEERS: Lab = checks::labs::sntp::LAB.with(
    "",
    &[
        check("believes-the-given-server", 0, believes_the_given_server),
        check("sees-through-the-given-server", 0, sees_through_the_given_server),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test(&PEERS)
}

fn fake_ntp(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.serve("fake-ntp", [&["--port", "0"], flags].concat())
}

fn ask(bench: &mut Bench, server: &Server, timeout: &str) -> Result<Program, Fault> {
    let port = server.address().port().to_string();
    bench.start("sntp", ["127.0.0.1", "--port", &port, "--timeout", timeout])
}

fn believes_the_given_server(bench: &mut Bench) -> Result<(), Fault> {
    // Where an answer is lost, its whole time is waited for; elsewhere nobody waits, and the time may be long.
    for (flags, timeout) in [
        (&["--offset", "3.5"][..], "9"),
        (&["--offset", "3.5", "--drop", "2"], "2"),
        (&["--offset", "3.5", "--hold-ms", "200"], "9"),
    ] {
        let server = fake_ntp(bench, flags)?;
        let client = ask(bench, &server, timeout)?;
        expect_offset(&printed(bench, client)?, 3.5)?;
    }
    Ok(())
}

fn sees_through_the_given_server(bench: &mut Bench) -> Result<(), Fault> {
    for (bad, code) in
        [("origin", 5), ("mode", 5), ("short", 5), ("from-other-port", 5), ("kod", 6), ("li3", 6)]
    {
        let server = fake_ntp(bench, &["--bad", bad])?;
        let client = ask(bench, &server, "0.5")?;
        bench.end_of(client, Duration::from_secs(10))?.code(code)?.stdout_is("")?;
    }
    Ok(())
}
