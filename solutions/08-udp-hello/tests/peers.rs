//! The server and the client, and the program with which people really send datagrams.

use std::net::SocketAddr;

use checks::labs::udp_hello::server;
use checks::{Bench, Deadline, Fault, Lab, PATIENCE, check};

static PEERS: Lab = checks::labs::udp_hello::LAB
    .with("", &[check("answers-netcat", 0, answers_netcat), check("asks-netcat", 0, asks_netcat)]);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc"])
}

fn answers_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let mut server = server(bench, "counter")?;
    let port = server.address().port().to_string();
    // It can't know when a conversation without an end has ended: a second of silence it is.
    let nc = bench.run_with_input("nc", ["-u", "-w", "1", "127.0.0.1", &port], b"Xin chao")?;
    nc.code(0)?.stdout_is("Received! Message #1")?;
    server.program().wait_for_stdout("a line that ends with `: Xin chao`", |line| {
        line.ends_with(": Xin chao").then_some(())
    })
}

fn asks_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    bench.needs_default_ports()?;
    let address = SocketAddr::from(([127, 0, 0, 1], 9090));
    let mut nc = bench.start("nc", ["-u", "-l", "127.0.0.1", "9090"])?;
    Deadline::after(PATIENCE)
        .try_poll(|| Ok::<_, Fault>(nc.facts().receives_datagrams_at(address)?.then_some(())))?
        .ok_or_else(|| Fault::infra("nc is not there"))?;
    let client = bench.start("udp-hello-client", ["--message", "Xin chao\n", "--connected"])?;
    nc.expect_line("Xin chao")?;
    nc.write_stdin(b"Chao ban")?;
    let printed = "Sent to 127.0.0.1:9090\nReceived from 127.0.0.1:9090: Chao ban\n";
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(printed)?;
    Ok(())
}
