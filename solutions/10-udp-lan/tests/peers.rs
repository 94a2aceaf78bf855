//! The broadcast server and its client, each with netcat on the other side.

use checks::labs::udp_lan::{broadcast_server, expect_says};
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::udp_lan::LAB.with(
    "",
    &[
        check("hears-netcat", 0, hears_netcat),
        check("client-is-heard-by-netcat", 0, client_is_heard_by_netcat),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc"])
}

fn hears_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let mut server = broadcast_server(bench, "", 0)?;
    let port = server.address().port().to_string();
    let netcat = ["-u", "-b", "-w", "1", "127.255.255.255", &port];
    bench.run_with_input("nc", netcat, "Xin chào".as_bytes())?.code(0)?;
    expect_says(&mut server, "Xin chào")
}

fn client_is_heard_by_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    bench.needs_default_ports()?;
    let mut nc = bench.terminal("nc", ["-v", "-n", "-u", "-l", "0.0.0.0", "1060"])?;
    nc.expect("Bound on")?;
    bench.run("udp-broadcast", ["client", "127.255.255.255"])?.code(0)?;
    nc.expect("Broadcast datagram!")?;
    Ok(())
}
