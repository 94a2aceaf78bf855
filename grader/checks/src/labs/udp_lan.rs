//! Lab 10: the largest datagram, one datagram to all, and one to a group.

use std::net::{Ipv4Addr, SocketAddr};

use predicates::str::is_match;

use crate::{Bench, Check, Fault, Lab, Server, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "udp-lan",
    number: 10,
    title: "The largest datagram, and one to many",
    signatures: include_str!("../../signatures/udp-lan.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("computes-sizes-and-addresses", 8, computes_sizes_and_addresses)
        .stage(1)
        .says("`largest_payload(1500)` is 1472 and `(65536)` is 65507; the broadcast address of 10.0.2.5/24 is 10.0.2.255")
        .reads("Build it, stage 1: two sums")
        .hints([
            "What stands before your bytes in a packet, and what in an address is about the network?",
            "28 bytes of headers, and no packet is longer than 65,535. In an address, the prefix is the network's; all other bits set mean everybody. Book: \"Build it, stage 1: two sums\".",
            "mtu.min(65_535).saturating_sub(28); ip | (u32::MAX >> prefix), where a shift by 32 gives 0",
        ]),
    check("finds-the-mtu-of-loopback", 12, finds_the_mtu_of_loopback)
        .stage(2)
        .says("`mtu-probe 127.0.0.1` says that 999,999 bytes did not make it, that the MTU is 65535 or 65536, and that 65507 bytes fit")
        .reads("Build it, stage 2: ask the kernel")
        .hints([
            "Whose MTU do you print?",
            "The MTU belongs to the way to a host, and only the kernel knows the way. A connected socket can ask it. Book: \"Build it, stage 2: ask the kernel\".",
            "socket.connect(to)?; set_pmtu_discover(&socket, PmtuDiscover::Do)?; match socket.send(&big) { EMSGSIZE => false … }; ip_mtu(&socket)?",
        ]),
    check("broadcasts-only-with-the-flag", 10, broadcasts_only_with_the_flag)
        .stage(3)
        .says("the client's datagram reaches 127.255.255.255; with `--no-broadcast-flag` it is `permission denied`, and exit code 1")
        .reads("Build it, stage 3: everybody")
        .hints([
            "May any socket speak to everybody?",
            "Only one that has asked for it: SO_BROADCAST. Without, the kernel refuses with EACCES. Book: \"Build it, stage 3: everybody\".",
            "socket.set_broadcast(flag)?; socket.send_to(MESSAGE.as_bytes(), to)?",
        ]),
    check("servers-share-a-port", 14, servers_share_a_port)
        .stage(3)
        .says("two servers have the same port at the same time, and both print what everybody is told")
        .reads("Build it, stage 3: everybody")
        .hints([
            "What does the second server say when it starts?",
            "A port has one owner, unless all that want it agree to share it, before they bind: SO_REUSEADDR. Book: \"Build it, stage 3: everybody\".",
            "let socket = Socket::new(IPV4, DGRAM, UDP)?; socket.set_reuse_address(true)?; socket.bind(&address.into())?",
        ]),
    check("hears-its-own-group-only", 14, hears_its_own_group_only)
        .stage(4)
        .says("of two servers on one port, each in a group of its own, only the one in the group prints what the client says to it")
        .reads("Build it, stage 4: a group")
        .hints([
            "To which address is your server's socket bound?",
            "Joining is the machine's business: a socket at 0.0.0.0 gets what comes for any group that anybody here has joined. Bind to the group's address. Book: \"Build it, stage 4: a group\".",
            "let socket = bind_shared(group)?; socket.join_multicast_v4(group.ip(), &interface)?; the client: set_multicast_if_v4(&interface)",
        ]),
    check("uses-the-agreed-defaults", 2, uses_the_agreed_defaults)
        .stage(4)
        .says("without flags the servers listen on 0.0.0.0:1060 and 239.1.2.3:1060, the clients find them, and `--help` says so")
        .reads("The contract")
        .hints([
            "Who has to know a port beforehand: the server, the client, or both?",
            "A port is an agreement; this one is in the contract. Book: \"The contract\".",
            "default_port() = 1060",
        ]),
];

/// Everybody on loopback.
pub const EVERYBODY: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

/// Starts a broadcast server at that address; `""` is all of this machine's.
pub fn broadcast_server(bench: &mut Bench, host: &str, port: u16) -> Result<Server, Fault> {
    bench.serve("udp-broadcast", ["server", host, "-p", &port.to_string()])
}

/// Starts a multicast server in that group.
pub fn multicast_server(
    bench: &mut Bench,
    group: Ipv4Addr,
    interface: &str,
    port: u16,
) -> Result<Server, Fault> {
    let (group, port) = (group.to_string(), port.to_string());
    bench.serve("udp-multicast", ["server", "--group", &group, "--iface", interface, "-p", &port])
}

/// Has the client say something to a group, which must succeed.
pub fn say_to_group(
    bench: &mut Bench,
    group: SocketAddr,
    flags: &[&str],
    message: &str,
) -> Result<(), Fault> {
    let (group, port) = (group.ip().to_string(), group.port().to_string());
    let place = ["client", "--group", &group, "-p", &port, "--message", message];
    bench.run("udp-multicast", [&place, flags].concat())?.code(0).map(drop)
}

/// A group that is used on no network but one's own (RFC 2365 §6).
pub fn random_group(bench: &mut Bench) -> Ipv4Addr {
    Ipv4Addr::new(239, 77, bench.random().u8(..), bench.random().u8(1..255))
}

/// What the server prints of a datagram.
pub fn line(client: SocketAddr, text: &str) -> String {
    format!("The client at {client} says: \"{text}\"")
}

fn computes_sizes_and_addresses(bench: &mut Bench) -> Result<(), Fault> {
    let mut code = bench.probe()?;
    let mtu = bench.random().u32(577..1500);
    for (mtu, payload) in
        [(1500, 1472), (65_536, 65_507), (65_535, 65_507), (1280, 1252), (mtu, mtu - 28), (28, 0), (20, 0)]
    {
        code.expect(&format!("largest_payload {mtu}"), &format!("ok {payload}"))?;
    }
    let [a, b, c, d] = [(); 4].map(|()| bench.random().u8(1..255));
    for (address, prefix, everybody) in [
        ("10.0.2.5".to_owned(), 24, "10.0.2.255".to_owned()),
        ("192.168.77.130".to_owned(), 26, "192.168.77.191".to_owned()),
        ("172.16.5.1".to_owned(), 20, "172.16.15.255".to_owned()),
        (format!("{a}.{b}.{c}.{d}"), 8, format!("{a}.255.255.255")),
        (format!("{a}.{b}.{c}.{d}"), 32, format!("{a}.{b}.{c}.{d}")),
        (format!("{a}.{b}.{c}.{d}"), 0, "255.255.255.255".to_owned()),
    ] {
        code.expect(&format!("broadcast_address {address} {prefix}"), &format!("ok {everybody}"))?;
    }
    Ok(())
}

fn finds_the_mtu_of_loopback(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("probe");
    let ended = bench.run("mtu-probe", ["127.0.0.1"])?.code(0)?;
    // The interface says 65536, and a packet has at most 65535: kernels have answered both.
    let mtu = if ended.stdout_text().contains("65536") { 65_536 } else { 65_535 };
    let printed =
        format!("Alas, the datagram did not make it\nActual MTU: {mtu}\nLargest UDP payload: 65507\n");
    ended.stdout_is(&printed).map(drop)
}

fn broadcasts_only_with_the_flag(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("client");
    let listener = bench.udp_peer_on("0.0.0.0:0", "")?;
    let (everybody, port) = (EVERYBODY.to_string(), listener.address()?.port().to_string());
    let denied = is_match("(?i)permission denied").expect("the pattern is a regular expression");
    bench
        .run("udp-broadcast", ["client", &everybody, "-p", &port, "--no-broadcast-flag"])?
        .code(1)?
        .stderr(denied)?;
    bench.run("udp-broadcast", ["client", &everybody, "-p", &port])?.code(0)?;
    listener.expect(b"Broadcast datagram!").map(drop)
}

fn servers_share_a_port(bench: &mut Bench) -> Result<(), Fault> {
    let mut first = broadcast_server(bench, "", 0)?;
    let port = first.address().port();
    let mut second = broadcast_server(bench, "", port)?;
    // Known by its address, which the servers are to print.
    let peer = bench.udp_peer()?.may_broadcast()?;
    let word = bench.random_word(8);
    peer.send(SocketAddr::from((EVERYBODY, port)), word.as_bytes())?;
    for server in [&mut first, &mut second] {
        server.program().expect_line(&line(peer.address()?, &word))?;
    }
    bench.run("udp-broadcast", ["client", &EVERYBODY.to_string(), "-p", &port.to_string()])?.code(0)?;
    for server in [&mut first, &mut second] {
        expect_says(server, "Broadcast datagram!")?;
    }
    Ok(())
}

fn hears_its_own_group_only(bench: &mut Bench) -> Result<(), Fault> {
    const LOOPBACK: [&str; 2] = ["--iface", "127.0.0.1"];
    let group = random_group(bench);
    let other_group = Ipv4Addr::from_bits(group.to_bits() ^ 1);
    let mut member = multicast_server(bench, group, "127.0.0.1", 0)?;
    let port = member.address().port();
    let mut other = multicast_server(bench, other_group, "127.0.0.1", port)?;
    let [first, second, third] = [(); 3].map(|()| bench.random_word(8));
    for (group, word) in [(group, &first), (other_group, &second), (group, &third)] {
        say_to_group(bench, SocketAddr::from((group, port)), &LOOPBACK, word)?;
    }
    expect_exactly(&mut member, &[&first, &third])?;
    expect_exactly(&mut other, &[&second])
}

fn uses_the_agreed_defaults(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_default_ports()?;
    let mut broadcast = bench.serve("udp-broadcast", ["server"])?;
    expect_address(&broadcast, "0.0.0.0:1060")?;
    bench.run("udp-broadcast", ["client", &EVERYBODY.to_string()])?.code(0)?;
    expect_says(&mut broadcast, "Broadcast datagram!")?;

    let mut multicast = bench.serve("udp-multicast", ["server"])?;
    expect_address(&multicast, "239.1.2.3:1060")?;
    bench.run("udp-multicast", ["client"])?.code(0)?;
    expect_says(&mut multicast, "Multicast datagram!")?;

    for (program, role) in
        [("mtu-probe", None), ("udp-broadcast", Some("client")), ("udp-multicast", Some("client"))]
    {
        let arguments = role.into_iter().chain(["--help"]);
        bench.run(program, arguments)?.code(0)?.stdout_contains("[default: 1060]")?;
    }
    Ok(())
}

fn expect_address(server: &Server, address: &str) -> Result<(), Fault> {
    let got = server.address();
    ensure(got.to_string() == address, || {
        Fault::expected(format!("a server without flags to listen on {address}")).got(got.to_string())
    })
}

/// Expects the server to print that somebody, whose port nobody knows, says this.
pub fn expect_says(server: &mut Server, text: &str) -> Result<(), Fault> {
    let says = format!(" says: \"{text}\"");
    server.program().wait_for_stdout(&format!("the line `The client at ADDRESS{says}`"), |line| {
        (line.starts_with("The client at ") && line.ends_with(&says)).then_some(())
    })
}

/// Expects the server to print that it is told these texts, in this order, and nothing else up to the last of them.
fn expect_exactly(server: &mut Server, texts: &[&str]) -> Result<(), Fault> {
    if let Some(last) = texts.last() {
        expect_says(server, last)?;
    }
    let printed = String::from_utf8_lossy(&server.program().stdout()).into_owned();
    let quoted = |line: &str| Some(line.split_once(" says: \"")?.1.trim_end_matches('"').to_owned());
    let said: Vec<String> = printed.lines().filter_map(quoted).collect();
    ensure(said == texts, || {
        Fault::expected(format!("the server to be told {texts:?} and nothing else")).got(format!("{said:?}"))
    })
}
