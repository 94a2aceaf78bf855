//! The hosts, frame by frame: what a student's program sends, and what comes back.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use wire::tcp::{Flags, Segment, segment};
use wire::{
    ArpAnswer, Conversation, Direction, EchoAnswer, Flows, Host, Mac, PortScript, World, arp, decode, ether,
    icmp, ipv4,
};

const STUDENT: (Mac, Ipv4Addr) = (Mac::of_host(1), Ipv4Addr::new(10, 77, 0, 1));
const HOST: (Mac, Ipv4Addr) = (Mac::of_host(2), Ipv4Addr::new(10, 77, 0, 2));
const MS: Duration = Duration::from_millis(1);

fn host() -> Host {
    Host::new(HOST.1, HOST.0)
}

fn to_port(port: u16) -> Segment {
    segment(SocketAddrV4::new(STUDENT.1, 40000), SocketAddrV4::new(HOST.1, port))
}

fn syn(port: u16) -> Vec<u8> {
    to_port(port).flags(Flags::SYN).seq(0x1a2b_3c4d).frame(STUDENT.0, HOST.0)
}

/// Sends one frame and tells the answers.
fn ask(world: &mut World, now: Duration, frame: &[u8]) -> Vec<String> {
    let answers = world.receive(now, frame);
    let mut flows = Flows::new();
    flows.summary(&decode(frame));
    answers.iter().map(|answer| flows.summary(&decode(answer))).collect()
}

fn ask_port(script: PortScript) -> Vec<String> {
    ask(&mut World::new().host(host().port(80, script)), Duration::ZERO, &syn(80))
}

const SYN_ACK: &str = "SYN,ACK 80→40000 seq=0 (0x10000000) ack=1";
const REFUSAL: &str = "RST,ACK 80→40000 seq=0 ack=1";

#[test]
fn a_port_answers_a_syn_by_its_script() {
    assert_eq!(ask_port(PortScript::Open), [SYN_ACK]);
    assert_eq!(ask_port(PortScript::Closed), [REFUSAL]);
    assert_eq!(ask_port(PortScript::Silent), [""; 0]);
    assert_eq!(ask_port(PortScript::Unreachable(13)), ["ICMP 3/13 communication prohibited, about 40000→80"]);
    assert_eq!(ask_port(PortScript::BadAck), ["SYN,ACK 80→40000 seq=0 (0x10000000) ack=2"]);
    assert_eq!(
        ask_port(PortScript::OtherSource([10, 77, 0, 9].into())),
        ["SYN,ACK 10.77.0.9:80→10.77.0.1:40000 seq=0 (0x10000000) ack=0x1a2b3c4e"]
    );
    let answers = ask_port(PortScript::OtherPort);
    assert_eq!(answers, ["SYN,ACK 81→40000 seq=0 (0x10000000) ack=0x1a2b3c4e"]);
    assert_eq!(ask_port(PortScript::Sequence(Vec::new())), [""; 0]);
}

#[test]
fn unnamed_ports_do_as_the_default_says() {
    assert_eq!(ask(&mut World::new().host(host()), Duration::ZERO, &syn(80)), [REFUSAL]);
    let mut open =
        World::new().host(host().default_port(PortScript::Open).ports(80..=90, PortScript::Silent));
    assert_eq!(ask(&mut open, Duration::ZERO, &syn(80)), [""; 0]);
    assert_eq!(ask(&mut open, Duration::ZERO, &syn(91)).len(), 1);
}

#[test]
fn an_answer_goes_to_the_station_that_asked() {
    let mut world = World::new().host(host().port(80, PortScript::Open));
    let answer = decode(&world.receive(Duration::ZERO, &syn(80))[0]);
    let link = answer.ethernet.unwrap();
    assert_eq!((link.source, link.destination), (HOST.0, STUDENT.0));
    let packet = answer.ipv4.unwrap();
    assert_eq!((packet.source, packet.destination), (HOST.1, STUDENT.1));
}

#[test]
fn a_late_port_answers_when_its_time_has_come() {
    let mut world = World::new().host(host().port(80, PortScript::Late(700 * MS)));
    assert_eq!(ask(&mut world, 100 * MS, &syn(80)), [""; 0]);
    assert_eq!(world.next_due(), Some(800 * MS));
    assert!(world.due(799 * MS).is_empty());
    let answers = world.due(800 * MS);
    assert_eq!(answers.len(), 1);
    assert_eq!(decode(&answers[0]).tcp.unwrap().ack, 0x1a2b_3c4e);
    assert_eq!(world.next_due(), None);
}

#[test]
fn a_sequence_counts_the_syns_of_each_probe() {
    let script = PortScript::Sequence(vec![PortScript::Silent, PortScript::Closed, PortScript::Open]);
    let mut world = World::new().host(host().port(80, script));
    let other_probe = to_port(80).flags(Flags::SYN).seq(5).frame(STUDENT.0, HOST.0);
    assert_eq!(ask(&mut world, Duration::ZERO, &syn(80)), [""; 0]);
    assert_eq!(ask(&mut world, Duration::ZERO, &syn(80)), [REFUSAL]);
    assert_eq!(ask(&mut world, Duration::ZERO, &other_probe), [""; 0], "another probe counts anew");
    assert_eq!(ask(&mut world, Duration::ZERO, &syn(80)), [SYN_ACK]);
    assert_eq!(ask(&mut world, Duration::ZERO, &syn(80)), [SYN_ACK], "the last one repeats");
}

#[test]
fn a_whole_connection_is_acknowledged_and_closed() {
    let end = |station: (Mac, Ipv4Addr), port| (station.0, SocketAddrV4::new(station.1, port));
    let frames = Conversation::new(end(STUDENT, 40000), end(HOST, 80))
        .isns(0x1a2b_3c4d, 0x1000_0000)
        .open()
        .client_says(b"GET / HTTP/1.0\r\n\r\n")
        .close()
        .frames();
    let mut world = World::new().host(host().port(80, PortScript::Open));
    let mut flows = Flows::new();
    let mut told = Vec::new();
    let is_mine = |frame: &[u8]| decode(frame).ethernet.unwrap().source == STUDENT.0;
    for frame in frames.iter().filter(|frame| is_mine(frame)) {
        told.push(format!("> {}", flows.summary(&decode(frame))));
        for answer in world.receive(Duration::ZERO, frame) {
            told.push(format!("< {}", flows.summary(&decode(&answer))));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
        > SYN 40000→80 seq=0 (0x1a2b3c4d)
        < SYN,ACK 80→40000 seq=0 (0x10000000) ack=1
        > ACK 40000→80 seq=1 ack=1
        > PSH,ACK 40000→80 seq=1 ack=1 len=18
        < ACK 80→40000 seq=1 ack=19
        > FIN,ACK 40000→80 seq=19 ack=1
        < FIN,ACK 80→40000 seq=1 ack=20
        > ACK 40000→80 seq=20 ack=2
    "#);
    let late = to_port(80).seq(0x1a2b_3c4e).ack(0x1000_0001).frame(STUDENT.0, HOST.0);
    assert_eq!(ask(&mut world, MS, &late)[0].split(' ').next(), Some("RST"), "the connection is gone");
}

#[test]
fn data_out_of_order_is_acknowledged_up_to_the_gap() {
    let mut world = World::new().host(host().port(80, PortScript::Open));
    world.receive(Duration::ZERO, &syn(80));
    let data = |offset: u32, payload: &[u8]| {
        let seq = 0x1a2b_3c4e + offset;
        to_port(80).seq(seq).ack(0x1000_0001).payload(payload).frame(STUDENT.0, HOST.0)
    };
    let mut acked = |frame: &[u8]| {
        let answers = world.receive(Duration::ZERO, frame);
        assert_eq!(answers.len(), 1);
        decode(&answers[0]).tcp.unwrap().ack.wrapping_sub(0x1a2b_3c4e)
    };
    assert_eq!(acked(&data(2, b"cd")), 0);
    assert_eq!(acked(&data(0, b"ab")), 2);
    assert_eq!(acked(&data(0, b"ab")), 2, "a repetition adds nothing");
    assert_eq!(acked(&data(2, b"cd")), 4);
}

#[test]
fn a_reset_ends_a_connection_without_an_answer() {
    let mut world = World::new().host(host().port(80, PortScript::Open));
    world.receive(Duration::ZERO, &syn(80));
    let reset = to_port(80).flags(Flags::RST).seq(0x1a2b_3c4e).frame(STUDENT.0, HOST.0);
    assert!(world.receive(Duration::ZERO, &reset).is_empty());
    let ack = to_port(80).seq(0x1a2b_3c4e).ack(0x1000_0001).frame(STUDENT.0, HOST.0);
    assert_eq!(ask(&mut world, Duration::ZERO, &ack)[0].split(' ').next(), Some("RST"));
}

#[test]
fn segments_that_open_nothing_are_treated_as_rfc_793_says() {
    let mut world = World::new().host(host().port(80, PortScript::Open).port(82, PortScript::Silent));
    let mut send = |segment: Segment| {
        let answers = world.receive(Duration::ZERO, &segment.frame(STUDENT.0, HOST.0));
        let tcp = answers.first().and_then(|answer| decode(answer).tcp);
        tcp.map(|tcp| (tcp.flags, tcp.seq, tcp.ack))
    };
    let rst_ack = Flags::RST | Flags::ACK;
    assert_eq!(send(to_port(81).seq(7).ack(99)), Some((Flags::RST, 99, 0)), "ACK to a closed port");
    assert_eq!(send(to_port(81).seq(7).flags(Flags::FIN)), Some((rst_ack, 0, 8)), "FIN to a closed port");
    assert_eq!(send(to_port(81).seq(7).payload(b"xyz")), Some((rst_ack, 0, 10)), "data to a closed port");
    assert_eq!(send(to_port(81).seq(7).flags(Flags::RST)), None, "RST is never answered");
    assert_eq!(send(to_port(80).seq(7).ack(99)), Some((Flags::RST, 99, 0)), "ACK to a listener");
    assert_eq!(send(to_port(80).seq(7).flags(Flags::FIN)), None, "FIN to a listener");
    assert_eq!(send(to_port(80).seq(7)), None, "no flags to a listener");
    assert_eq!(send(to_port(80).seq(7).flags(Flags::SYN | Flags::FIN)), None, "SYN,FIN to a listener");
    assert_eq!(send(to_port(82).seq(7).ack(99)), None, "a firewall drops everything");
}

#[test]
fn a_wrong_checksum_gets_no_answer_but_is_seen() {
    for (what, at) in [("IP header", 14 + 10), ("TCP", 14 + 20 + 16)] {
        let mut world = World::new().host(host().port(80, PortScript::Open));
        let mut wrong = syn(80);
        wrong[at] ^= 0x55;
        assert!(world.receive(3 * MS, &wrong).is_empty(), "{what}");
        assert_eq!(world.seen().len(), 1);
        let seen = &world.seen()[0];
        assert_eq!((seen.at, seen.direction, &seen.frame), (3 * MS, Direction::FromStudent, &wrong));
        let decoded = decode(&seen.frame);
        assert!(!(decoded.ipv4.unwrap().checksum_ok && decoded.tcp.unwrap().checksum_ok), "{what}");
    }
}

#[test]
fn what_a_kernel_would_not_take_gets_no_answer() {
    let mut world = World::new().host(host().port(80, PortScript::Open));
    let right = syn(80);
    let mut fragment = ipv4::packet(STUDENT.1, HOST.1, ipv4::TCP, &right[34..]);
    fragment[6] = 0x20;
    let sum = u16::from_be_bytes([fragment[10], fragment[11]]) + 0x4000 - 0x2000;
    fragment[10..12].copy_from_slice(&sum.to_be_bytes());
    assert!(decode(&ether::frame(STUDENT.0, HOST.0, ether::IPV4, &fragment)).ipv4.unwrap().checksum_ok);
    for (what, frame) in [
        ("to another station", ether::frame(STUDENT.0, Mac::of_host(3), ether::IPV4, &right[14..])),
        ("to everyone", ether::frame(STUDENT.0, Mac::BROADCAST, ether::IPV4, &right[14..])),
        ("in a VLAN", ether::tagged(&right, 5)),
        ("as IPv6", ether::frame(STUDENT.0, HOST.0, 0x86dd, &right[14..])),
        ("cut off", right[..right.len() - 1].to_vec()),
        ("in fragments", ether::frame(STUDENT.0, HOST.0, ether::IPV4, &fragment)),
    ] {
        assert!(world.receive(Duration::ZERO, &frame).is_empty(), "{what}");
    }
    assert_eq!(world.receive(Duration::ZERO, &ether::padded(right)).len(), 1, "padding does no harm");
}

#[test]
fn arp_is_answered_by_whom_it_asks_for() {
    let mut world = World::new().host(host()).host(Host::new([192, 0, 2, 7].into(), Mac::of_host(7)));
    let request = |ip: Ipv4Addr| arp::request(STUDENT.0, STUDENT.1, ip);
    assert_eq!(
        world.receive(Duration::ZERO, &request(HOST.1)),
        [arp::reply(HOST.0, HOST.1, STUDENT.0, STUDENT.1)]
    );
    let to_host = {
        let mut frame = request(HOST.1);
        frame[..6].copy_from_slice(&HOST.0.0);
        frame
    };
    assert_eq!(world.receive(Duration::ZERO, &to_host).len(), 1, "a request may go to one station");
    for (what, frame) in [
        ("for nobody", request([10, 77, 0, 99].into())),
        ("for a host behind a gateway", request([192, 0, 2, 7].into())),
        ("a reply", arp::reply(STUDENT.0, STUDENT.1, HOST.0, HOST.1)),
        ("to another station", [&Mac::of_host(9).0, &request(HOST.1)[6..]].concat()),
    ] {
        assert!(world.receive(Duration::ZERO, &frame).is_empty(), "{what}");
    }
}

#[test]
fn arp_answers_may_lie_or_fail_to_come() {
    let thief = Mac::of_host(66);
    let request = arp::request(STUDENT.0, STUDENT.1, HOST.1);
    let mut spoofed = World::new().host(host().arp([ArpAnswer::Truth, ArpAnswer::Claim(thief)]));
    assert_eq!(
        spoofed.receive(Duration::ZERO, &request),
        [HOST.0, thief].map(|mac| arp::reply(mac, HOST.1, STUDENT.0, STUDENT.1))
    );
    let mut silent = World::new().host(host().arp([]));
    assert!(silent.receive(Duration::ZERO, &request).is_empty());
}

#[test]
fn an_echo_request_gets_the_answers_of_its_script() {
    let request = ipv4::frame(STUDENT, HOST, ipv4::ICMP, &icmp::echo_request(0x1234, 7, b"0123456789abcdef"));
    let told = |world: &mut World| ask(world, Duration::ZERO, &request);
    assert_eq!(told(&mut World::new().host(host())), ["ICMP echo reply id=0x1234 seq=7"]);
    assert_eq!(told(&mut World::new().host(host().echo([]))), [""; 0]);
    let answers = [EchoAnswer::WrongId, EchoAnswer::WrongSequence, EchoAnswer::Right];
    assert_eq!(
        told(&mut World::new().host(host().echo(answers))),
        [
            "ICMP echo reply id=0xedcb seq=7",
            "ICMP echo reply id=0x1234 seq=1007",
            "ICMP echo reply id=0x1234 seq=7"
        ]
    );
    let reply = World::new().host(host()).receive(Duration::ZERO, &request).remove(0);
    assert_eq!(decode(&reply).icmp.unwrap().payload, b"0123456789abcdef");
    let mut wrong = request.clone();
    *wrong.last_mut().unwrap() ^= 1;
    assert!(World::new().host(host()).receive(Duration::ZERO, &wrong).is_empty());
}

#[test]
fn hosts_outside_the_subnet_are_reached_through_the_gateway() {
    let far = Ipv4Addr::new(192, 0, 2, 7);
    let far_host = Host::new(far, Mac::of_host(7)).port(80, PortScript::Open);
    let mut world = World::new().host(far_host).host(Host::gateway());
    let gateway = Mac::of_host(254);
    let request = arp::request(STUDENT.0, STUDENT.1, wire::GATEWAY);
    assert_eq!(ask(&mut world, Duration::ZERO, &request), ["ARP 10.77.0.254 is at 02:00:0a:4d:00:fe"]);
    let syn = segment(SocketAddrV4::new(STUDENT.1, 40000), SocketAddrV4::new(far, 80)).flags(Flags::SYN);
    let answer = decode(&world.receive(Duration::ZERO, &syn.frame(STUDENT.0, gateway))[0]);
    assert_eq!(answer.ethernet.unwrap().source, gateway);
    assert_eq!(answer.ipv4.unwrap().source, far);
    assert!(world.receive(Duration::ZERO, &syn.frame(STUDENT.0, Mac::of_host(7))).is_empty());
    let to_gateway =
        ipv4::frame(STUDENT, (gateway, wire::GATEWAY), ipv4::ICMP, &icmp::echo_request(1, 1, b""));
    assert_eq!(world.receive(Duration::ZERO, &to_gateway).len(), 1, "it answers for itself, too");
}

#[test]
fn scheduled_frames_come_in_order_of_time_and_are_seen() {
    let mut world = World::new();
    let frame = |number: u8| arp::gratuitous(Mac::of_host(number), [10, 77, 0, number].into());
    world.inject_at(20 * MS, frame(3));
    world.inject_at(10 * MS, frame(1));
    world.replay_at(10 * MS, 5 * MS, [frame(2), frame(4)]);
    assert_eq!(world.next_due(), Some(10 * MS));
    assert!(world.due(9 * MS).is_empty());
    assert_eq!(world.due(10 * MS), [frame(1), frame(2)]);
    assert_eq!(world.due(25 * MS), [frame(4), frame(3)]);
    assert_eq!(world.next_due(), None);
    let seen: Vec<_> = world.seen().iter().map(|seen| (seen.at, seen.direction)).collect();
    let to_student = |ms| (MS * ms, Direction::ToStudent);
    assert_eq!(seen, [to_student(10), to_student(10), to_student(25), to_student(25)]);
}

#[test]
fn chatter_goes_round_and_does_not_make_up_for_lost_time() {
    let frames: Vec<Vec<u8>> = (2..4).map(|n| arp::gratuitous(Mac::of_host(n), HOST.1)).collect();
    let mut world = World::new().chatter(10 * MS, 5 * MS, frames.clone());
    assert_eq!(world.next_due(), Some(10 * MS));
    assert!(world.due(9 * MS).is_empty());
    assert_eq!(world.due(10 * MS), frames[..1]);
    assert_eq!(world.due(15 * MS), frames[1..]);
    assert_eq!(world.due(1000 * MS), frames[..1], "one, not two hundred");
    assert_eq!(world.next_due(), Some(1005 * MS));
}

#[test]
fn a_flood_is_answered_to_the_end_but_not_recorded_without_bounds() {
    let mut world = World::new().host(host().default_port(PortScript::Open));
    let big = ether::frame(STUDENT.0, HOST.0, 0x88b5, &[0; 1 << 20]);
    for _ in 0..70 {
        world.receive(Duration::ZERO, &big);
    }
    assert!(world.seen().len() < 64);
    assert_eq!(world.unrecorded(), 70 - world.seen().len() as u64);
    assert_eq!(ask(&mut world, Duration::ZERO, &syn(80)), [SYN_ACK]);
}
