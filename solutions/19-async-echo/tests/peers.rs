//! The server and the programs with which people really visit it.

use checks::labs::async_echo::echo_server;
use checks::{Bench, Fault, Lab, Signal, check};

static PEERS: Lab = checks::labs::async_echo::LAB.with(
    "",
    &[
        check("echoes-to-netcat", 0, echoes_to_netcat),
        check("echoes-to-telnet-and-says-farewell", 0, echoes_to_telnet_and_says_farewell),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "telnet"])
}

fn echoes_to_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = echo_server(bench, &[])?;
    let port = server.address().port().to_string();
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], "chào\nwithout newline".as_bytes())?;
    nc.code(0)?.stdout_is("ECHO: chào\nECHO: without newline\n")?;
    Ok(())
}

fn echoes_to_telnet_and_says_farewell(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let mut server = echo_server(bench, &[])?;
    let mut telnet = bench.terminal("telnet", ["127.0.0.1", &server.address().port().to_string()])?;
    telnet.expect("Escape character is")?;
    telnet.type_line("Hello")?;
    telnet.expect("ECHO: Hello\r\n")?;
    server.program().signal(Signal::SIGTERM)?;
    telnet.expect("Connection closed by foreign host.")?;
    server.program().expect_exit(0)
}
