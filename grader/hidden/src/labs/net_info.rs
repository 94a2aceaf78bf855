//! Lab 01, hidden half: addresses, ports, names and interfaces, asked of the machine.

use checks::labs::net_info::{expect_answer, expect_none};
use checks::predicates::str::contains;
use checks::{Bench, Check, Deadline, Fault, Lab, SLACK, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::net_info::LAB.with(include_str!("../../signatures/net-info.toml"), CHECKS);

/// A list that is right by the rules, and unlike any that one would write.
const TRICKY: &[u8] = include_bytes!("../../../../fixtures/hidden/services/tricky.txt");

const CHECKS: &[Check] = &[
    check("refuses-numbers-that-are-no-ports", 6, refuses_numbers_that_are_no_ports)
        .stage(1)
        .says("`class 65536`, `class -1` and `port abc` are usage errors: exit code 2")
        .reads("Build it, stage 1: ports")
        .hints([
            "What may a user type where you expect a port?",
            "Anything. A port has 16 bits: parse it as such, and say what is wrong, without a panic. Book: \"Build it, stage 1: ports\".",
            "text.parse::<u16>().map_err(|_| \"a port is a number from 0 to 65535\".to_owned())",
        ]),
    check("takes-an-endpoint-apart", 8, takes_an_endpoint_apart)
        .stage(1)
        .says("`endpoint [::1]:53` and `endpoint 8.8.8.8:53` give address, port, family and class; what is none is a usage error")
        .reads("Build it, stage 1: ports")
        .hints([
            "How many colons are in `[::1]:53`?",
            "An IPv6 address has colons of its own; that is what the brackets are for. `SocketAddr` can parse itself. Book: \"Build it, stage 1: ports\".",
            "text.parse::<SocketAddr>()",
        ]),
    check("reads-any-list-of-services", 12, reads_any_list_of_services)
        .stage(2)
        .says("tabs, blanks, comments, other line ends, aliases and lines that are none: every service is found, and nothing else")
        .reads("What could go wrong")
        .hints([
            "What stands between two words of a line, and how does a line end?",
            "Any number of blanks and tabs, or a comment; a carriage return belongs to no word. And one bad line does not spoil the next. Book: \"What could go wrong\".",
            "let (line, _) = line.split_once('#').unwrap_or((line, \"\")); let mut words = line.split_whitespace(); … port.parse().ok()?",
        ]),
    check("says-that-a-name-has-no-address", 8, says_that_a_name_has_no_address)
        .stage(3)
        .says("`host a..b` says that it could not be resolved, at once; exit code 3")
        .reads("Build it, stage 3: names")
        .hints([
            "What does the resolver return for a name that can't exist?",
            "An error, like any other call: return it with the name, and `main` does the rest. Book: \"Build it, stage 3: names\".",
            "(host, port).to_socket_addrs().map_err(|reason| ResolveError { host: host.to_owned(), reason })?",
        ]),
];

fn refuses_numbers_that_are_no_ports(bench: &mut Bench) -> Result<(), Fault> {
    for args in [["class", "65536"], ["class", "-1"], ["port", "abc"], ["port", "65616"], ["class", ""]] {
        expect_none(bench, &args, 2)?;
    }
    expect_answer(bench, &["class", "65535"], "dynamic")
}

fn takes_an_endpoint_apart(bench: &mut Bench) -> Result<(), Fault> {
    let port = bench.random().u16(50_000..).to_string();
    for (text, answer) in [
        ("[::1]:53", "addr=::1 port=53 family=ipv6 class=well-known"),
        ("8.8.8.8:53", "addr=8.8.8.8 port=53 family=ipv4 class=well-known"),
        (
            "[2001:db8::8:800:200c:417a]:8080",
            "addr=2001:db8::8:800:200c:417a port=8080 family=ipv6 class=registered",
        ),
        (&format!("10.0.2.5:{port}"), &format!("addr=10.0.2.5 port={port} family=ipv4 class=dynamic")),
    ] {
        expect_answer(bench, &["endpoint", text], answer)?;
    }
    for text in ["8.8.8.8", "::1:53", "[::1]", "localhost:80", "8.8.8.8:65536", "8.8.8:53"] {
        expect_none(bench, &["endpoint", text], 2)?;
    }
    Ok(())
}

fn reads_any_list_of_services(bench: &mut Bench) -> Result<(), Fault> {
    let file = bench.file("services", TRICKY)?;
    let list = ["--services-file", &file];
    for (name, proto, port) in [
        ("alpha", "tcp", "1001"),
        ("a1", "tcp", "1001"),
        ("beta", "tcp", "2002"),
        ("beta", "udp", "2001"),
        ("g2", "tcp", "3001"),
        ("delta", "tcp", "4002"),
        ("epsilon", "tcp", "5004"),
        ("eta", "tcp", "6001"),
        ("last", "udp", "65535"),
    ] {
        expect_answer(bench, &[&["service", name, "--proto", proto], &list[..]].concat(), port)?;
    }
    for name in ["g3", "g2#g3", "first  a1", "#", "#delta", "the", "last\n"] {
        expect_none(bench, &[&["service", name], &list[..]].concat(), 1)?;
    }
    expect_answer(bench, &[&["port", "6001"], &list[..]].concat(), "zeta")?;
    expect_answer(bench, &[&["port", "2002"], &list[..]].concat(), "beta")?;
    // The line that was commented out, and 70537 modulo 65536.
    for port in ["4001", "4003", "5001", "5003"] {
        expect_none(bench, &[&["port", port], &list[..]].concat(), 1)?;
    }
    Ok(())
}

fn says_that_a_name_has_no_address(bench: &mut Bench) -> Result<(), Fault> {
    // The resolver refuses it without asking anybody: a label has 1 to 63 characters (RFC 1035 §2.3.4).
    let at_once = Deadline::after(SLACK * 2);
    let ended = expect_none(bench, &["host", "a..b"], 3)?;
    ensure(!at_once.expired(), || {
        Fault::expected("it to say so at once").got(format!("it took more than {:?}", at_once.limit()))
    })?;
    ended.stderr(contains("a..b could not be resolved"))?;
    Ok(())
}
