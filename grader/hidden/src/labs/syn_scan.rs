//! Lab 21, hidden half: a half-open port scanner.

use std::time::Duration;

use checks::labs::syn_scan::packets::{Probe, STRANGER, capture_of};
use checks::labs::syn_scan::{SILENT, Table, expect_table, replay, scan, some_ports, syns, target};
use checks::predicates::str::contains;
use checks::wire::tcp::Flags;
use checks::wire::{self, Direction, PortScript};
use checks::{Bench, Check, Fault, Lab, Needs, PATIENCE, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::syn_scan::LAB.with(include_str!("../../signatures/syn-scan.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("takes-only-matching-answers", 8, takes_only_matching_answers)
        .stage(3)
        .says("a segment from another address or port, to another port, or that acknowledges another number answers nothing; nor does an ICMP error about another segment")
        .reads("The contract")
        .hints([
            "Which fields of an answer could a stranger not know?",
            "An answer comes from the probed address and port to the probe's own, and acknowledges its sequence number plus one; an ICMP error quotes them. Each of the five must match. Book: \"The contract\".",
            "(packet.source, sport, packet.destination, dport, ack) == (probe.dst, probe.dport, probe.src, probe.sport, probe.seq.wrapping_add(1))",
        ]),
    check("matches-late-answers-to-their-probes", 4, matches_late_answers_to_their_probes)
        .stage(3)
        .says("an answer that comes when other ports are being asked counts for the port that it is about")
        .reads("What could go wrong")
        .hints([
            "How does an answer say which port it is about?",
            "Answers come in any order. Nothing that was sent last, and no port that is current, helps to read one.",
            "take(packet): let port = port_in_question(packet); self.ports.get_mut(&port)",
        ]),
    check("says-which-privilege-is-missing", 4, says_which_privilege_is_missing)
        .stage(4)
        .says("without CAP_NET_RAW the scanner says `needs CAP_NET_RAW` on stderr and ends with exit code 77")
        .reads("Build it, stage 4: raw sockets")
        .hints([
            "What does opening a raw socket return to an ordinary user?",
            "EPERM is `ErrorKind::PermissionDenied`: an ordinary result, with an exit code of its own. A panic tells the user nothing.",
            "transport_channel(…).map_err(|e| match e.kind() { PermissionDenied => NeedsNetRaw, _ => Io })",
        ]),
    check("never-completes-a-handshake", 8, never_completes_a_handshake)
        .stage(4)
        .needs(Needs::Wire)
        .says("the target sees SYN and then RST, never ACK, and no program on it gets a connection")
        .reads("Predict")
        .hints([
            "Who answers the target's SYN+ACK: you, or your kernel?",
            "`connect` completes the handshake, and the server accepts. After a raw SYN your kernel knows of no connection, and answers the SYN+ACK with RST by itself.",
            "send the SYN by the transport channel; no TcpStream anywhere",
        ]),
    check("reports-icmp-errors-with-their-code", 4, reports_icmp_errors_with_their_code)
        .stage(4)
        .needs(Needs::Wire)
        .says("a port that a firewall forbids is FILTERED with the code, as soon as the ICMP message is there")
        .reads("Build it, stage 4: raw sockets")
        .hints([
            "Through which socket does an ICMP message come in?",
            "A raw socket for TCP delivers TCP only. ICMP needs a second one, and both must be heard at once: a thread each, one channel.",
            "for protocol in [Tcp, Icmp] { spawn(loop { queue.send(packet) }) }; the engine reads the queue",
        ]),
    check("asks-again-after-silence", 6, asks_again_after_silence)
        .stage(5)
        .needs(Needs::Wire)
        .says("when the first SYN is lost, the same SYN is sent again, with its source port and sequence number")
        .reads("Build it, stage 5: patience")
        .hints([
            "What does silence mean: a firewall, or a lost packet?",
            "Ask again before you conclude. A retransmission is the same segment: with another sequence number an answer to the first one matches nothing.",
            "if now >= due && sends_left > 0 { send(probe); due = now + timeout; sends_left -= 1 }",
        ]),
    check("waits-for-silent-ports-together", 6, waits_for_silent_ports_together)
        .stage(5)
        .needs(Needs::Wire)
        .says("200 ports of which 100 are silent take about timeout × (retries + 1), not 100 times that")
        .reads("Build it, stage 5: patience")
        .hints([
            "How long do 100 silent ports take if you wait for one after the other?",
            "Send without waiting, note for each probe when it is due again, and take in answers meanwhile. A queue in order of due times is enough, since all wait equally long.",
            "queue of (due, probe, sends_left); loop { due ones: send and push back; else receive until the first due time }",
        ]),
];

fn takes_only_matching_answers(bench: &mut Bench) -> Result<(), Fault> {
    const IMPOSTORS: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/synscan_impostors.pcap");
    let mut table: Table = (1001..=1006).map(|port| (port, SILENT.to_owned())).collect();
    table.insert(1000, "OPEN".to_owned());
    table.extend([1007, 1008].map(|port| (port, "CLOSED".to_owned())));
    expect_table(replay(bench, IMPOSTORS, &[])?, &table)?;

    // Each impostor is the right answer to a probe that was never sent: it differs in one field.
    let ports = some_ports(bench, 36);
    let mut table = Table::new();
    let mut packets = Vec::new();
    for (at, &port) in ports.iter().enumerate() {
        let probe = Probe::of(bench, port);
        let other = match at % 6 {
            0 => Probe { seq: probe.seq.wrapping_add(1), ..probe },
            1 => Probe { seq: probe.seq.wrapping_sub(1), ..probe },
            2 => Probe { dst: STRANGER, ..probe },
            3 => Probe { sport: probe.sport ^ 1, ..probe },
            4 => Probe { src: STRANGER, ..probe },
            _ => probe,
        };
        // The last of each six is the one that is answered.
        let states = if at % 6 == 5 { ["OPEN", "CLOSED", "FILTERED (icmp 3/9)"] } else { [SILENT; 3] };
        let (answer, state) = match at / 6 % 3 {
            0 => (other.syn_ack(), states[0]),
            1 => (other.rst_ack(), states[1]),
            _ => (other.unreachable(9), states[2]),
        };
        packets.extend([probe.syn(), answer]);
        table.insert(port, state.to_owned());
    }
    expect_table(replay(bench, &capture_of(packets)?, &[])?, &table)
}

fn matches_late_answers_to_their_probes(bench: &mut Bench) -> Result<(), Fault> {
    const LATE: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/synscan_late.pcap");
    let mut table: Table = [2001, 2004, 2005].map(|port| (port, "OPEN".to_owned())).into();
    table.extend([2002, 2003, 2006].map(|port| (port, "CLOSED".to_owned())));
    expect_table(replay(bench, LATE, &[])?, &table)?;

    // Each answer comes after the next probe; all share source port and sequence number.
    let ports = some_ports(bench, 20);
    let first = Probe::of(bench, ports[0]);
    let mut packets = Vec::new();
    let mut table = Table::new();
    let mut late = None;
    for &port in &ports {
        let probe = Probe { dport: port, ..first };
        let is_open = bench.random().bool();
        packets.push(probe.syn());
        packets.extend(late.replace(if is_open { probe.syn_ack() } else { probe.rst_ack() }));
        table.insert(port, if is_open { "OPEN" } else { "CLOSED" }.to_owned());
    }
    packets.extend(late);
    expect_table(replay(bench, &capture_of(packets)?, &[])?, &table)
}

fn says_which_privilege_is_missing(bench: &mut Bench) -> Result<(), Fault> {
    // This check's cell grants no right to raw sockets.
    bench.run("syn-scan", ["127.0.0.1", "--ports", "80"])?.code(77)?.stderr(contains("needs CAP_NET_RAW"))?;
    Ok(())
}

fn never_completes_a_handshake(bench: &mut Bench) -> Result<(), Fault> {
    let ports = some_ports(bench, 3);
    let world = target(ports.iter().map(|&port| (port, PortScript::Open)));
    let (ended, _) = scan(bench, world, ports.clone(), &["--timeout", "2"], PATIENCE * 2)?;
    expect_table(ended, &ports.iter().map(|&port| (port, "OPEN".to_owned())).collect())?;
    // The kernel's RST follows the SYN+ACK, and whatever else the program had to say came before.
    bench.wire()?.wait_for("a RST from your kernel for each SYN+ACK", |seen| {
        let from_student = seen.iter().filter(|seen| seen.direction == Direction::FromStudent);
        let resets = from_student.filter_map(|seen| wire::decode(&seen.frame).tcp);
        (resets.filter(|tcp| tcp.flags.contains(Flags::RST)).count() >= ports.len()).then_some(())
    })?;
    for (_, decoded) in bench.wire()?.from_program() {
        if let Some(tcp) = decoded.tcp.filter(|tcp| tcp.flags.contains(Flags::ACK)) {
            let port = tcp.dport;
            return Err(Fault::expected(format!("SYN, then RST to port {port}")).got(tcp.flags.to_string()));
        }
    }

    // The same with a real program at the other end.
    let listener = bench.listen()?;
    let port = listener.address().port();
    let ended = bench.run("syn-scan", ["127.0.0.1", "--ports", &port.to_string()])?;
    expect_table(ended, &[(port, "OPEN".to_owned())].into())?;
    ensure(listener.nobody_came(), || {
        Fault::expected(format!("no connection to accept on port {port}"))
            .got("one: the handshake was completed")
    })
}

fn reports_icmp_errors_with_their_code(bench: &mut Bench) -> Result<(), Fault> {
    let codes = [1, 2, 3, 9, 10, 13];
    let forbidden: Vec<(u16, u8)> = some_ports(bench, codes.len()).into_iter().zip(codes).collect();
    let world = target(forbidden.iter().map(|&(port, code)| (port, PortScript::Unreachable(code))));
    let timeout = Duration::from_secs(3);
    let flags = ["--timeout", "3", "--retries", "0"];
    let (ended, took) =
        scan(bench, world, forbidden.iter().map(|&(port, _)| port), &flags, timeout + PATIENCE)?;
    expect_table(
        ended,
        &forbidden.iter().map(|&(port, code)| (port, format!("FILTERED (icmp 3/{code})"))).collect(),
    )?;
    ensure(took < timeout, || {
        Fault::expected("an end as soon as every port is answered").got(format!("an end after {took:?}"))
    })
}

fn asks_again_after_silence(bench: &mut Bench) -> Result<(), Fault> {
    use PortScript::{Closed, Open, Sequence, Silent};
    let ports = some_ports(bench, 4);
    let scripts = [vec![Silent, Open], vec![Silent, Closed], vec![Silent, Silent, Open], vec![Silent]];
    let states = ["OPEN", "CLOSED", "OPEN", SILENT];
    let world = target(ports.iter().copied().zip(scripts.map(Sequence)));
    let flags = ["--timeout", "0.3", "--retries", "2"];
    let (ended, _) = scan(bench, world, ports.clone(), &flags, PATIENCE * 2)?;
    let syns = syns(bench)?;
    for &port in &ports {
        let mut copies =
            syns.iter().filter(|(_, syn)| syn.dport == port).map(|(_, syn)| (syn.sport, syn.seq));
        let first = copies.next();
        ensure(copies.all(|copy| Some(copy) == first), || {
            Fault::expected(format!("the same source port and sequence number in each SYN to port {port}"))
                .got("others in a repeated one")
        })?;
    }
    expect_table(ended, &ports.into_iter().zip(states.map(str::to_owned)).collect())
}

fn waits_for_silent_ports_together(bench: &mut Bench) -> Result<(), Fault> {
    let ports = some_ports(bench, 200);
    let script = |(at, &port): (usize, &u16)| match at % 4 {
        0 => (port, PortScript::Open, "OPEN"),
        1 => (port, PortScript::Closed, "CLOSED"),
        _ => (port, PortScript::Silent, SILENT),
    };
    let scripts: Vec<_> = ports.iter().enumerate().map(script).collect();
    let world = target(scripts.iter().map(|(port, script, _)| (*port, script.clone())));
    let (ended, _) = scan(bench, world, ports.clone(), &["--timeout", "0.5"], PATIENCE)?;
    expect_table(ended, &scripts.into_iter().map(|(port, _, state)| (port, state.to_owned())).collect())
}
