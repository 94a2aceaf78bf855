//! The server and the programs with which people really visit it.

use checks::labs::c10k::c10k_server;
use checks::{Bench, Fault, Lab, Signal, check};

static PEERS: Lab = checks::labs::c10k::LAB.with(
    "",
    &[
        check("echoes-to-netcat", 0, echoes_to_netcat),
        check("says-farewell-to-telnet", 0, says_farewell_to_telnet),
        check("tells-netcat-that-it-is-full", 0, tells_netcat_that_it_is_full),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "telnet"])
}

fn echoes_to_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = c10k_server(bench, &[])?;
    let port = server.address().port().to_string();
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], "chào\nwithout newline".as_bytes())?;
    nc.code(0)?.stdout_is("ECHO: chào\nECHO: without newline\n")?;
    Ok(())
}

fn says_farewell_to_telnet(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let mut server = c10k_server(bench, &[])?;
    let mut telnet = bench.terminal("telnet", ["127.0.0.1", &server.address().port().to_string()])?;
    telnet.expect("Escape character is")?;
    telnet.type_line("Hello")?;
    telnet.expect("ECHO: Hello\r\n")?;
    server.program().signal(Signal::SIGTERM)?;
    telnet.expect("Connection closed by foreign host.")?;
    server.program().expect_exit(0)
}

fn tells_netcat_that_it_is_full(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = c10k_server(bench, &["--max-clients", "1"])?;
    let mut first = server.connect()?;
    first.send(b"Hello\n")?;
    first.expect_line("ECHO: Hello")?;
    let port = server.address().port().to_string();
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], b"Hello\n")?;
    nc.code(0)?.stdout_is("Server is full. Try again later.\n")?;
    Ok(())
}
