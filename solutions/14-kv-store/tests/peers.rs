//! The server and the programs with which people really visit it.

use checks::labs::kv_store::kv_server;
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::kv_store::LAB
    .with("", &[check("serves-netcat", 0, serves_netcat), check("serves-telnet", 0, serves_telnet)]);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "telnet"])
}

const TALK: (&str, &str) = (
    "SET greeting Xin chào  you\nGET greeting\nGET nothing\nDELETE greeting\nGET greeting",
    "OK\nXin chào  you\nERROR\nOK\nERROR\n",
);

fn serves_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = kv_server(bench, &[])?;
    let (said, heard) = TALK;
    let port = server.address().port().to_string();
    bench.run_with_input("nc", ["-N", "127.0.0.1", &port], said.as_bytes())?.code(0)?.stdout_is(heard)?;
    Ok(())
}

fn serves_telnet(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let server = kv_server(bench, &[])?;
    let mut telnet = bench.terminal("telnet", ["127.0.0.1", &server.address().port().to_string()])?;
    telnet.expect("Escape character is")?;
    // A telnet line ends with \r\n.
    telnet.type_line("set greeting Hello")?;
    telnet.expect("OK\r\n")?;
    telnet.type_line("get greeting")?;
    telnet.expect("Hello\r\n")?;
    telnet.type_line("get nothing")?;
    telnet.expect("ERROR\r\n").map(drop)
}
