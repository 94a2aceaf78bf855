//! The programs beside those that people really use: nc, ping. What tcpdump captures is in `tcpdump.rs`.

use std::time::Duration;

use checks::wire::{Host, Mac, World};
use checks::{Bench, Fault, Lab, Needs, PATIENCE, check, ensure};

static PEERS: Lab = checks::labs::packet_craft::LAB.with(
    "",
    &[
        check("sees-netcat-being-refused", 0, sees_netcat_being_refused).needs(Needs::RawSockets),
        check("pings-what-ping-pings", 0, pings_what_ping_pings).needs(Needs::Wire),
        check("pings-beside-ping", 0, pings_beside_ping).needs(Needs::RawSockets),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc", "ping"])
}

fn sees_netcat_being_refused(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let port = listener.port();
    drop(listener);
    // Nobody listens there any more: SYN, RST.
    bench.needs_tool("nc")?;
    let watcher = bench.start("tcp-watch", ["--iface", "lo", "--port", &port, "--count", "2"])?;
    watcher.wait_until_sniffing()?;
    bench.run("nc", ["127.0.0.1", &port])?.code(1)?;
    let lines = "C>S SYN seq=0\nS>C RST,ACK seq=1 ack=1\nclose: refused\n";
    bench.end_of(watcher, PATIENCE)?.code(0)?.stdout_is(lines).map(drop)
}

fn pings_what_ping_pings(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("ping")?;
    let silent = Host::new([10, 77, 0, 3].into(), Mac::of_host(3)).echo([]);
    bench.link(World::new().host(Host::new([10, 77, 0, 2].into(), Mac::of_host(2))).host(silent))?;
    for (host, loss) in [("10.77.0.2", "0%"), ("10.77.0.3", "100%")] {
        for (program, wait) in [("ping", "1"), ("icmp-ping", "1")] {
            let ended = bench.run(program, [host, "-c", "2", "-i", "0.2", "-W", wait])?;
            ended.stdout_contains(&format!(" {loss} "))?;
        }
    }
    Ok(())
}

fn pings_beside_ping(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("ping")?;
    // Both number their requests from 1, to the same host, at the same time.
    let arguments = ["127.0.0.1", "-c", "5", "-i", "0.2", "-W", "5"];
    let theirs = bench.start("ping", arguments)?;
    let ours = bench.start("icmp-ping", arguments)?;
    let limit = PATIENCE + Duration::from_secs(10);
    let printed = bench.end_of(ours, limit)?.code(0)?.stdout_text();
    bench.end_of(theirs, limit)?.code(0)?.stdout_contains("5 received")?;
    ensure(printed.lines().count() == 6 && printed.ends_with("5 sent, 5 received, 0% loss\n"), || {
        Fault::expected("five replies").got(printed)
    })
}
