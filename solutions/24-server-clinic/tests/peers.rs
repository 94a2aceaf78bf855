//! The mended server and the programs with which people really visit it; and the patient on a good day.

use checks::labs::server_clinic::{FULL, echo, fixed_server};
use checks::wire::peer::Script;
use checks::{Bench, Fault, Lab, Signal, check, play};

static PEERS: Lab = checks::labs::server_clinic::LAB.with(
    "",
    &[
        check("echoes-to-netcat", 0, echoes_to_netcat),
        check("tells-netcat-that-it-is-full", 0, tells_netcat_that_it_is_full),
        check("the-patient-follows-the-transcript", 0, the_patient_follows_the_transcript),
        check("echoes-to-telnet-and-says-farewell", 0, echoes_to_telnet_and_says_farewell),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "telnet"])
}

fn echoes_to_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = fixed_server(bench, &[])?;
    let port = server.address().port().to_string();
    let nc = bench.run_with_input("nc", ["-N", "127.0.0.1", &port], b"one\n\xff\nwithout newline")?;
    nc.code(0)?.stdout_is("ECHO: ONE\nERROR: Invalid encoding\nECHO: WITHOUT NEWLINE\n")?;
    Ok(())
}

fn tells_netcat_that_it_is_full(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = fixed_server(bench, &["--max-clients", "1"])?;
    let mut client = server.connect()?;
    echo(bench, &mut client)?;
    let nc = bench.run("nc", ["-d", "127.0.0.1", &server.address().port().to_string()])?;
    nc.code(0)?.stdout_is(&format!("{FULL}\n"))?;
    Ok(())
}

fn echoes_to_telnet_and_says_farewell(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("telnet")?;
    let mut server = fixed_server(bench, &[])?;
    let mut telnet = bench.terminal("telnet", ["127.0.0.1", &server.address().port().to_string()])?;
    telnet.expect("Escape character is")?;
    telnet.type_line("Hello")?;
    telnet.expect("ECHO: HELLO\r\n")?;
    server.signal(Signal::SIGTERM)?;
    telnet.expect("Connection closed by foreign host.")?;
    server.program().expect_exit(0)
}

/// What the mended server must not spoil is what the patient gets right.
fn the_patient_follows_the_transcript(bench: &mut Bench) -> Result<(), Fault> {
    let script = include_str!("../../../fixtures/transcripts/buggy_basic.peer");
    let patient = bench.serve("buggy-server", ["--port", "0"])?;
    play(&Script::parse(script).map_err(Fault::infra)?, &patient)
}
