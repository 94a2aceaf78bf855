//! What `decode` reads from frames, whole, cut and bent.

use std::net::SocketAddrV4;

use wire::tcp::{Flags, MSS_1460, Segment, segment};
use wire::{Decoded, Mac, decode, ether, icmp, ipv4, udp};

fn syn() -> Segment {
    let from = SocketAddrV4::new([10, 77, 0, 1].into(), 40000);
    let to = SocketAddrV4::new([10, 77, 0, 2].into(), 80);
    segment(from, to).flags(Flags::SYN).seq(0x1a2b_3c4d).options(&MSS_1460)
}

fn framed(segment: &Segment) -> Vec<u8> {
    segment.frame(Mac::of_host(1), Mac::of_host(2))
}

/// A SYN of Linux 6 to a closed port on loopback, as tcpdump -xx shows it.
const LINUX_SYN: &str = "0000 0000 0000 0000 0000 0000 0800 4500 003c 369d 4000 4006 061d 7f00 0001 7f00 \
    0001 cec4 0050 7414 330c 0000 0000 a002 ffd7 fe30 0000 0204 ffd7 0402 080a a63c 7500 0000 0000 0103 030a";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn reads_a_syn_of_linux() {
    let decoded = decode(&hex(LINUX_SYN));
    let (packet, tcp) = (decoded.ipv4.unwrap(), decoded.tcp.unwrap());
    assert_eq!((packet.source, packet.total_len, packet.ttl), ([127, 0, 0, 1].into(), 60, 64));
    assert!(packet.checksum_ok);
    assert_eq!((tcp.sport, tcp.dport, tcp.seq, tcp.ack), (52932, 80, 1_947_480_844, 0));
    assert_eq!((tcp.flags, tcp.window, tcp.data_offset), (Flags::SYN, 65495, 10));
    assert_eq!((tcp.options.len(), tcp.payload_len), (20, 0));
    assert!(!tcp.checksum_ok, "on loopback nobody fills in the checksum");
}

#[test]
fn judges_the_tcp_checksum_and_says_the_right_one() {
    let frame = framed(&syn().payload(b"odd"));
    let right = decode(&frame).tcp.unwrap();
    assert!(right.checksum_ok);
    for at in [14 + 12, 14 + 20, 14 + 20 + 16, frame.len() - 1] {
        let mut bent = frame.clone();
        bent[at] ^= 1;
        let tcp = decode(&bent).tcp.unwrap();
        assert!(!tcp.checksum_ok, "byte {at} is part of the sum");
        bent[14 + 20 + 16..][..2].copy_from_slice(&tcp.expected_checksum.to_be_bytes());
        assert!(decode(&bent).tcp.unwrap().checksum_ok);
    }
}

#[test]
fn judges_the_other_checksums() {
    let mut frame = framed(&syn());
    frame[14 + 8] ^= 1;
    assert!(!decode(&frame).ipv4.unwrap().checksum_ok, "the TTL is part of the header's sum");
    assert!(decode(&frame).tcp.unwrap().checksum_ok, "but not of TCP's");

    let (from, to) = ("10.77.0.1:5000".parse().unwrap(), "10.77.0.2:53".parse().unwrap());
    let mut datagram = udp::frame((Mac::of_host(1), from), (Mac::of_host(2), to), b"query");
    assert!(decode(&datagram).udp.unwrap().checksum_ok);
    *datagram.last_mut().unwrap() ^= 1;
    assert!(!decode(&datagram).udp.unwrap().checksum_ok);
    datagram[14 + 20 + 6..][..2].copy_from_slice(&[0, 0]);
    assert!(decode(&datagram).udp.unwrap().checksum_ok, "zero means: not used");

    let mut echo = ipv4::frame(
        (Mac::of_host(1), *from.ip()),
        (Mac::of_host(2), *to.ip()),
        ipv4::ICMP,
        &icmp::echo_request(1, 2, b"payload"),
    );
    let message = decode(&echo).icmp.unwrap();
    assert!(message.checksum_ok);
    assert_eq!((message.echo_id(), message.echo_sequence()), (Some(1), Some(2)));
    assert_eq!(message.payload, b"payload");
    *echo.last_mut().unwrap() ^= 1;
    assert!(!decode(&echo).icmp.unwrap().checksum_ok);
}

#[test]
fn an_icmp_error_tells_what_it_is_about() {
    let frame = framed(&syn());
    let error = ipv4::frame(
        (Mac::of_host(2), [10, 77, 0, 2].into()),
        (Mac::of_host(1), [10, 77, 0, 1].into()),
        ipv4::ICMP,
        &icmp::unreachable(13, &frame[14..]),
    );
    let about = decode(&error).icmp.unwrap().about.unwrap();
    assert_eq!((about.source, about.destination), ([10, 77, 0, 1].into(), [10, 77, 0, 2].into()));
    assert_eq!((about.protocol, about.head), (ipv4::TCP, frame[34..42].try_into().unwrap()));
}

#[test]
fn padding_is_no_payload() {
    let frame = ether::padded(framed(&syn()));
    assert_eq!(decode(&frame).tcp.unwrap().payload_len, 0);
}

#[test]
fn each_cut_leaves_the_layers_that_still_fit() {
    let frame = framed(&syn().payload(b"data"));
    for len in 0..frame.len() {
        let Decoded { ethernet, ipv4, tcp, .. } = decode(&frame[..len]);
        assert_eq!(ethernet.is_some(), len >= 14, "{len} bytes");
        assert_eq!(ipv4.is_some(), len >= 34, "{len} bytes");
        assert!(ipv4.is_none_or(|packet| packet.truncated), "{len} bytes");
        assert_eq!(tcp.is_some(), len >= 34 + 24, "{len} bytes");
        assert!(tcp.is_none_or(|tcp| !tcp.checksum_ok), "{len} bytes");
    }
}

#[test]
fn a_fragment_has_no_transport_layer() {
    let mut frame = framed(&syn());
    frame[14 + 6..][..2].copy_from_slice(&[0x20, 0x00]);
    let decoded = decode(&frame);
    assert!(decoded.ipv4.unwrap().fragmented);
    assert_eq!(decoded.tcp, None);
}

#[test]
fn arp_for_other_address_types_is_not_read() {
    let mut frame = wire::arp::request(Mac::of_host(1), [10, 77, 0, 1].into(), [10, 77, 0, 2].into());
    frame[14 + 4] = 8;
    assert_eq!(decode(&frame).arp, None);
}
