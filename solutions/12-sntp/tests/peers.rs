//! The client and the given server.

use std::time::Duration;

use checks::{Bench, Fault, Lab, Program, Server, check, predicates};

static PEERS: Lab = Lab {
    name: "sntp",
    number: 12,
    title: "The time, and the server that lies",
    signatures: "",
    checks: &[
        check("believes-the-given-server", 0, believes_the_given_server),
        check("sees-through-the-given-server", 0, sees_through_the_given_server),
    ],
};

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
    for (flags, timeout) in [
        (&["--offset", "3.5"][..], "10"),
        (&["--offset", "3.5", "--drop", "2"], "3"),
        (&["--offset", "3.5", "--hold-ms", "200"], "10"),
    ] {
        let server = fake_ntp(bench, flags)?;
        let client = ask(bench, &server, timeout)?;
        let lines = r"^server time: 20\S+Z\noffset: \+\d\.\d+ s\ndelay: \d\.\d+ s\nstratum: 2\n$";
        let lines = predicates::str::is_match(lines).expect("a regular expression");
        bench.end_of(client, Duration::from_secs(30))?.code(0)?.stdout(lines)?;
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
