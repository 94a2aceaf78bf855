//! The server, and the programs with which people really visit it.

use checks::labs::tcp_sixteen::sixteen_server;
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::tcp_sixteen::LAB.with(
    "",
    &[
        check("answers-netcat", 0, answers_netcat),
        check("answers-telnet", 0, answers_telnet),
        check("tells-netcat-nothing-for-half-a-message", 0, tells_netcat_nothing_for_half_a_message),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "telnet"])
}

fn answers_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let mut server = sixteen_server(bench)?;
    let port = server.address().port().to_string();
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], b"Hi from netcat!!")?;
    nc.code(0)?.stdout_is("Farewell, client")?;
    server.program().expect_line("  Incoming sixteen-octet message: \"Hi from netcat!!\"")
}

fn answers_telnet(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let mut server = sixteen_server(bench)?;
    let mut telnet = bench.terminal("telnet", ["127.0.0.1", &server.address().port().to_string()])?;
    telnet.expect("Escape character is")?;
    // telnet ends the line with two bytes more: the sixteen are complete.
    telnet.type_line("fourteen bytes")?;
    telnet.expect("Farewell, client")?;
    server.program().expect_line("  Incoming sixteen-octet message: \"fourteen bytes\\r\\n\"")
}

fn tells_netcat_nothing_for_half_a_message(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = sixteen_server(bench)?;
    let port = server.address().port().to_string();
    bench.run_with_input("nc", ["-N", "127.0.0.1", &port], b"Hi\n")?.code(0)?.stdout_is("")?;
    Ok(())
}
