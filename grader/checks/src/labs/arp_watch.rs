//! Lab 23: a detector of ARP spoofing.

use std::net::Ipv4Addr;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use wire::{Mac, World, arp};

use crate::{
    Bench, Check, Ended, Fault, KERNEL_PATIENCE, Lab, Needs, Program, capture, check, ensure, expect_lines,
    hex,
};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "arp-watch",
    number: 23,
    title: "A detector of ARP spoofing",
    signatures: include_str!("../../signatures/arp-watch.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("learns-from-requests-too", 8, learns_from_requests_too)
        .stage(1)
        .says("a request says who asks just as a reply says who answers: both are claims")
        .reads("Build it, stage 1: a claim")
        .hints([
            "Who is named in \"who has 10.77.0.254? Tell 10.77.0.11\"?",
            "Sender fields mean the same in both operations (RFC 826); a kernel learns from both. Book: \"Build it, stage 1: a claim\".",
            "match arp.get_operation() { Request | Reply => Some(ArpObs { frame's source, sender's MAC, sender's IP }), _ => None }",
        ]),
    check("tells-new-same-changed-and-flip-flop-apart", 10, tells_the_four_events_apart)
        .stage(2)
        .says("`observe` says whether a claim is new, the same, changed, or back to a MAC that had the address before")
        .reads("Build it, stage 2: a table")
        .hints([
            "What must you still know of an address after it has changed hands?",
            "Four cases: no row; the row's MAC; a MAC never seen for this address; one seen before. Book: \"Build it, stage 2: a table\".",
            "None => New, Some(row) if row.mac == mac => Same, Some(row) if row.had(mac) => FlipFlop, Some(_) => Changed; then row.mac = mac",
        ]),
    check("prints-the-table-of-a-quiet-network", 14, prints_the_table_of_a_quiet_network)
        .stage(3)
        .says("from `arp_benign.pcap` comes the table, with first and last time and count, and no alert")
        .reads("Build it, stage 3: a report")
        .hints([
            "Is the first claim for an address a change?",
            "The layout is fixed in the crate's documentation: a header, then one row an address, one blank between fields, times by labkit's `iso8601`.",
            "\"IP MAC first last count\"; for host in table.hosts() { \"{ip} {mac} {utc(first)} {utc(last)} {count}\" }",
        ]),
    check("alerts-when-an-address-changes-hands", 14, alerts_when_an_address_changes_hands)
        .stage(3)
        .says("from `arp_spoof.pcap` comes one ALERT that names address, old and new MAC; `--fail-on-alert` makes it exit code 1")
        .reads("Build it, stage 3: a report")
        .hints([
            "What does your table do with the old MAC when a new one arrives?",
            "A map that is simply overwritten forgets what an alert has to say. Compare before you store.",
            "let old = mem::replace(&mut row.mac, new); if old != new { Changed { old, new } }",
        ]),
    check("sorts-the-table-by-number", 8, sorts_the_table_by_number)
        .stage(3)
        .says("10.77.0.9 comes before 10.77.0.10")
        .reads("Build it, stage 3: a report")
        .hints([
            "Which is smaller as text, `10.77.0.10` or `10.77.0.9`?",
            "`Ipv4Addr` orders by its four bytes; its text doesn't. A `BTreeMap` keeps its keys in order.",
            "BTreeMap<Ipv4Addr, Row>, or rows.sort_by_key(|row| row.ip)",
        ]),
    check("watches-the-interface-it-is-told", 6, watches_the_interface_it_is_told)
        .stage(4)
        .needs(Needs::Wire)
        .wall_seconds(180)
        .says("live on `lab0`, a forged reply is an ALERT at once; Ctrl+C or `--duration` ends with the table")
        .reads("Build it, stage 4: a live network")
        .hints([
            "Which interface does your channel listen on, and who wakes it when nothing arrives?",
            "`Live::open` takes the name. Wait in short turns, and look at the clock and at Ctrl+C before each: a time that starts again with each frame never ends. Book: \"What could go wrong\".",
            "loop { if now >= end || interrupted { return None }; if let Some(frame) = live.next(now + TICK)? { return frame } }",
        ]),
];

/// That long after a capture's start, as the report writes it. Captures of the checks last less than 15 seconds.
pub fn utc(since_start: Duration) -> String {
    format!("2025-01-20T14:30:{:02}.{:06}Z", 45 + since_start.as_secs(), since_start.subsec_micros())
}

/// A MAC address that nobody can have guessed.
pub fn random_mac(bench: &mut Bench) -> Mac {
    let mut bytes = [0; 6];
    bench.random().fill(&mut bytes);
    bytes[0] = 0x02;
    Mac(bytes)
}

/// An address of the course's network that nobody can have guessed; never `.0` or `.255`.
pub fn random_ip(bench: &mut Bench) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, 0, bench.random().u8(1..=254))
}

/// The plainest claim, an answer to 10.77.0.1: "`ip` is at `mac`".
pub fn claim(mac: Mac, ip: Ipv4Addr) -> Vec<u8> {
    arp::reply(mac, ip, Mac::of_host(1), [10, 77, 0, 1].into())
}

/// Has a network watched where these frames were heard, one every second; the story tells what they say.
pub fn watch_frames(bench: &mut Bench, frames: Vec<Vec<u8>>, flags: &[&str]) -> Result<Ended, Fault> {
    for frame in &frames {
        bench.remark(wire::summary(frame));
    }
    let file = capture(Duration::from_secs(1), frames)?;
    watch(bench, "claims.pcapng", &file, flags)
}

/// Has a capture watched to its end. `name` is the file's, as the story shows it.
pub fn watch(bench: &mut Bench, name: &str, capture: &[u8], flags: &[&str]) -> Result<Ended, Fault> {
    let file = bench.file(name, capture)?;
    bench.run("arp-watch", [&["--read", &file], flags].concat())
}

/// What `arp-watch` wrote, by its parts.
#[derive(Debug)]
pub struct Report {
    /// The lines before the table: ALERT, FLIP-FLOP, NOTE, WARN.
    pub events: Vec<String>,
    /// The rows of the table, without its header.
    pub rows: Vec<String>,
    /// The `conflict` lines below it.
    pub conflicts: Vec<String>,
}

/// The first line of the table.
const HEADER: &str = "IP MAC first last count";

impl Report {
    /// Expects exit code 0 and a report.
    pub fn of(ended: Ended) -> Result<Report, Fault> {
        Report::read(&ended.code(0)?.stdout_text())
    }

    /// Takes a report's text apart at the table's header.
    pub fn read(text: &str) -> Result<Report, Fault> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let header = lines.iter().position(|line| line == HEADER).ok_or_else(|| {
            Fault::expected(format!("a table that begins with `{HEADER}`"))
                .got(wire::bytes::quote(text.as_bytes(), 400))
        })?;
        let (conflicts, rows) =
            lines[header + 1..].iter().cloned().partition(|line| line.starts_with("conflict "));
        Ok(Report { events: lines[..header].to_vec(), rows, conflicts })
    }

    /// The event lines that begin with this word.
    pub fn events_of(&self, word: &str) -> Vec<String> {
        self.events.iter().filter(|line| line.split(' ').next() == Some(word)).cloned().collect()
    }

    /// The first so many fields of each row.
    pub fn columns(&self, count: usize) -> Vec<String> {
        self.rows.iter().map(|row| row.split(' ').take(count).collect::<Vec<_>>().join(" ")).collect()
    }
}

fn learns_from_requests_too(bench: &mut Bench) -> Result<(), Fault> {
    let (sender, ip) = (random_mac(bench), random_ip(bench));
    let (other, other_ip) = (random_mac(bench), random_ip(bench));
    let mut probe = bench.probe()?;
    for frame in [arp::reply(sender, ip, other, other_ip), arp::request(sender, ip, other_ip)] {
        // With and without the zeros that fill a short frame up on a wire.
        for frame in [frame.clone(), wire::ether::padded(frame)] {
            probe.expect(&format!("parse {}", hex(&frame)), &format!("ok {sender} {sender} {ip}"))?;
        }
    }
    Ok(())
}

fn tells_the_four_events_apart(bench: &mut Bench) -> Result<(), Fault> {
    let (ip, other_ip) = (Ipv4Addr::new(10, 77, 0, 7), Ipv4Addr::new(10, 77, 0, 70));
    let [a, b, c] = [(); 3].map(|()| random_mac(bench));
    let mut probe = bench.probe()?;
    for (second, (ip, mac, event)) in [
        (ip, a, "new".to_owned()),
        (ip, a, "same".to_owned()),
        (other_ip, c, "new".to_owned()),
        (ip, b, format!("changed {a} {b}")),
        (ip, b, "same".to_owned()),
        (ip, a, format!("flip-flop {b} {a}")),
        (other_ip, c, "same".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        probe.expect(&format!("observe {ip} {mac} {mac} {second}"), &format!("ok {event}"))?;
    }
    Ok(())
}

fn prints_the_table_of_a_quiet_network(bench: &mut Bench) -> Result<(), Fault> {
    const BENIGN: &[u8] = include_bytes!("../../../../fixtures/pcaps/arp_benign.pcap");
    let report = Report::of(watch(bench, "arp_benign.pcap", BENIGN, &["--fail-on-alert"])?)?;
    expect_lines("lines before the table", &[""; 0], &report.events)?;
    expect_lines(
        "the rows",
        &[
            "10.77.0.11 02:00:0a:4d:00:0b 2025-01-20T14:30:45.000000Z 2025-01-20T14:31:15.000000Z 3",
            "10.77.0.12 02:00:0a:4d:00:0c 2025-01-20T14:30:46.000000Z 2025-01-20T14:30:48.000000Z 3",
            "10.77.0.20 02:00:0a:4d:00:14 2025-01-20T14:30:48.001200Z 2025-01-20T14:30:48.001200Z 1",
            "10.77.0.254 02:00:0a:4d:00:fe 2025-01-20T14:30:45.000400Z 2025-01-20T14:31:15.000310Z 3",
        ],
        &report.rows,
    )?;
    expect_lines("conflicts", &[""; 0], &report.conflicts)?;

    // The same for programs, from a network that nobody has seen before.
    let (ip, mac) = (random_ip(bench), random_mac(bench));
    let time = utc(Duration::ZERO);
    let host =
        json!({ "ip": ip.to_string(), "mac": mac.to_string(), "first": time, "last": time, "count": 1 });
    let expected = json!({ "event": "summary", "hosts": [host], "conflicts": [] });
    let ended = watch_frames(bench, vec![claim(mac, ip)], &["--json"])?.code(0)?;
    let got = ended.stdout_text();
    ensure(serde_json::from_str(&got).is_ok_and(|got: Value| got == expected), || {
        Fault::expected(format!("with --json one line like {expected}"))
            .got(wire::bytes::escape(got.as_bytes()))
    })
}

fn alerts_when_an_address_changes_hands(bench: &mut Bench) -> Result<(), Fault> {
    const SPOOF: &[u8] = include_bytes!("../../../../fixtures/pcaps/arp_spoof.pcap");
    let alert = "ALERT duplicate IP 10.77.0.254: was 02:00:0a:4d:00:fe, now 02:00:0a:4d:00:42";
    let report = Report::of(watch(bench, "arp_spoof.pcap", SPOOF, &[])?)?;
    expect_lines("alerts", &[alert], &report.events_of("ALERT"))?;

    // The same attack on addresses that nobody has seen before; now the exit code tells it.
    let ip = random_ip(bench);
    let [owner, rival] = [(); 2].map(|()| random_mac(bench));
    let spoofed = [owner, owner, rival].map(|mac| claim(mac, ip));
    let ended = watch_frames(bench, spoofed.into(), &["--fail-on-alert"])?.code(1)?;
    let report = Report::read(&ended.stdout_text())?;
    expect_lines(
        "alerts",
        &[format!("ALERT duplicate IP {ip}: was {owner}, now {rival}")],
        &report.events_of("ALERT"),
    )?;
    let (first, last) = (utc(Duration::ZERO), utc(Duration::from_secs(2)));
    expect_lines("the rows", &[format!("{ip} {rival} {first} {last} 3")], &report.rows)
}

fn sorts_the_table_by_number(bench: &mut Bench) -> Result<(), Fault> {
    // The first three stand otherwise as text, whatever the others are.
    let mut numbers = vec![9, 10, 100];
    while numbers.len() < 12 {
        let number = bench.random().u8(1..=254);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    bench.random().shuffle(&mut numbers);
    let claims = numbers.iter().map(|&n| claim(Mac::of_host(n), [10, 77, 0, n].into())).collect();
    let report = Report::of(watch_frames(bench, claims, &[])?)?;
    numbers.sort_unstable();
    let expected: Vec<String> = numbers.iter().map(|n| format!("10.77.0.{n}")).collect();
    expect_lines("the addresses", &expected, &report.columns(1))
}

fn watches_the_interface_it_is_told(bench: &mut Bench) -> Result<(), Fault> {
    let ip = Ipv4Addr::new(10, 77, 0, 20);
    let [owner, rival] = [(); 2].map(|()| random_mac(bench));
    let neighbour = claim(Mac::of_host(30), [10, 77, 0, 30].into());
    // Somebody talks all the time: a timeout that begins again with each frame never ends then.
    bench.link(World::new().chatter(Duration::ZERO, Duration::from_millis(20), vec![neighbour.clone()]))?;
    let (program, _) = bench.start_to_listen("arp-watch", ["--iface", "lab0"])?;
    let wire = bench.wire()?;
    wire.inject(neighbour);
    wire.inject(claim(owner, ip));
    wire.inject(claim(rival, ip));
    let alert = format!("ALERT duplicate IP {ip}: was {owner}, now {rival}");
    program.wait_for_stdout(&format!("`{alert}`"), |line| (line == alert).then_some(()))?;
    program.signal(Signal::SIGINT)?;
    wait_for_the_table(&program)?;
    let report = Report::of(bench.end_of(program, KERNEL_PATIENCE)?)?;
    expect_lines(
        "addresses and MACs of the table after Ctrl+C",
        &[format!("{ip} {rival}"), format!("10.77.0.30 {}", Mac::of_host(30))],
        &report.columns(2),
    )?;
    ends_after(bench, Duration::from_millis(300))?;
    // Nobody talks: a read without a timeout never ends then, and the first timeout is not the end.
    bench.link(World::new())?;
    ends_after(bench, Duration::from_millis(600))
}

fn ends_after(bench: &mut Bench, duration: Duration) -> Result<(), Fault> {
    let seconds = duration.as_secs_f64().to_string();
    let args = ["--iface", "lab0", "--duration", &seconds];
    let (program, began) = bench.start_to_listen("arp-watch", args)?;
    wait_for_the_table(&program)?;
    let took = began.elapsed();
    ensure(took >= duration, || {
        Fault::expected(format!("the table after --duration {seconds}"))
            .got(format!("the table after {took:?}"))
    })?;
    Report::of(bench.end_of(program, KERNEL_PATIENCE)?).map(drop)
}

/// The table is the last thing that a watcher writes: then it has stopped to watch.
fn wait_for_the_table(program: &Program) -> Result<(), Fault> {
    program.wait_for_stdout(&format!("`{HEADER}`"), |line| (line == HEADER).then_some(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_taken_apart_at_its_header() {
        let text = "ALERT x\nNOTE y\nIP MAC first last count\n10.77.0.1 m f l 2\nconflict 10.77.0.1 a b 1\n";
        let report = Report::read(text).unwrap();
        assert_eq!(report.events, ["ALERT x", "NOTE y"]);
        assert_eq!(report.events_of("NOTE"), ["NOTE y"]);
        assert_eq!(report.rows, ["10.77.0.1 m f l 2"]);
        assert_eq!(report.columns(2), ["10.77.0.1 m"]);
        assert_eq!(report.conflicts, ["conflict 10.77.0.1 a b 1"]);
        assert!(Report::read("ALERT x\n").is_err());
    }

    #[test]
    fn times_are_counted_from_the_captures_start() {
        assert_eq!(utc(Duration::from_micros(3_000_070)), "2025-01-20T14:30:48.000070Z");
    }
}
