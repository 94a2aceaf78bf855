//! Whatever bytes come in, the wire's hosts and its decoder keep standing.

use std::net::SocketAddrV4;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wire::tcp::{Flags, segment};
use wire::{
    ArpAnswer, EchoAnswer, Flows, Host, Mac, PortScript, World, arp, decode, diagram, ether, icmp, ipv4, udp,
};

fn world() -> World {
    let host = Host::new([10, 77, 0, 2].into(), Mac::of_host(2))
        .arp([ArpAnswer::Truth, ArpAnswer::Claim(Mac::of_host(66))])
        .echo([EchoAnswer::WrongId, EchoAnswer::WrongSequence, EchoAnswer::Right])
        .port(1, PortScript::Closed)
        .port(2, PortScript::Silent)
        .port(3, PortScript::Unreachable(13))
        .port(4, PortScript::BadAck)
        .port(5, PortScript::OtherSource([10, 77, 0, 9].into()))
        .port(6, PortScript::Late(Duration::from_millis(1)))
        .port(7, PortScript::Sequence(vec![PortScript::Silent, PortScript::Open]))
        .port(65535, PortScript::OtherPort)
        .default_port(PortScript::Open);
    World::new().host(host).host(Host::gateway()).host(Host::new([192, 0, 2, 7].into(), Mac::of_host(7)))
}

fn valid_frames() -> Vec<Vec<u8>> {
    let (a, b) = (Mac::of_host(1), Mac::of_host(2));
    let from = SocketAddrV4::new([10, 77, 0, 1].into(), 40000);
    let to = SocketAddrV4::new([10, 77, 0, 2].into(), 80);
    let syn = segment(from, to).flags(Flags::SYN).seq(u32::MAX).options(&[2, 4, 5, 180]);
    let echo = icmp::echo_request(1, 1, b"abcdefgh");
    let error = icmp::unreachable(1, &syn.frame(a, b)[14..]);
    vec![
        arp::request(a, *from.ip(), *to.ip()),
        syn.frame(a, b),
        segment(from, to).seq(0).ack(0x1000_0001).flags(Flags::FIN).payload(b"data").frame(a, b),
        udp::frame((a, from), (b, to), b"query"),
        ipv4::frame((a, *from.ip()), (b, *to.ip()), ipv4::ICMP, &echo),
        ipv4::frame((a, *from.ip()), (b, *to.ip()), ipv4::ICMP, &error),
        ether::tagged(&syn.frame(a, b), 5),
    ]
}

/// A valid frame with some bytes changed, and cut or lengthened.
fn mutated_frame() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop::sample::select(valid_frames());
    (frame, vec((any::<Index>(), any::<u8>()), 0..6), any::<Index>(), vec(any::<u8>(), 0..20)).prop_map(
        |(mut frame, changes, cut, tail)| {
            for (at, byte) in changes {
                let at = at.index(frame.len());
                frame[at] = byte;
            }
            frame.truncate(frame.len() - cut.index(8).pow(2).min(frame.len()));
            frame.extend(tail);
            frame
        },
    )
}

/// Everything that reads a frame, on one frame.
fn read(frame: &[u8]) {
    let decoded = decode(frame);
    let summary = Flows::new().summary(&decoded);
    assert!(!summary.contains('\n'), "{summary}");
    diagram::tcp_header(&decoded, &[diagram::Field::Checksum]);
    diagram::arp(&decoded, &[]);
}

/// Runs all frames through one world; what it answers must be readable, too.
fn play(frames: &[Vec<u8>]) {
    let mut world = world();
    for (at, frame) in frames.iter().enumerate() {
        let now = Duration::from_millis(at as u64);
        read(frame);
        for answer in world.receive(now, frame).into_iter().chain(world.due(now)) {
            read(&answer);
            let decoded = decode(&answer);
            assert!(decoded.ipv4.is_none_or(|packet| packet.checksum_ok && !packet.truncated));
            assert!(decoded.tcp.is_none_or(|tcp| tcp.checksum_ok));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn on_random_bytes(frames in vec(vec(any::<u8>(), 0..120), 1..4)) {
        play(&frames);
    }

    #[test]
    fn on_random_bytes_behind_a_right_ethernet_header(payload in vec(any::<u8>(), 0..120), kind in
        prop::sample::select(vec![ether::ARP, ether::IPV4, ether::VLAN, 0x86dd])) {
        play(&[ether::frame(Mac::of_host(1), Mac::of_host(2), kind, &payload)]);
    }

    #[test]
    fn on_mutated_frames(frames in vec(mutated_frame(), 1..8)) {
        play(&frames);
    }

    #[test]
    fn on_right_segments_with_any_numbers(
        segments in vec((any::<u16>(), 0..9u16, any::<u32>(), any::<u32>(), any::<u8>(), 0..3usize), 1..12)
    ) {
        let frames: Vec<Vec<u8>> = segments.into_iter().map(|(sport, dport, seq, ack, flags, len)| {
            let (from, to) = (
                SocketAddrV4::new([10, 77, 0, 1].into(), sport % 2),
                SocketAddrV4::new([10, 77, 0, 2].into(), if dport == 8 { 65535 } else { dport }),
            );
            let (ack, seq) = (if ack % 2 == 0 { 0x1000_0001 } else { ack }, if seq % 2 == 0 { 1 } else { seq });
            segment(from, to).seq(seq).ack(ack).flags(Flags(flags)).payload(&b"xy"[..len])
                .frame(Mac::of_host(1), Mac::of_host(2))
        }).collect();
        play(&frames);
    }
}

#[test]
fn on_a_frame_longer_than_any_packet() {
    let mut frame = valid_frames()[1].clone();
    frame.resize(200_000, 0xaa);
    frame[14 + 2..][..2].copy_from_slice(&[0, 0]);
    play(&[frame]);
}
