//! Client and server over a path that loses, and the client that believes everybody before netcat.

use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::udp_reliable::LAB.with(
    "",
    &[
        check("gets-through-a-path-that-loses-doubles-and-swaps", 0, gets_through),
        check("finds-a-server-that-loses-half", 0, finds_a_server_that_loses_half),
        check("believes-netcat-only-when-promiscuous", 0, believes_netcat_only_when_promiscuous),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc"])
}

const ANSWER: &str = "The server says \"Your data was 23 bytes long\"\n";

fn gets_through(bench: &mut Bench) -> Result<(), Fault> {
    let server = bench.serve("udp-reliable", ["server", "-p", "0", "--drop-rate", "0"])?;
    for script in ["DDDP", "2", "R2", "H(150)"] {
        let proxy = bench.lossy_proxy(script, server.address())?;
        let port = proxy.address().port().to_string();
        bench.run("udp-reliable", ["client", "127.0.0.1", "-p", &port])?.code(0)?.stdout_contains(ANSWER)?;
    }
    Ok(())
}

fn finds_a_server_that_loses_half(bench: &mut Bench) -> Result<(), Fault> {
    let server = bench.serve("udp-reliable", ["server", "-p", "0", "--drop-rate", "0.5", "--seed", "1"])?;
    let port = server.address().port().to_string();
    for _ in 0..10 {
        let client = ["client", "127.0.0.1", "-p", &port, "--initial", "0.01", "--max", "20"];
        bench.run("udp-reliable", client)?.code(0)?.stdout_contains(ANSWER)?;
    }
    Ok(())
}

fn believes_netcat_only_when_promiscuous(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    bench.needs_default_ports()?;
    for (flags, code) in [(&["--promiscuous"][..], 0), (&[], 5)] {
        // What it reads goes to the first who sends it something.
        let mut nc = bench.start("nc", ["-u", "-l", "127.0.0.1", "1060"])?;
        nc.write_stdin(b"not the server")?;
        let client = bench.run("udp-reliable", [&["client", "127.0.0.1"], flags].concat())?.code(code)?;
        if code == 0 {
            client.stdout_contains("The server says \"not the server\"\n")?;
        }
        nc.kill();
    }
    Ok(())
}
