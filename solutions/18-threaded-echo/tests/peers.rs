//! The server and the programs with which people really visit it; and many visitors.

use checks::labs::threaded_echo::{FULL, echo_server, expect_echo, fill};
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::threaded_echo::LAB.with(
    "",
    &[
        check("echoes-to-netcat", 0, echoes_to_netcat),
        check("echoes-to-three-telnets-at-once", 0, echoes_to_three_telnets_at_once),
        check("tells-netcat-that-it-is-full", 0, tells_netcat_that_it_is_full),
        check("serves-a-thousand-clients-at-once", 0, serves_a_thousand_clients_at_once),
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

fn echoes_to_three_telnets_at_once(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let server = echo_server(bench, &[])?;
    let port = server.address().port().to_string();
    let mut telnets = Vec::new();
    for _ in 0..3 {
        let mut telnet = bench.terminal("telnet", ["127.0.0.1", &port])?;
        telnet.expect("Escape character is")?;
        telnets.push(telnet);
    }
    for telnet in telnets.iter_mut().rev() {
        let word = bench.random_word(8);
        telnet.type_line(&word)?;
        telnet.expect(&format!("ECHO: {word}\r\n"))?;
    }
    Ok(())
}

fn tells_netcat_that_it_is_full(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let mut server = echo_server(bench, &["--max-clients", "1"])?;
    let _clients = fill(&mut server, 1)?;
    let nc = bench.run("nc", ["-d", "127.0.0.1", &server.address().port().to_string()])?;
    nc.code(0)?.stdout_is(&format!("{FULL}\n"))?;
    Ok(())
}

/// Lab 19 measures itself against this.
fn serves_a_thousand_clients_at_once(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 1000;
    bench.limit_tasks(CLIENTS as u64 + 100);
    let server = echo_server(bench, &["--max-clients", &CLIENTS.to_string()])?;
    let clients = (0..CLIENTS).map(|_| server.connect());
    let mut clients = clients.collect::<Result<Vec<_>, _>>()?;
    for client in clients.iter_mut().rev() {
        expect_echo(bench, client)?;
    }
    Ok(())
}
