//! Lab 01: addresses, ports, names and interfaces, asked of the machine.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::{Bench, Check, Ended, Fault, Lab, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "net-info",
    number: 1,
    title: "What a machine knows about the network",
    signatures: include_str!("../../signatures/net-info.toml"),
    checks: CHECKS,
};

/// A list of services: `/etc/services` differs from machine to machine, or is not there.
const SERVICES: &str = include_str!("../../../../fixtures/services/plain.txt");

const CHECKS: &[Check] = &[
    check("tells-the-class-of-a-port", 12, tells_the_class_of_a_port)
        .stage(1)
        .says("0 and 1023 are `well-known`, 1024 and 49151 `registered`, 49152 and 65535 `dynamic`")
        .reads("Build it, stage 1: ports")
        .hints([
            "Try your function with the first and the last port of each class.",
            "A class includes both its bounds: 1023 is the last well-known port. Book: \"Build it, stage 1: ports\".",
            "match port { 0..=1023 => WellKnown, 1024..=49151 => Registered, 49152.. => Dynamic }",
        ]),
    check("finds-the-port-of-a-service", 10, finds_the_port_of_a_service)
        .stage(2)
        .says("`service http` gives 80; `service syslog` gives nothing and exit code 1, and with `--proto udp` 514")
        .reads("Build it, stage 2: services")
        .hints([
            "Is there one port 514, or are there two?",
            "Each protocol has ports of its own: a service belongs to a port *of a protocol*. Book: \"Build it, stage 2: services\".",
            "services.iter().find(|s| s.proto == proto && s.name == name).map(|s| s.port)",
        ]),
    check("knows-a-service-by-its-aliases", 8, knows_a_service_by_its_aliases)
        .stage(2)
        .says("`service www` gives 80, because `www` is an alias of `http`")
        .reads("Build it, stage 2: services")
        .hints([
            "What are the words behind the port?",
            "They are other names of the same service; there may be several. Book: \"Build it, stage 2: services\".",
            "find(|s| s.name == name || s.aliases.iter().any(|alias| alias == name))",
        ]),
    check("finds-the-service-of-a-port", 8, finds_the_service_of_a_port)
        .stage(2)
        .says("`port 443` gives `https`; `port 514` gives `shell`, and with `--proto udp` `syslog`")
        .reads("Build it, stage 2: services")
        .hints([
            "Two services have port 514. Which one did you find?",
            "The first one with that number need not be of that protocol. Book: \"Build it, stage 2: services\".",
            "services.iter().find(|s| s.port == port && s.proto == proto).map(|s| s.name.as_str())",
        ]),
    check("takes-an-address-for-what-it-is", 8, takes_an_address_for_what_it_is)
        .stage(3)
        .says("`host 127.0.0.1 --port 80` gives `127.0.0.1:80`, and `host ::1 --port 80` gives `[::1]:80`")
        .reads("Build it, stage 3: names")
        .hints([
            "What happens when somebody gives an address where you expect a name?",
            "It needs no lookup, and `to_socket_addrs` knows that: give it host and port as a pair. Book: \"Build it, stage 3: names\".",
            "(host, port).to_socket_addrs()",
        ]),
    check("gives-each-address-once", 8, gives_each_address_once)
        .stage(3)
        .says("`host localhost --service http` gives 127.0.0.1:80 and [::1]:80, each once, also if the machine's list has them twice")
        .reads("Build it, stage 3: names")
        .hints([
            "Who says that the resolver never answers with the same address twice?",
            "It passes on what stands in /etc/hosts, line by line. Keep the order, and leave out what is there already. Book: \"Build it, stage 3: names\".",
            "for address in found { if !addresses.contains(&address) { addresses.push(address) } }",
        ]),
    check("shows-every-interface-and-address", 12, shows_every_interface_and_address)
        .stage(4)
        .says("`interfaces` gives a line an interface, with its flags and with all its addresses")
        .reads("Build it, stage 4: interfaces")
        .hints([
            "How many addresses has an interface?",
            "As many as somebody gave it, of both families. And its flags are single bits of one number. Book: \"Build it, stage 4: interfaces\".",
            "for network in &interface.ips { line += format!(\" {}/{}\", network.ip(), network.prefix()) }",
        ]),
];

/// Runs `net-info` to its end.
pub fn run(bench: &mut Bench, args: &[&str]) -> Result<Ended, Fault> {
    bench.plays("net-info");
    bench.run("net-info", args)
}

/// Expects exactly this line as the answer.
pub fn expect_answer(bench: &mut Bench, args: &[&str], answer: &str) -> Result<(), Fault> {
    run(bench, args)?.code(0)?.stdout_is(&format!("{answer}\n"))?;
    Ok(())
}

/// Expects no answer, and this exit code.
pub fn expect_none(bench: &mut Bench, args: &[&str], code: i32) -> Result<Ended, Fault> {
    run(bench, args)?.code(code)?.stdout_is("")
}

fn tells_the_class_of_a_port(bench: &mut Bench) -> Result<(), Fault> {
    let between = bench.random().u16(1025..49_151).to_string();
    for (port, class) in [
        ("0", "well-known"),
        ("1023", "well-known"),
        ("1024", "registered"),
        (&between, "registered"),
        ("49151", "registered"),
        ("49152", "dynamic"),
        ("65535", "dynamic"),
    ] {
        expect_answer(bench, &["class", port], class)?;
    }
    Ok(())
}

/// The list, with one more service that nobody can have known.
struct List {
    file: String,
    name: String,
    alias: String,
    port: String,
}

fn list_of_services(bench: &mut Bench) -> Result<List, Fault> {
    let (name, alias) = (bench.random_word(9), bench.random_word(8));
    let port = bench.random().u16(10_000..).to_string();
    let line = format!("{name}\t{port}/udp\t{alias}\n");
    let file = bench.file("services", format!("{SERVICES}{line}").as_bytes())?;
    Ok(List { file, name, alias, port })
}

fn finds_the_port_of_a_service(bench: &mut Bench) -> Result<(), Fault> {
    let List { file, name, port, .. } = list_of_services(bench)?;
    let ask = |name, proto| ["service", "--services-file", &file, name, "--proto", proto];
    expect_answer(bench, &["service", "--services-file", &file, "http"], "80")?;
    expect_answer(bench, &ask("domain", "udp"), "53")?;
    expect_answer(bench, &ask("syslog", "udp"), "514")?;
    expect_answer(bench, &ask(&name, "udp"), &port)?;
    expect_none(bench, &ask("syslog", "tcp"), 1)?;
    expect_none(bench, &ask(&name, "tcp"), 1)?;
    Ok(())
}

fn knows_a_service_by_its_aliases(bench: &mut Bench) -> Result<(), Fault> {
    let List { file, alias, port, .. } = list_of_services(bench)?;
    expect_answer(bench, &["service", "--services-file", &file, "www"], "80")?;
    expect_answer(bench, &["service", "--services-file", &file, &alias, "--proto", "udp"], &port)
}

fn finds_the_service_of_a_port(bench: &mut Bench) -> Result<(), Fault> {
    let List { file, name, port, .. } = list_of_services(bench)?;
    let ask = |port, proto| ["port", "--services-file", &file, port, "--proto", proto];
    expect_answer(bench, &["port", "--services-file", &file, "443"], "https")?;
    expect_answer(bench, &ask("514", "tcp"), "shell")?;
    expect_answer(bench, &ask("514", "udp"), "syslog")?;
    expect_answer(bench, &ask(&port, "udp"), &name)?;
    expect_none(bench, &ask(&port, "tcp"), 1)?;
    Ok(())
}

fn takes_an_address_for_what_it_is(bench: &mut Bench) -> Result<(), Fault> {
    expect_answer(bench, &["host", "127.0.0.1", "--port", "80"], "127.0.0.1:80")?;
    expect_answer(bench, &["host", "::1", "--port", "80"], "[::1]:80")?;
    let address = format!("10.{}.{}.9", bench.random().u8(..), bench.random().u8(..));
    expect_answer(bench, &["host", &address], &address)
}

fn gives_each_address_once(bench: &mut Bench) -> Result<(), Fault> {
    let file = bench.file("services", SERVICES.as_bytes())?;
    let name = format!("{}.test", bench.random_word(8));
    let other = Ipv4Addr::new(127, bench.random().u8(1..), bench.random().u8(..), 1).to_string();
    bench.hosts(&[
        "127.0.0.1 localhost",
        "127.0.0.1 localhost",
        "::1 localhost",
        &format!("127.0.0.1 {name}"),
        &format!("{other} {name}"),
        &format!("127.0.0.1 {name}"),
    ])?;
    let http = ["--service", "http", "--services-file", &file];
    let ended = run(bench, &[&["host", "localhost"], &http[..]].concat())?.code(0)?;
    expect_lines(&ended, &["127.0.0.1:80", "[::1]:80"])?;
    let ended = run(bench, &["host", &name, "--port", "7"])?.code(0)?;
    expect_lines(&ended, &["127.0.0.1:7", &format!("{other}:7")])
}

/// Expects these lines, each once, in any order: that is the resolver's.
fn expect_lines(ended: &Ended, lines: &[&str]) -> Result<(), Fault> {
    let text = ended.stdout_text();
    let got: Vec<&str> = text.lines().collect();
    let (wanted, found) = (BTreeSet::from_iter(lines), BTreeSet::from_iter(&got));
    ensure(wanted == found && got.len() == lines.len(), || {
        Fault::expected(format!("{}, each once, in any order", lines.join(" and "))).got(format!("{text:?}"))
    })
}

fn shows_every_interface_and_address(bench: &mut Bench) -> Result<(), Fault> {
    let mut probe = bench.probe()?;
    let mac = format!("02:00:0a:4d:{:02x}:{:02x}", bench.random().u8(..), bench.random().u8(..));
    let index = bench.random().u8(2..).to_string();
    for (question, answer) in [
        // UP, BROADCAST, RUNNING, MULTICAST (linux/if.h), and one that has no name here.
        (
            format!("lab0 {index} {mac} 11043 10.77.0.1/24 10.77.0.2/32 fe80::1/64"),
            format!(
                "lab0 index={index} mac={mac} flags=UP,BROADCAST,RUNNING,MULTICAST 10.77.0.1/24 10.77.0.2/32 fe80::1/64"
            ),
        ),
        (
            "tun0 9 - 51 10.8.0.2/32".to_owned(),
            "tun0 index=9 mac=- flags=UP,POINTOPOINT,RUNNING 10.8.0.2/32".to_owned(),
        ),
        ("sit0 3 00:00:00:00:00:00 0".to_owned(), "sit0 index=3 mac=- flags=-".to_owned()),
    ] {
        probe.expect(&format!("describe {question}"), &format!("ok {answer}"))?;
    }

    let more = Ipv4Addr::new(127, bench.random().u8(1..), bench.random().u8(..), 9);
    bench.add_address(more, 8)?;
    let text = run(bench, &["interfaces"])?.code(0)?.stdout_text();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("lo ")).collect();
    let wanted = format!("lo index=1 mac=- flags=UP,LOOPBACK,RUNNING 127.0.0.1/8 {more}/8");
    // Behind it stand IPv6 addresses, where the machine has any.
    let is_right = |line: &&str| {
        line.split_once(&wanted).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
    };
    ensure(lines.len() == 1 && lines.iter().all(is_right), || {
        Fault::expected(format!("one line {wanted:?}, and behind it IPv6 addresses")).got(format!("{text:?}"))
    })
}
