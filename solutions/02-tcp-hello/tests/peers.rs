//! The servers and the programs with which people really visit them.

use checks::labs::tcp_hello::{hello_server, time_server};
use checks::predicates::str::is_match;
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::tcp_hello::LAB.with(
    "",
    &[
        check("greets-netcat", 0, greets_netcat),
        check("greets-telnet", 0, greets_telnet),
        check("tells-netcat-the-time", 0, tells_netcat_the_time),
        check("tells-telnet-the-time", 0, tells_telnet_the_time),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "telnet"])
}

fn greets_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let mut server = hello_server(bench)?;
    let port = server.address().port().to_string();
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], b"Xin chao")?;
    nc.code(0)?.stdout_is("Hello! You are connection #1")?;
    server.program().expect_line("Received: Xin chao")
}

fn greets_telnet(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let mut server = hello_server(bench)?;
    let mut telnet = bench.terminal("telnet", ["127.0.0.1", &server.address().port().to_string()])?;
    telnet.expect("Escape character is")?;
    telnet.type_line("Xin chao")?;
    telnet.expect("Hello! You are connection #1")?;
    telnet.expect("Connection closed by foreign host.")?;
    server.program().expect_line("Received: Xin chao")
}

fn tells_netcat_the_time(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = time_server(bench)?;
    let nc = bench.run("nc", ["-d", "127.0.0.1", &server.address().port().to_string()])?;
    let line =
        is_match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n$").expect("the pattern is a regular expression");
    nc.code(0)?.stdout(line)?;
    Ok(())
}

fn tells_telnet_the_time(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let server = time_server(bench)?;
    let mut telnet = bench.terminal("telnet", ["127.0.0.1", &server.address().port().to_string()])?;
    telnet.expect("Escape character is '^]'.\r\n20")?;
    telnet.expect("Z\r\nConnection closed by foreign host.")?;
    Ok(())
}
