//! Lab 10, hidden half: the largest datagram, one datagram to all, and one to a group.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use checks::labs::udp_lan::{
    EVERYBODY, broadcast_server, expect_says, line, multicast_server, random_group, say_to_group,
};
use checks::predicates::str::contains;
use checks::wire::ether::Mac;
use checks::wire::{self, Direction, Host, Seen, World, decode};
use checks::{Bench, Check, Fault, Lab, Needs, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab = checks::labs::udp_lan::LAB.with(include_str!("../../signatures/udp-lan.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("follows-the-mtu-of-the-way", 12, follows_the_mtu_of_the_way)
        .stage(2)
        .says("`mtu-probe` prints 1500 and 1472 for a host on Ethernet, and 1280 and 1252 when that network's MTU is 1280")
        .reads("Build it, stage 2: ask the kernel")
        .needs(Needs::Wire)
        .hints([
            "Where does your number come from?",
            "An MTU is the property of a way, and it changes. Ask anew, and for this way: by a socket that is connected to the host. Book: \"Build it, stage 2: ask the kernel\".",
            "socket.connect(to)?; …; let mtu = ip_mtu(&socket)?",
        ]),
    check("sends-large-datagrams-in-fragments", 6, sends_large_datagrams_in_fragments)
        .stage(2)
        .says("with `--allow-frag` 65,507 bytes leave on a network with an MTU of 1500, as the fragments of one datagram")
        .reads("Build it, stage 2: ask the kernel")
        .needs(Needs::Wire)
        .hints([
            "Who is forbidden to cut your datagram, and by whom?",
            "PmtuDiscover::Do sets the bit \"don't fragment\", and the kernel obeys it as well. PmtuDiscover::Dont leaves it unset. Book: \"Build it, stage 2: ask the kernel\".",
            "let (mode, size) = if fragments { (Dont, 65_507) } else { (Do, 999_999) }; set_pmtu_discover(&socket, mode)?",
        ]),
    check("listens-where-it-is-told", 6, listens_where_it_is_told)
        .stage(3)
        .says("a server bound to 127.0.0.1 gets what is sent there and no broadcast; one bound to `\"\"` gets the broadcast")
        .reads("What could go wrong")
        .hints([
            "Which address does your socket have, whatever the user says?",
            "A socket with an address of its own gets datagrams for exactly that address; 127.255.255.255 is another one. Book: \"What could go wrong\".",
            "socket.bind(&address.into())?, the address that you were given",
        ]),
    check("says-that-it-has-no-such-interface", 6, says_that_it_has_no_such_interface)
        .stage(4)
        .says("with `--iface` of an address that this machine doesn't have, both roles end with exit code 1 and a message")
        .reads("What could go wrong")
        .hints([
            "What can a user get wrong here?",
            "Joining fails when no interface has the address, and so does choosing it for sending. Return the error: main prints it. Book: \"What could go wrong\".",
            "socket.join_multicast_v4(group.ip(), &interface)?; set_multicast_if_v4(&interface)?",
        ]),
    check("joins-where-it-is-told", 2, joins_where_it_is_told)
        .stage(4)
        .says("the server hears its group on the network of `--iface`, whatever the routes say")
        .reads("What could go wrong")
        .needs(Needs::Wire)
        .hints([
            "Who chooses the network when you don't?",
            "With 0.0.0.0 for the interface, the kernel takes the one of the default route; where there is none, it refuses. Name the interface. Book: \"What could go wrong\".",
            "socket.join_multicast_v4(group.ip(), &interface)?, not &Ipv4Addr::UNSPECIFIED",
        ]),
    check("sends-where-and-as-far-as-it-is-told", 2, sends_where_and_as_far_as_it_is_told)
        .stage(4)
        .says("the client's datagram leaves by the interface `--iface` with the TTL `--ttl`, which is 1 unless told")
        .reads("Build it, stage 4: a group")
        .needs(Needs::Wire)
        .hints([
            "How many routers may your datagram pass?",
            "Datagrams to groups have a TTL of their own: IP_MULTICAST_TTL. Book: \"Build it, stage 4: a group\".",
            "socket.set_multicast_ttl_v4(ttl.into())?",
        ]),
    check("refuses-what-is-no-group", 6, refuses_what_is_no_group)
        .stage(4)
        .says("`--group 10.0.0.1`, or what is no address at all, ends with exit code 2; 239.255.255.255 is fine")
        .reads("Build it, stage 4: a group")
        .hints([
            "Which addresses are groups?",
            "224.0.0.0 to 239.255.255.255. What can be known to be wrong before anything is done is a usage error. Book: \"Build it, stage 4: a group\".",
            "if group.is_multicast() { Ok(group) } else { Err(\"not a multicast address\".to_owned()) }",
        ]),
];

/// A host on the wire.
const HOST: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

fn follows_the_mtu_of_the_way(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("probe");
    let odd = bench.random().u32(600..1400);
    for mtu in [1500, 1280, odd] {
        bench.set_mtu(mtu)?;
        let printed = format!(
            "Alas, the datagram did not make it\nActual MTU: {mtu}\nLargest UDP payload: {}\n",
            mtu - 28
        );
        bench.run("mtu-probe", [HOST.to_string()])?.code(0)?.stdout_is(&printed)?;
    }
    Ok(())
}

fn sends_large_datagrams_in_fragments(bench: &mut Bench) -> Result<(), Fault> {
    const DATAGRAM: usize = 65_507 + 8;
    bench.link(World::new().host(Host::new(HOST, Mac::of_host(2))))?;
    bench
        .run("mtu-probe", [&HOST.to_string(), "--allow-frag"])?
        .code(0)?
        .stdout_is("The big datagram was sent!\nActual MTU: 1500\nLargest UDP payload: 1472\n")?;
    let what = format!("the fragments of one datagram, {DATAGRAM} bytes with its UDP header");
    bench.wire()?.wait_for(&what, |seen| (fragments_of_one(seen) == DATAGRAM).then_some(()))
}

/// How many bytes the host got in fragments of the first datagram that was cut.
fn fragments_of_one(seen: &[Seen]) -> usize {
    let of_program = seen.iter().filter(|frame| frame.direction == Direction::FromStudent);
    let packets = of_program.filter_map(|frame| decode(&frame.frame).ipv4);
    let mut fragments = packets.filter(|packet| packet.fragmented && packet.destination == HOST).peekable();
    let Some(first) = fragments.peek().map(|packet| packet.identification) else { return 0 };
    let of_first = fragments.filter(|packet| packet.identification == first);
    of_first.map(|packet| usize::from(packet.total_len) - 20).sum()
}

fn listens_where_it_is_told(bench: &mut Bench) -> Result<(), Fault> {
    let mut all = broadcast_server(bench, "", 0)?;
    let port = all.address().port();
    let mut loopback = broadcast_server(bench, "127.0.0.1", port)?;
    let address = loopback.address();
    ensure(address.ip() == Ipv4Addr::LOCALHOST, || {
        Fault::expected("a server at 127.0.0.1").got(format!("one at {address}"))
    })?;
    let peer = bench.udp_peer()?.may_broadcast()?;
    let [to_all, to_one] = [(); 2].map(|()| bench.random_word(8));
    peer.send(SocketAddr::from((EVERYBODY, port)), to_all.as_bytes())?;
    all.program().expect_line(&line(peer.address()?, &to_all))?;
    peer.send(address, to_one.as_bytes())?;
    loopback.program().expect_line(&line(peer.address()?, &to_one))?;
    let printed = String::from_utf8_lossy(&loopback.program().stdout()).into_owned();
    ensure(!printed.contains(&to_all), || {
        Fault::expected("no broadcast at the server that is bound to 127.0.0.1").got(printed)
    })
}

fn says_that_it_has_no_such_interface(bench: &mut Bench) -> Result<(), Fault> {
    const ABSENT: &str = "10.9.9.9";
    bench.plays("your program");
    let group = random_group(bench).to_string();
    for role in ["server", "client"] {
        bench
            .run("udp-multicast", [role, "--group", &group, "--iface", ABSENT])?
            .code(1)?
            .stderr(contains(ABSENT))?;
    }
    Ok(())
}

fn joins_where_it_is_told(bench: &mut Bench) -> Result<(), Fault> {
    bench.link(World::new())?;
    let group = random_group(bench);
    let [inside, outside] = [(); 2].map(|()| bench.random_word(8));
    // The default route leads to lab0.
    let mut server = multicast_server(bench, group, "127.0.0.1", 0)?;
    let peer = bench.udp_peer()?.multicasts_from(Ipv4Addr::LOCALHOST)?;
    peer.send(server.address(), inside.as_bytes())?;
    server.program().expect_line(&line(peer.address()?, &inside))?;

    let mut server = multicast_server(bench, group, "10.77.0.1", 0)?;
    let (from, to) = (SocketAddrV4::new(HOST, 1060), SocketAddrV4::new(group, server.address().port()));
    let frame = wire_frame(from, to, outside.as_bytes());
    bench.wire()?.inject(frame);
    server.program().expect_line(&line(from.into(), &outside))
}

/// A datagram to a group in its frame: the group's last 23 bits are in the MAC address (RFC 1112 §6.4).
fn wire_frame(from: SocketAddrV4, group: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = group.ip().octets();
    let mac = Mac([0x01, 0x00, 0x5e, a & 0x7f, b, c]);
    wire::udp::frame((Mac::of_host(2), from), (mac, group), payload)
}

fn sends_where_and_as_far_as_it_is_told(bench: &mut Bench) -> Result<(), Fault> {
    bench.link(World::new())?;
    let group = random_group(bench);
    let far = bench.random().u8(2..200);
    let word = bench.random_word(8);
    for (flags, ttl) in [(vec![], 1), (vec!["--ttl".to_owned(), far.to_string()], far)] {
        let flags: Vec<&str> =
            ["--iface", "10.77.0.1"].into_iter().chain(flags.iter().map(String::as_str)).collect();
        say_to_group(bench, SocketAddr::from((group, 1060)), &flags, &word)?;
        let what = format!("a datagram {word:?} from 10.77.0.1 to {group} with TTL {ttl} on the wire");
        bench.wire()?.wait_for(&what, |seen| {
            seen.iter().any(|frame| is_sent(frame, group, ttl, &word)).then_some(())
        })?;
    }
    // What is for loopback never gets there.
    let mut server = multicast_server(bench, group, "127.0.0.1", 0)?;
    let hidden = bench.random_word(8);
    say_to_group(bench, server.address(), &["--iface", "127.0.0.1"], &hidden)?;
    expect_says(&mut server, &hidden)
}

fn is_sent(frame: &Seen, group: Ipv4Addr, ttl: u8, text: &str) -> bool {
    let decoded = decode(&frame.frame);
    let packet = decoded.ipv4.is_some_and(|packet| {
        packet.source == Ipv4Addr::new(10, 77, 0, 1) && packet.destination == group && packet.ttl == ttl
    });
    packet && decoded.udp.is_some_and(|datagram| datagram.payload == text.as_bytes())
}

fn refuses_what_is_no_group(bench: &mut Bench) -> Result<(), Fault> {
    let far_end = Ipv4Addr::new(239, 255, 255, 255);
    let mut server = multicast_server(bench, far_end, "127.0.0.1", 0)?;
    let word = bench.random_word(8);
    say_to_group(bench, server.address(), &["--iface", "127.0.0.1"], &word)?;
    expect_says(&mut server, &word)?;
    for no_group in ["10.0.0.1", "223.255.255.255", "240.0.0.1", "255.255.255.255", "group"] {
        for role in ["server", "client"] {
            bench.run("udp-multicast", [role, "--group", no_group])?.code(2)?;
        }
    }
    Ok(())
}
