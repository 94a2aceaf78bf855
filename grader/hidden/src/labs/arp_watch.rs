//! Lab 23, hidden half: a detector of ARP spoofing.

use std::net::Ipv4Addr;
use std::time::Duration;

use checks::labs::arp_watch::{Report, claim, random_ip, random_mac, utc, watch, watch_frames};
use checks::{Bench, Check, Fault, Lab, PATIENCE, capture, check, ensure, expect_lines, hex};
use wire::{Mac, arp};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::arp_watch::LAB.with(include_str!("../../signatures/arp-watch.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("passes-over-what-is-not-arp-for-ipv4", 6, passes_over_what_is_not_arp_for_ipv4)
        .stage(1)
        .says("short frames, other address types and lengths, other operations and VLAN tags teach nothing and harm nothing")
        .reads("Build it, stage 1: a claim")
        .hints([
            "What does your parser do with a frame that ends early, or says that addresses have eight bytes?",
            "Lengths in a packet are claims too: check what you have before you read, and that types and lengths are those of IPv4 over Ethernet.",
            "EthernetPacket::new(frame)?; ethertype == Arp; ArpPacket::new(payload)?; htype 1, ptype 0x0800, hlen 6, plen 4, op 1 or 2, else None",
        ]),
    check("ignores-address-probes", 6, ignores_address_probes)
        .stage(1)
        .says("a host that only tests an address (sender 0.0.0.0) is not recorded")
        .reads("What could go wrong")
        .hints([
            "Which address has a host before it has one?",
            "An ARP probe has sender 0.0.0.0 so that nobody learns from it (RFC 5227 §2.1.1).",
            "if sender_ip.is_unspecified() { return None }",
        ]),
    check("notices-an-address-going-back", 6, notices_an_address_going_back)
        .stage(2)
        .says("A, B, A is a FLIP-FLOP, also with a third MAC in between")
        .reads("Build it, stage 2: a table")
        .hints([
            "Who is the owner after an alert, the old MAC or the new one?",
            "The newcomer becomes current; the old one stays known, so its return is a FLIP-FLOP and not an ALERT.",
            "old = replace(&mut row.mac, new); if row.had(new) { FlipFlop { old, new } } else { Changed { old, new } }",
        ]),
    check("tells-a-repeated-conflict-once", 6, tells_a_repeated_conflict_once)
        .stage(3)
        .says("two MACs that take an address from each other 99 times are one ALERT, one FLIP-FLOP and a count of 99")
        .reads("What could go wrong")
        .hints([
            "Would you still read the hundredth equal line?",
            "Count changes for each unordered pair of MACs of an address; tell the pair's first FLIP-FLOP, and the count at the end.",
            "pair = (min(a, b), max(a, b)); conflicts[pair].count += 1; tell unless replace(&mut conflicts[pair].told, true)",
        ]),
    check("warns-when-sender-and-ethernet-source-differ", 6, warns_when_sender_and_source_differ)
        .stage(3)
        .says("a frame whose Ethernet source is not its ARP sender is one WARN for its address")
        .reads("Build it, stage 3: a report")
        .hints([
            "There are three MAC addresses of interest in a reply: which two must be equal in an honest one?",
            "The card that sends is in the Ethernet header, the one that is claimed in the ARP sender field. The target is somebody else.",
            "if obs.ethernet_source != obs.sender_mac { events.push(Mismatch { repeated: replace(&mut row.mismatched, true) }) }",
        ]),
    check("stays-calm-about-announcements-and-proxies", 6, stays_calm_about_announcements_and_proxies)
        .stage(3)
        .says("a first announcement is no alert, and a router that answers for others is one NOTE")
        .reads("What could go wrong")
        .hints([
            "Is asking for one's own address an attack?",
            "An announcement (gratuitous ARP) claims an address like any other packet; a proxy has one MAC and many addresses, which is worth one NOTE.",
            "New for a first claim, whoever the target is; on the second address of a MAC: ManyIps, once",
        ]),
    check("forgets-the-oldest-beyond-max-hosts", 4, forgets_the_oldest_beyond_max_hosts)
        .stage(3)
        .says("25,600 addresses leave `--max-hosts` rows, and take hardly more memory than 1,024; who was heard longest ago is forgotten first")
        .reads("What could go wrong")
        .hints([
            "How much memory may somebody take who can send you frames?",
            "Keep the hosts in order of their last claim beside the table; when it is full, the first of them goes, from every index that you have.",
            "if rows.len() == max { let (_, ip) = by_last.pop_first(); rows.remove(ip) }; on each claim move the host to the end of by_last",
        ]),
];

fn passes_over_what_is_not_arp_for_ipv4(bench: &mut Bench) -> Result<(), Fault> {
    const MALFORMED: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/arp_malformed.pcap");
    let report = Report::of(watch(bench, "arp_malformed.pcap", MALFORMED, &[])?)?;
    expect_lines("lines before the table", &[""; 0], &report.events)?;
    let honest = ["10.77.0.11 02:00:0a:4d:00:0b", "10.77.0.254 02:00:0a:4d:00:fe"];
    expect_lines("addresses and MACs of the table", &honest, &report.columns(2))?;

    let (mac, ip) = (random_mac(bench), random_ip(bench));
    let frame = arp::request(mac, ip, Ipv4Addr::new(10, 77, 0, 1));
    let mut probe = bench.probe()?;
    for kept in 0..frame.len() {
        probe.expect(&format!("parse {}", hex(&frame[..kept])), "ok none")?;
    }
    probe.expect(&format!("parse {}", hex(&frame)), &format!("ok {mac} {mac} {ip}"))
}

fn ignores_address_probes(bench: &mut Bench) -> Result<(), Fault> {
    const PROBES: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/arp_probe_gratuitous.pcap");
    let report = Report::of(watch(bench, "arp_probe_gratuitous.pcap", PROBES, &[])?)?;
    let addresses =
        ["10.77.0.101", "10.77.0.102", "10.77.0.129", "10.77.0.130", "10.77.0.131", "10.77.0.254"];
    expect_lines("the addresses", &addresses, &report.columns(1))?;

    // Nobody but a probing host: nothing to tell.
    let newcomer = random_mac(bench);
    let wanted = random_ip(bench);
    let report = Report::of(watch_frames(bench, vec![arp::probe(newcomer, wanted); 3], &[])?)?;
    expect_lines("the rows", &[""; 0], &report.rows)
}

fn notices_an_address_going_back(bench: &mut Bench) -> Result<(), Fault> {
    let ip = random_ip(bench);
    let [a, b, c] = [(); 3].map(|()| random_mac(bench));
    let alert = |was, now| format!("ALERT duplicate IP {ip}: was {was}, now {now}");
    let flip_flop = |was, now| format!("FLIP-FLOP {ip}: was {was}, now {now}");
    for (claims, expected) in [
        (vec![a, b, a], vec![alert(a, b), flip_flop(b, a)]),
        (vec![a, b, c, a, a], vec![alert(a, b), alert(b, c), flip_flop(c, a)]),
        (vec![a, b, c, b, a], vec![alert(a, b), alert(b, c), flip_flop(c, b), flip_flop(b, a)]),
    ] {
        let last = claims.last().map_or(a, |&mac| mac);
        let claims = claims.into_iter().map(|mac| claim(mac, ip)).collect();
        let report = Report::of(watch_frames(bench, claims, &[])?)?;
        expect_lines("lines before the table", &expected, &report.events)?;
        expect_lines("address and MAC of the table", &[format!("{ip} {last}")], &report.columns(2))?;
    }
    Ok(())
}

fn tells_a_repeated_conflict_once(bench: &mut Bench) -> Result<(), Fault> {
    const FLIP_FLOP: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/arp_flipflop.pcap");
    let report = Report::of(watch(bench, "arp_flipflop.pcap", FLIP_FLOP, &[])?)?;
    let (owner, rival) = ("02:00:0a:4d:00:28", "02:00:0a:4d:00:29");
    expect_lines(
        "lines before the table",
        &[
            format!("ALERT duplicate IP 10.77.0.40: was {owner}, now {rival}"),
            format!("FLIP-FLOP 10.77.0.40: was {rival}, now {owner}"),
        ],
        &report.events,
    )?;
    expect_lines(
        "the final conflicts",
        &[format!("conflict 10.77.0.40 {owner} {rival} 99")],
        &report.conflicts,
    )
}

fn warns_when_sender_and_source_differ(bench: &mut Bench) -> Result<(), Fault> {
    const MISMATCH: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/arp_mismatch.pcap");
    let report = Report::of(watch(bench, "arp_mismatch.pcap", MISMATCH, &["--fail-on-alert"])?)?;
    let warning = "WARN mismatch 10.77.0.12: Ethernet source 02:00:0a:4d:00:42, ARP sender 02:00:0a:4d:00:0c";
    expect_lines("lines before the table", &[warning], &report.events)?;

    let ip = random_ip(bench);
    let [sender, source, target] = [(); 3].map(|()| random_mac(bench));
    let target_ip = Ipv4Addr::new(10, 77, 0, 1);
    let forged = arp::Packet {
        operation: arp::REPLY,
        sender_mac: sender,
        sender_ip: ip,
        target_mac: target,
        target_ip,
    };
    let report = Report::of(watch_frames(bench, vec![forged.frame(source, target)], &[])?)?;
    let warning = format!("WARN mismatch {ip}: Ethernet source {source}, ARP sender {sender}");
    expect_lines("lines before the table", &[warning], &report.events)
}

fn stays_calm_about_announcements_and_proxies(bench: &mut Bench) -> Result<(), Fault> {
    const GRATUITOUS: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/arp_probe_gratuitous.pcap");
    let report = Report::of(watch(bench, "arp_probe_gratuitous.pcap", GRATUITOUS, &["--fail-on-alert"])?)?;
    expect_lines("alerts", &[""; 0], &report.events_of("ALERT"))?;
    let announced: Vec<String> =
        report.columns(2).into_iter().filter(|row| row.starts_with("10.77.0.10")).collect();
    let hosts = ["10.77.0.101 02:00:0a:4d:00:65", "10.77.0.102 02:00:0a:4d:00:66"];
    expect_lines("the rows of those who announced themselves", &hosts, &announced)?;
    let notes: Vec<String> =
        report.events_of("NOTE").into_iter().filter(|line| line.contains("02:00:0a:4d:00:fe")).collect();
    let note = "NOTE one MAC, many IPs: 02:00:0a:4d:00:fe has 10.77.0.254, 10.77.0.129";
    expect_lines("notes on the router", &[note], &notes)
}

fn forgets_the_oldest_beyond_max_hosts(bench: &mut Bench) -> Result<(), Fault> {
    const FEW: u32 = 1_024;
    // The last one ends in .255, so the last hundred stand in the same order as text.
    const MANY: u32 = 25_600;
    const MAX_HOSTS: u32 = 100;
    const MAX_GROWTH: u64 = 2 << 20;
    // The router speaks after every fifty of them, so it is never the one heard longest ago.
    let router = claim(Mac::of_host(254), [10, 77, 0, 254].into());
    let stranger = |number: u32| {
        let [_, a, b, c] = number.to_be_bytes();
        (Mac([2, 1, 0, a, b, c]), Ipv4Addr::new(172, 16 + a, b, c))
    };
    let capture_of = |hosts: u32| {
        let frames = (0..hosts).flat_map(|number| {
            let (mac, ip) = stranger(number);
            let router = (number % 50 == 0).then(|| router.clone());
            router.into_iter().chain([claim(mac, ip)])
        });
        capture(Duration::from_micros(100), frames)
    };
    // The one begins with the other.
    let [few, many] = [capture_of(FEW)?, capture_of(MANY)?];

    let (file, mut feed) = bench.feed("flood.pcapng")?;
    let program = bench.start("arp-watch", ["--read", &file, "--max-hosts", &MAX_HOSTS.to_string()])?;
    feed.write(&few, &program)?;
    let after_few = program.facts().peak_resident()?;
    feed.write(&many[few.len()..], &program)?;
    let growth = program.facts().peak_resident()?.saturating_sub(after_few);
    drop(feed);

    let report = Report::of(bench.end_of(program, PATIENCE)?)?;
    ensure(report.rows.len() <= MAX_HOSTS as usize, || {
        Fault::expected(format!("at most {MAX_HOSTS} rows")).got(format!("{} rows", report.rows.len()))
    })?;
    let row = |(mac, ip): (Mac, Ipv4Addr)| format!("{ip} {mac}");
    let kept = (MANY + 1 - MAX_HOSTS..MANY).map(stranger);
    let expected: Vec<String> =
        [(Mac::of_host(254), [10, 77, 0, 254].into())].into_iter().chain(kept).map(row).collect();
    expect_lines("addresses and MACs of those heard last", &expected, &report.columns(2))?;
    let seen_first = utc(Duration::ZERO);
    ensure(report.rows[0].contains(&seen_first), || {
        Fault::expected(format!("the router, never forgotten, with first = {seen_first}"))
            .got(format!("`{}`", report.rows[0]))
    })?;
    ensure(growth <= MAX_GROWTH, || {
        Fault::expected(format!(
            "at most {} MiB more memory after {MANY} addresses than after {FEW}",
            MAX_GROWTH >> 20
        ))
        .got(format!("{:.1} MiB more", growth as f64 / f64::from(1 << 20)))
    })
}
