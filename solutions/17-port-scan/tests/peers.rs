//! The scanner, the one that everybody uses, and a program that people really have behind an open port.

use std::collections::BTreeSet;

use checks::labs::port_scan::{Ports, scan};
use checks::{Bench, Fault, Lab, check, ensure};

static PEERS: Lab = checks::labs::port_scan::LAB
    .with("", &[check("agrees-with-nmap", 0, agrees_with_nmap), check("finds-netcat", 0, finds_netcat)]);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "nmap"])
}

fn agrees_with_nmap(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nmap")?;
    let ports = Ports::hold(bench, 8, 8, 4)?;
    let list = ports.list(bench);
    let ended =
        scan(bench, &list, &["--timeout", "0.5", "--threads", "8"])?.code(0)?.stdout_is(&ports.printed())?;
    let ours = states(&ended.stdout_text(), |line| {
        let (port, state) = line.strip_prefix("Port ")?.split_once(" is ")?;
        let state = match state {
            "closed/filtered (refused)" => "closed",
            "closed/filtered (timeout)" => "filtered",
            state => state,
        };
        Some(format!("{port} {state}"))
    });

    // `22/tcp open ssh`: without a service detection the third word is only a name for the number.
    let args = ["-sT", "-n", "-Pn", "-vv", "-p", &list, "127.0.0.1"];
    let nmap = states(&bench.run("nmap", args)?.code(0)?.stdout_text(), |line| {
        let mut words = line.split_whitespace();
        let port = words.next()?.strip_suffix("/tcp")?;
        Some(format!("{port} {}", words.next()?))
    });
    ensure(ours == nmap, || Fault::expected(format!("what nmap says: {nmap:?}")).got(format!("{ours:?}")))
}

fn states(printed: &str, state: impl FnMut(&str) -> Option<String>) -> BTreeSet<String> {
    printed.lines().filter_map(state).collect()
}

fn finds_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    bench.needs_default_ports()?;
    let mut nc = bench.start("nc", ["-v", "-l", "127.0.0.1", "8080"])?;
    nc.wait_for_stderr("its `Listening on`", |line| line.starts_with("Listening on").then_some(()))?;
    let printed = "Port 8079 is closed/filtered (refused)\nPort 8080 is open\nOpen ports: 8080\n";
    scan(bench, "8079-8080", &[])?.code(0)?.stdout_is(printed)?;
    // It got a connection, nothing, and the end: so it ends, too.
    nc.expect_exit(0)
}
