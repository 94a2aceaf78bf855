//! What the constructors build, judged by etherparse's strict parser, by a checksum written for this test alone,
//! and by bytes from real captures.

use std::net::{Ipv4Addr, SocketAddrV4};

use etherparse::{SlicedPacket, TransportSlice};
use wire::tcp::{Flags, segment};
use wire::{Mac, arp, decode, ether, icmp, ipv4, udp};

const A: (Mac, Ipv4Addr) = (Mac::of_host(1), Ipv4Addr::new(10, 77, 0, 1));
const B: (Mac, Ipv4Addr) = (Mac::of_host(2), Ipv4Addr::new(10, 77, 0, 2));

/// RFC 1071 §1, word by word.
fn internet_sum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
    let sum: u32 = words.sum();
    let folded = (sum >> 16) + (sum & 0xffff);
    !((folded >> 16) + folded) as u16
}

/// The sum over pseudo-header and segment, which is 0 if the checksum in it is right.
fn transport_sum(packet: &[u8]) -> u16 {
    let segment = &packet[20..];
    let length = (segment.len() as u16).to_be_bytes();
    internet_sum(&[&packet[12..20], &[0, packet[9]], &length, segment].concat())
}

#[test]
fn the_sum_of_this_test_is_the_one_of_rfc_1071() {
    // RFC 1071 §3: these bytes add up to ddf2.
    assert_eq!(internet_sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
}

#[test]
fn segments_parse_strictly_and_add_up() {
    let (from, to) = (SocketAddrV4::new(A.1, 40000), SocketAddrV4::new(B.1, 80));
    for payload in [&b""[..], b"x", b"hello, world", &[0xff; 1460]] {
        let frame = segment(from, to)
            .flags(Flags::PSH)
            .seq(0xffff_ffff)
            .ack(7)
            .window(512)
            .options(&[1, 1, 1])
            .payload(payload)
            .frame(A.0, B.0);
        assert_eq!(internet_sum(&frame[14..34]), 0);
        assert_eq!(transport_sum(&frame[14..]), 0);
        let parsed = SlicedPacket::from_ethernet(&frame).unwrap();
        let Some(TransportSlice::Tcp(tcp)) = parsed.transport else { panic!("no TCP in {frame:02x?}") };
        assert_eq!((tcp.source_port(), tcp.destination_port()), (40000, 80));
        assert_eq!((tcp.sequence_number(), tcp.acknowledgment_number()), (0xffff_ffff, 7));
        assert_eq!((tcp.window_size(), tcp.options(), tcp.payload()), (512, &[1, 1, 1, 0][..], payload));
        assert_eq!(Flags(tcp.slice()[13]), Flags::PSH | Flags::ACK);
    }
}

#[test]
fn a_reset_has_the_bytes_of_linux() {
    // The answer of Linux 6 to a SYN with sequence number 0x7414330c to a closed port, as tcpdump saw it.
    let golden =
        [0x00, 0x50, 0xce, 0xc4, 0, 0, 0, 0, 0x74, 0x14, 0x33, 0x0d, 0x50, 0x14, 0, 0, 0x3b, 0x98, 0, 0];
    let (from, to) = ("127.0.0.1:80".parse().unwrap(), "127.0.0.1:52932".parse().unwrap());
    assert_eq!(segment(from, to).flags(Flags::RST).ack(0x7414_330d).window(0).to_bytes(), golden);
}

#[test]
fn datagrams_and_messages_add_up() {
    let (from, to) = (SocketAddrV4::new(A.1, 5000), SocketAddrV4::new(B.1, 53));
    let frame = udp::frame((A.0, from), (B.0, to), b"odd");
    assert_eq!(transport_sum(&frame[14..]), 0);
    assert!(SlicedPacket::from_ethernet(&frame).is_ok());
    for message in [
        icmp::echo_request(0x1234, 1, b"abc"),
        icmp::echo_reply(0xffff, 0xffff, b""),
        icmp::unreachable(13, &frame[14..]),
    ] {
        assert_eq!(internet_sum(&message), 0);
        let frame = ipv4::frame(A, B, ipv4::ICMP, &message);
        assert!(decode(&frame).icmp.unwrap().checksum_ok);
    }
}

#[test]
fn an_echo_request_has_the_bytes_of_ping() {
    // What tcpdump saw of `ping -c 1 -e 1 -s 8 -p 00 127.0.0.1`.
    let golden = [0x08, 0x00, 0xf7, 0xfd, 0x00, 0x01, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(icmp::echo_request(1, 1, &[0; 8]), golden);
}

#[test]
fn an_error_quotes_the_header_with_options_and_eight_bytes() {
    let mut packet = ipv4::packet(A.1, B.1, ipv4::UDP, &[7; 100]);
    assert_eq!(icmp::unreachable(3, &packet)[8..], packet[..28]);
    packet[0] = 0x46;
    assert_eq!(icmp::unreachable(3, &packet)[8..], packet[..32]);
    assert_eq!(icmp::unreachable(3, &packet[..10])[8..], packet[..10], "a stump is quoted as it is");
    assert_eq!(icmp::unreachable(3, &[]).len(), 8);
}

#[test]
fn an_arp_request_has_the_bytes_of_rfc_826() {
    let golden = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x0a, 0x4d, 0x00, 0x01, 0x08, 0x06, // Ethernet
        0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01, // types, lengths, operation
        0x02, 0x00, 0x0a, 0x4d, 0x00, 0x01, 10, 77, 0, 1, // sender
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 10, 77, 0, 2, // target
    ];
    assert_eq!(arp::request(A.0, A.1, B.1), golden);
}

#[test]
fn arp_frames_say_what_their_constructors_say() {
    let parts = |frame: &[u8]| {
        let decoded = decode(frame);
        let (link, packet) = (decoded.ethernet.unwrap(), decoded.arp.unwrap());
        assert_eq!(link.source, packet.sender_mac);
        (link.destination, packet)
    };
    let (to, packet) = parts(&arp::reply(B.0, B.1, A.0, A.1));
    let expected = arp::Packet {
        operation: arp::REPLY,
        sender_mac: B.0,
        sender_ip: B.1,
        target_mac: A.0,
        target_ip: A.1,
    };
    assert_eq!((to, packet), (A.0, expected));
    let (to, packet) = parts(&arp::gratuitous(B.0, B.1));
    assert_eq!((to, packet.sender_ip, packet.target_ip), (Mac::BROADCAST, B.1, B.1));
    let (to, packet) = parts(&arp::probe(B.0, A.1));
    assert_eq!((to, packet.sender_ip, packet.target_ip), (Mac::BROADCAST, Ipv4Addr::UNSPECIFIED, A.1));
}

#[test]
fn a_tag_and_padding_leave_the_packet_readable() {
    let frame = segment(SocketAddrV4::new(A.1, 1), SocketAddrV4::new(B.1, 2)).frame(A.0, B.0);
    let padded = ether::padded(frame.clone());
    assert_eq!(padded.len(), 60);
    assert_eq!(decode(&padded).tcp, decode(&frame).tcp);
    let tagged = ether::tagged(&frame, 0xf007);
    assert_eq!(decode(&tagged).tcp, decode(&frame).tcp);
    assert_eq!(decode(&tagged).ethernet.unwrap().vlan, Some(7));
    assert_eq!(decode(&tagged).ethernet.unwrap().ether_type, ether::IPV4);
}

#[test]
fn macs_are_read_as_they_are_written() {
    let mac: Mac = "02:00:0A:4d:00:ff".parse().unwrap();
    assert_eq!(mac, Mac::of_host(255));
    assert_eq!(mac.to_string(), "02:00:0a:4d:00:ff");
    for wrong in ["", "02:00:0a:4d:00", "02:00:0a:4d:00:ff:01", "2:0:a:4d:0:ff", "02-00-0a-4d-00-ff"] {
        let error = wrong.parse::<Mac>().unwrap_err().to_string();
        assert_eq!(error, format!("{wrong:?} is not a MAC address such as 02:00:0a:4d:00:02"));
    }
}
