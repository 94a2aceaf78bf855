//! The scanner, a kernel that it knows nothing of, and nmap: two machines of the test's own, joined by a cable.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use checks::{RealProgram, TwoMachines, is_installed};

/// Both machines, and a word about it where that, or a program, is missing.
fn machines(programs: &[&str]) -> Option<TwoMachines> {
    TwoMachines::join_with(programs).inspect_err(|reason| eprintln!("skipped: {reason}")).ok()
}

/// A program that people have behind an open port.
fn netcat(machines: &TwoMachines, port: u16) -> RealProgram {
    RealProgram::start(machines.far("nc").args(["-n", "-v", "-l", "-k", &port.to_string()]), "Listening on")
        .unwrap()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Where every port answers, the timeout doesn't matter, however slow this machine is.
fn scan(machines: &TwoMachines, host: &str, ports: &str, timeout: &str) -> String {
    let flags = [host, "--ports", ports, "--timeout", timeout];
    run(machines.near(env!("CARGO_BIN_EXE_syn-scan")).args(flags))
}

#[test]
fn a_kernel_answers_for_its_open_and_closed_ports() {
    let Some(machines) = machines(&["nc"]) else { return };
    let (_first, _second) = (netcat(&machines, 80), netcat(&machines, 8080));
    let printed = "79/tcp CLOSED\n80/tcp OPEN\n81/tcp CLOSED\n8080/tcp OPEN\n";
    assert_eq!(scan(&machines, "10.77.0.2", "79-81,8080", "10"), printed);
}

/// A router that refuses says so with ICMP; one that is told to say nothing says nothing. Both are Linux's own words.
#[test]
fn a_router_that_forbids_the_way_is_quoted() {
    let Some(machines) = machines(&[]) else { return };
    let route = |kind: &str, to: &str| run(machines.far("ip").args(["route", "add", kind, to]));
    run(machines.near("ip").args(["route", "add", "10.78.0.0/16", "via", "10.77.0.2"]));
    run(machines
        .far("sh")
        .args(["-c", "cd /proc/sys/net/ipv4; echo 1 > ip_forward; echo 0 > icmp_ratelimit"]));
    for (kind, host, state) in [
        ("prohibit", "10.78.0.13", "FILTERED (icmp 3/13)"),
        ("unreachable", "10.78.0.1", "FILTERED (icmp 3/1)"),
        ("blackhole", "10.78.0.9", "FILTERED (no response)"),
    ] {
        route(kind, host);
        assert_eq!(scan(&machines, host, "22,80", "0.5"), format!("22/tcp {state}\n80/tcp {state}\n"));
    }
}

#[test]
fn a_firewall_that_drops_makes_silence() {
    let Some(machines) = machines(&["nft", "nc"]) else { return };
    let _open = netcat(&machines, 80);
    let nft = |rule: &str| run(machines.far("nft").arg(rule));
    nft("add table ip filter");
    nft("add chain ip filter input { type filter hook input priority 0; }");
    nft("add rule ip filter input tcp dport 81 drop");
    nft("add rule ip filter input tcp dport 82 reject with icmp type admin-prohibited");
    nft("add rule ip filter input tcp dport 83 reject with tcp reset");
    let printed = "80/tcp OPEN\n81/tcp FILTERED (no response)\n82/tcp FILTERED (icmp 3/13)\n83/tcp CLOSED\n";
    assert_eq!(scan(&machines, "10.77.0.2", "80-83", "0.5"), printed);
}

#[test]
fn nmap_sees_the_same() {
    let Some(machines) = machines(&["nmap", "nc"]) else { return };
    let (_first, _second) = (netcat(&machines, 1024), netcat(&machines, 2000));
    let ours = scan(&machines, "10.77.0.2", "1000-2000", "10");
    let ours: BTreeMap<&str, String> =
        ours.lines().map(|line| line.split_once(' ').unwrap()).map(|(p, s)| (p, s.to_lowercase())).collect();
    assert_eq!(ours.len(), 1001);
    let args = ["-n", "-Pn", "-sS", "-vv", "-p1000-2000", "10.77.0.2", "-oG", "-"];
    let printed = run(machines.near("nmap").args(args));
    let theirs: Vec<(String, &str)> = printed
        .split_whitespace()
        .filter_map(|word| word.split_once("/open/tcp/"))
        .map(|(port, _)| (format!("{port}/tcp"), "open"))
        .collect();
    assert_eq!(theirs.len(), 2, "{printed}");
    for (port, state) in &theirs {
        assert_eq!(ours[port.as_str()], *state);
    }
    assert_eq!(ours.values().filter(|state| *state == "closed").count(), 999);
}

/// What tcpdump and Wireshark write while the scanner works is what `--replay` reads.
#[test]
fn a_scan_that_tcpdump_saw_is_replayed() {
    let Some(machines) = machines(&["tcpdump", "nc"]) else { return };
    let _open = netcat(&machines, 80);
    let file = |name: &str| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).display().to_string();
    // Each writes down 100 ports' SYNs and answers, and the RST of our kernel.
    let flavours: [(&str, &[&str]); 5] = [
        ("scan-micro.pcap", &["-i", "lab0"]),
        ("scan-nano.pcap", &["-i", "lab0", "--time-stamp-precision", "nano"]),
        ("scan-cut.pcap", &["-i", "lab0", "-s", "60"]),
        ("scan-any.pcap", &["-i", "any"]),
        ("scan-any-old.pcap", &["-i", "any", "-y", "LINUX_SLL"]),
    ];
    let captures = flavours.map(|(name, flags)| {
        let mut tcpdump = machines.near("tcpdump");
        tcpdump.args(["-Z", "root", "-n", "-U", "-c", "201", "-w", &file(name)]).args(flags).arg("tcp");
        RealProgram::start(&mut tcpdump, "listening on").unwrap()
    });
    let live = scan(&machines, "10.77.0.2", "1-100", "10");
    assert!(live.contains("80/tcp OPEN\n81/tcp CLOSED\n"), "{live}");
    for capture in captures {
        capture.finish().unwrap();
    }
    let replay = |name: &str| {
        let mut scanner = Command::new(env!("CARGO_BIN_EXE_syn-scan"));
        scanner.args(["10.77.0.2", "--replay", &file(name)]).output().unwrap()
    };
    for name in ["scan-micro.pcap", "scan-nano.pcap", "scan-cut.pcap"] {
        assert_eq!(String::from_utf8(replay(name).stdout).unwrap(), live, "{name}");
    }
    for (name, named) in [("scan-any.pcap", "Linux cooked v2"), ("scan-any-old.pcap", "Linux cooked")] {
        let output = replay(name);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(named), "{output:?}");
    }
    if !is_installed("tshark") {
        return eprintln!("without tshark: it is not installed");
    }
    run(Command::new("tshark").args([
        "-r",
        &file("scan-nano.pcap"),
        "-F",
        "pcapng",
        "-w",
        &file("scan.pcapng"),
    ]));
    assert_eq!(String::from_utf8(replay("scan.pcapng").stdout).unwrap(), live);
}
