//! Lab 21: a half-open port scanner.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use predicates::str::contains;
use wire::decode::Tcp;
use wire::diagram::{Field, tcp_header};
use wire::tcp::Flags;
use wire::{Host, Mac, PortScript, World, ipv4};

use crate::starvation;
use crate::{Bench, Check, Ended, Fault, Lab, Needs, PATIENCE, SLACK, check, ensure, hex};

pub mod packets;

use packets::{Probe, SCANNER, STRANGER, TARGET, capture_of, frame, to_everybody};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "syn-scan",
    number: 21,
    title: "A half-open port scanner",
    signatures: include_str!("../../signatures/syn-scan.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("builds-a-bare-syn", 8, builds_a_bare_syn)
        .stage(1)
        .says("a probe is a TCP header with SYN and no other flag, a right checksum, and a source port and sequence number that nobody can guess")
        .reads("Build it, stage 1: the question")
        .hints([
            "Which bytes does the checksum of a TCP segment cover, beside the segment?",
            "The pseudo-header: both addresses, the protocol and the length (RFC 793 §3.1). They are not sent with the segment, but a host that finds the sum wrong drops it in silence. Book: \"Build it, stage 1: the question\".",
            "bytes = [0; 20]; set ports, sequence, data offset 5, flags SYN, window; at last set_checksum(ipv4_checksum(&segment, &src, &dst))",
        ]),
    check("tells-open-closed-and-filtered-apart", 12, tells_open_closed_and_filtered_apart)
        .stage(2)
        .says("SYN+ACK is open, RST+ACK closed, ICMP 3/1, 2, 3, 9, 10 and 13 about our SYN filtered, and nothing else is an answer")
        .reads("Build it, stage 2: the answer")
        .hints([
            "Which of the eight flag bits decide, and which may be set as well?",
            "SYN, ACK and RST together tell the state; ECE and CWR speak about congestion (RFC 3168). Sequence numbers wrap: after 0xffffffff comes 0. Book: \"The contract\".",
            "match flags & (SYN|ACK|RST) { SYN|ACK => Open, RST|ACK => Closed, _ => None }, if ack == seq.wrapping_add(1)",
        ]),
    check("reads-a-scan-from-a-capture", 14, reads_a_scan_from_a_capture)
        .stage(3)
        .says("`--replay synscan.pcap` prints the state of each of the 81 ports, in numeric order")
        .reads("Build it, stage 3: a whole scan")
        .hints([
            "ACK is set in the answer of an open port, and in that of a closed one. What differs?",
            "Each answer carries the number of the port that it is about; so it finds its probe in a map. A port without an answer is filtered.",
            "sent(probe): map[probe.dport].push(probe); take(packet): for probe in map[port_in_question(packet)] { state = classify(probe, packet) }",
        ]),
    check("asks-only-a-person", 8, asks_only_a_person)
        .stage(3)
        .says("without HOST a person at a terminal is asked (ports 20 to 100 by default), anybody else gets a usage error, exit code 2")
        .reads("The contract")
        .hints([
            "What should happen when a script forgets the host: wait for ever, or fail?",
            "`std::io::IsTerminal` tells whether a person can answer. An empty answer means the default. A prompt without newline must be flushed.",
            "match host { Some(host) => host, None if stdin().is_terminal() => ask(…), None => return Err(NoTarget) }",
        ]),
    check("finds-open-and-closed-on-loopback", 10, finds_open_and_closed_on_loopback)
        .stage(4)
        .needs(Needs::RawSockets)
        .says("on 127.0.0.1 a port with a listener is OPEN, one without is CLOSED")
        .reads("Build it, stage 4: raw sockets")
        .hints([
            "Who would take an Ethernet frame off `lo`, to answer it?",
            "The kernel drops frames that are injected into `lo` by datalink. A transport channel hands it a segment to send, on any interface. Book: \"What could go wrong\".",
            "transport_channel(65535, Layer4(Ipv4(Tcp))); sender.send_to(TcpPacket::owned(build(probe)), probe.dst)",
        ]),
    check("gives-up-on-silent-ports-in-time", 8, gives_up_on_silent_ports_in_time)
        .stage(5)
        .needs(Needs::Wire)
        .says("a silent port is FILTERED (no response) after timeout × (retries + 1), on a quiet network and on a busy one")
        .reads("Build it, stage 5: patience")
        .hints([
            "What ends your wait when nothing at all arrives? And what when something arrives all the time, only not for you?",
            "A timeout that begins again with every packet is no deadline. Note the `Instant` at which a probe is given up. Book: \"Build it, stage 5: patience\".",
            "loop { take in what arrives until `due`; if now >= due { resend or give up } }; wait = due.saturating_duration_since(now)",
        ]),
];

/// What a scan must say: `OPEN`, `CLOSED` or `FILTERED (…)` for each port.
pub type Table = BTreeMap<u16, String>;

/// What is said of a port that never answers.
pub const SILENT: &str = "FILTERED (no response)";

/// Has a capture judged.
pub fn replay(bench: &mut Bench, capture: &[u8], flags: &[&str]) -> Result<Ended, Fault> {
    let file = bench.file("scan.pcap", capture)?;
    bench.run("syn-scan", [&[&TARGET.to_string(), "--replay", &file], flags].concat())
}

/// The target on its wire: its ports play these scripts, all others are closed.
pub fn target(ports: impl IntoIterator<Item = (u16, PortScript)>) -> World {
    let host = Host::new(TARGET, Mac::of_host(2));
    World::new().host(ports.into_iter().fold(host, |host, (port, script)| host.port(port, script)))
}

/// Has the target's ports scanned in this world, for at most `limit`; returns what the scanner said, and how long it
/// took.
pub fn scan(
    bench: &mut Bench,
    world: World,
    ports: impl IntoIterator<Item = u16>,
    flags: &[&str],
    limit: Duration,
) -> Result<(Ended, Duration), Fault> {
    bench.plays("scanner");
    bench.link(world)?;
    let (host, ports) = (TARGET.to_string(), list(ports));
    let before = bench.wire()?.now();
    let scanner = bench.start("syn-scan", [&[host.as_str(), "--ports", &ports], flags].concat())?;
    let ended = bench.end_of(scanner, limit)?;
    Ok((ended, bench.wire()?.now() - before))
}

/// Ports as `--ports` takes them.
fn list(ports: impl IntoIterator<Item = u16>) -> String {
    ports.into_iter().map(|port| port.to_string()).collect::<Vec<_>>().join(",")
}

/// Expects exit code 0 and this table, in numeric order.
pub fn expect_table(ended: Ended, table: &Table) -> Result<(), Fault> {
    let expected: String = table.iter().map(|(port, state)| format!("{port}/tcp {state}\n")).collect();
    let got = ended.code(0)?.stdout_text();
    if got == expected {
        return Ok(());
    }
    let mut lines = got.lines();
    let missed = expected.lines().find(|line| lines.next() != Some(line)).unwrap_or("no line more");
    Err(Fault::expected(format!("{} lines, with `{missed}` among them", table.len()))
        .got_bytes(expected.as_bytes(), got.as_bytes()))
}

/// That many different ports, in random order.
pub fn some_ports(bench: &mut Bench, count: usize) -> Vec<u16> {
    let mut ports = BTreeSet::new();
    while ports.len() < count {
        ports.insert(bench.random().u16(1..));
    }
    let mut ports: Vec<u16> = ports.into_iter().collect();
    bench.random().shuffle(&mut ports);
    ports
}

/// The SYNs that the target got, with their times.
pub fn syns(bench: &Bench) -> Result<Vec<(Duration, Tcp)>, Fault> {
    let frames = bench.wire()?.from_program();
    let is_syn = |tcp: &Tcp| tcp.flags.contains(Flags::SYN);
    Ok(frames.into_iter().filter_map(|(at, frame)| Some((at, frame.tcp.filter(is_syn)?))).collect())
}

fn builds_a_bare_syn(bench: &mut Bench) -> Result<(), Fault> {
    let mut code = bench.probe()?;
    for port in some_ports(bench, 8) {
        let [src, dst] = [(); 2].map(|()| bench.random().u32(..).into());
        let wanted = Probe { src, dst, ..Probe::of(bench, port) };
        let built = code.ask(&format!("build {}", wanted.words()))?;
        expect_bare_syn(&wanted, &built)?;
    }
    // Two runs, so that a number drawn once and for all is found out too.
    let mut drawn = BTreeSet::new();
    for _ in 0..2 {
        let mut code = bench.probe()?;
        for port in 1..=32 {
            let answer = code.ask(&format!("new {SCANNER} {TARGET} {port}"))?;
            drawn.insert(source_port_and_sequence(&answer)?);
        }
    }
    let source_ports: BTreeSet<u16> = drawn.iter().map(|(port, _)| *port).collect();
    let sequences: BTreeSet<u32> = drawn.iter().map(|(_, sequence)| *sequence).collect();
    ensure(source_ports.len() >= 32 && sequences.len() >= 60, || {
        Fault::expected("64 probes in two runs with random source ports and sequence numbers").got(format!(
            "{} different source ports, {} different sequence numbers",
            source_ports.len(),
            sequences.len()
        ))
    })
}

fn expect_bare_syn(wanted: &Probe, answer: &str) -> Result<(), Fault> {
    let no_header = || Fault::expected("a whole TCP header in hex").got(answer.to_owned());
    let segment = answer.strip_prefix("ok ").and_then(from_hex).ok_or_else(no_header)?;
    let decoded = wire::decode(&frame(&ipv4::packet(wanted.src, wanted.dst, ipv4::TCP, &segment)));
    let tcp = decoded.tcp.as_ref().ok_or_else(no_header)?;
    let wrong: Vec<Field> = [
        (Field::SourcePort, tcp.sport == wanted.sport),
        (Field::DestinationPort, tcp.dport == wanted.dport),
        (Field::SequenceNumber, tcp.seq == wanted.seq),
        (Field::DataOffset, tcp.payload_len == 0),
        (Field::Flags, tcp.flags == Flags::SYN),
        (Field::Checksum, tcp.checksum_ok),
    ]
    .into_iter()
    .filter_map(|(field, is_right)| (!is_right).then_some(field))
    .collect();
    ensure(wrong.is_empty(), || {
        let checksum = tcp.expected_checksum;
        Fault::expected(format!(
            "for `build {}` a bare SYN with these numbers, checksum 0x{checksum:04x}",
            wanted.words()
        ))
        .got(format!("the header\n{}", tcp_header(&decoded, &wrong)))
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn source_port_and_sequence(answer: &str) -> Result<(u16, u32), Fault> {
    let words = answer.strip_prefix("ok ").and_then(|words| words.split_once(' '));
    let numbers = words.and_then(|(port, sequence)| Some((port.parse().ok()?, sequence.parse().ok()?)));
    numbers
        .filter(|(port, _): &(u16, u32)| *port >= 61_000)
        .ok_or_else(|| Fault::expected("a source port from 61000 on, and a sequence number").got(answer))
}

fn tells_open_closed_and_filtered_apart(bench: &mut Bench) -> Result<(), Fault> {
    let port = bench.random().u16(1..);
    let probe = Probe::of(bench, port);
    // Its SYN takes the last sequence number, so it is acknowledged with 0.
    let last = Probe { seq: u32::MAX, ..probe };
    let mut code = bench.probe()?;
    let mut expect = |probe: &Probe, packet: &[u8], state: &str| {
        code.expect(&format!("classify {} {}", probe.words(), hex(packet)), &format!("ok {state}"))
    };
    for probe in [probe, last] {
        expect(&probe, &probe.syn_ack(), "open")?;
        expect(&probe, &probe.rst_ack(), "closed")?;
    }
    expect(&probe, &probe.answer(Flags::SYN | Flags::ACK | Flags::ECE), "open")?;
    expect(&probe, &probe.answer(Flags::RST | Flags::ACK | Flags::CWR), "closed")?;
    for code in [1, 2, 3, 9, 10, 13] {
        expect(&probe, &probe.unreachable(code), &format!("filtered icmp 3/{code}"))?;
    }
    for flags in [Flags::RST, Flags::ACK, Flags::SYN, Flags::FIN | Flags::ACK] {
        expect(&probe, &probe.answer(flags), "none")?;
    }
    // Fragmentation needed; time exceeded; an echo reply; and the probe itself, as a raw socket on `lo` sees it.
    for packet in [probe.unreachable(4), probe.icmp(11, 0), probe.icmp(0, 13), probe.syn()] {
        expect(&probe, &packet, "none")?;
    }
    Ok(())
}

fn reads_a_scan_from_a_capture(bench: &mut Bench) -> Result<(), Fault> {
    const SCAN: &[u8] = include_bytes!("../../../../fixtures/pcaps/synscan.pcap");
    let mut table: Table = (20..=100).map(|port| (port, "CLOSED".to_owned())).collect();
    table.extend([22, 80].map(|port| (port, "OPEN".to_owned())));
    table.extend([25, 79, 81, 90].map(|port| (port, SILENT.to_owned())));
    table.insert(53, "FILTERED (icmp 3/13)".to_owned());
    expect_table(replay(bench, SCAN, &[])?, &table)?;

    // A scan that nobody has seen before: the probes first, then all answers in another order.
    let probes: Vec<Probe> = some_ports(bench, 12).into_iter().map(|port| Probe::of(bench, port)).collect();
    let answers = probes.iter().enumerate().map(|(at, probe)| match at % 4 {
        0 => (Some(probe.syn_ack()), "OPEN"),
        1 => (Some(probe.rst_ack()), "CLOSED"),
        2 => (Some(probe.unreachable(10)), "FILTERED (icmp 3/10)"),
        _ => (None, SILENT),
    });
    let (packets, states): (Vec<_>, Vec<_>) = answers.unzip();
    let mut packets: Vec<Vec<u8>> = packets.into_iter().flatten().collect();
    bench.random().shuffle(&mut packets);
    let capture = capture_of(probes.iter().map(Probe::syn).chain(packets))?;
    let table = probes.iter().zip(states).map(|(probe, state)| (probe.dport, state.to_owned()));
    expect_table(replay(bench, &capture, &[])?, &table.collect())
}

fn asks_only_a_person(bench: &mut Bench) -> Result<(), Fault> {
    bench.run("syn-scan", ["--help"])?.code(0)?.stdout(contains("20-100"))?;

    // Every port around the default range was probed and is closed, but for one.
    let open = bench.random().u16(30..=90);
    let probes: Vec<Probe> = (10..=110).map(|port| Probe::of(bench, port)).collect();
    let exchange = |probe: &Probe| {
        let answer = if probe.dport == open { probe.syn_ack() } else { probe.rst_ack() };
        [probe.syn(), answer]
    };
    let capture = capture_of(probes.iter().flat_map(exchange))?;
    let file = bench.file("scan.pcap", &capture)?;
    for (start, end, asked) in [
        (String::new(), String::new(), 20..=100),
        ((open - 5).to_string(), (open + 5).to_string(), open - 5..=open + 5),
    ] {
        let mut terminal = bench.terminal("syn-scan", ["--replay", &file])?;
        terminal.expect("Enter target: ")?;
        terminal.type_line(&TARGET.to_string())?;
        terminal.expect("Enter start port: ")?;
        terminal.type_line(&start)?;
        terminal.expect("Enter end port: ")?;
        terminal.type_line(&end)?;
        let (first, last) = (asked.start(), asked.end());
        let before = terminal.expect(&format!("{first}/tcp CLOSED"))?;
        ensure(!before.contains("/tcp"), || {
            Fault::expected(format!("port {first} first")).got(wire::bytes::escape(before.as_bytes()))
        })?;
        terminal.expect(&format!("\n{open}/tcp OPEN"))?;
        terminal.expect(&format!("\n{last}/tcp CLOSED"))?;
        terminal.expect_exit(0)?;
    }

    // A script that forgot the host gets an error, also if it has something to say.
    for input in [String::new(), format!("{TARGET}\n20\n100\n")] {
        let mut scanner = bench.start("syn-scan", ["--replay", &file])?;
        // A program that has ended already needs no input.
        let _ = scanner.write_stdin(input.as_bytes());
        scanner.close_stdin();
        let ended = bench.end_of(scanner, PATIENCE)?.code(2)?;
        let said = ended.stderr_text() + &ended.stdout_text();
        ensure(!said.contains("Enter") && !said.contains("/tcp"), || {
            Fault::expected("a usage error, and no prompt").got(wire::bytes::escape(said.as_bytes()))
        })?;
    }
    Ok(())
}

fn finds_open_and_closed_on_loopback(bench: &mut Bench) -> Result<(), Fault> {
    let [first, closed, second] = [bench.listen()?, bench.listen()?, bench.listen()?];
    bench.plays("scanner");
    let [a, b, c] = [&first, &closed, &second].map(|listener| listener.address().port());
    drop(closed);
    let table = [(a, "OPEN"), (b, "CLOSED"), (c, "OPEN")].map(|(port, state)| (port, state.to_owned()));
    let ended = bench.run("syn-scan", ["127.0.0.1", "--ports", &list([a, b, c])])?;
    expect_table(ended, &table.into())
}

fn gives_up_on_silent_ports_in_time(bench: &mut Bench) -> Result<(), Fault> {
    let ports = some_ports(bench, 3);
    let silent = || target(ports.iter().map(|&port| (port, PortScript::Silent)));
    let table: Table = ports.iter().map(|&port| (port, SILENT.to_owned())).collect();
    // Somebody talks to the scanner all the time: a timeout that begins again with each packet never ends.
    let stray = Probe { dst: STRANGER, ..Probe::of(bench, 443) };
    let chatter = [stray.answer(Flags::ACK), stray.unreachable(13)].map(|packet| to_everybody(&packet));
    let busy = silent().chatter(Duration::ZERO, Duration::from_millis(20), chatter.into());

    for (world, timeout, retries) in [(silent(), 0.3, 0), (busy, 0.6, 1)] {
        let expected = Duration::from_secs_f64(timeout * f64::from(retries + 1));
        let flags = ["--timeout", &timeout.to_string(), "--retries", &retries.to_string()];
        let starved = starvation::starved();
        let (ended, took) = scan(bench, world, ports.clone(), &flags, expected + PATIENCE)?;
        expect_table(ended, &table)?;
        let syns = syns(bench)?;
        for port in &ports {
            let asked = syns.iter().filter(|(_, syn)| syn.dport == *port).count();
            ensure(asked == retries as usize + 1, || {
                Fault::expected(format!("{} SYNs to port {port}", retries + 1)).got(asked.to_string())
            })?;
        }
        // From its start the program can't be too early, from its first SYN not much too late.
        let since_first = bench.wire()?.now() - syns[0].0;
        let latest = expected + SLACK + starvation::starved().saturating_sub(starved);
        ensure(took >= expected && since_first <= latest, || {
            Fault::expected(format!("the result after {expected:?}")).got(format!("after {since_first:?}"))
        })?;
    }
    Ok(())
}
