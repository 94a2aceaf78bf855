use wire::decode;
use wire::tcp::{Flags, MSS_1460, segment};
use wire::{Mac, arp, udp};

use super::*;

fn syn() -> Vec<u8> {
    segment("10.77.0.1:40000".parse().unwrap(), "10.77.0.2:80".parse().unwrap())
        .flags(Flags::SYN)
        .seq(0x1a2b_3c4d)
        .options(&MSS_1460)
        .frame(Mac::of_host(1), Mac::of_host(2))
}

fn value(frame: &[u8], layer: &str, field: &str) -> String {
    Layer::of(frame, layer).unwrap().value(field).unwrap().to_owned()
}

#[test]
fn the_values_are_those_that_the_decoder_finds() {
    let frame = syn();
    let decoded = decode(&frame);
    let (link, ip, tcp) = (decoded.ethernet.unwrap(), decoded.ipv4.unwrap(), decoded.tcp.unwrap());
    let expected = [
        ("ethernet", "source", link.source.to_string()),
        ("ethernet", "destination", link.destination.to_string()),
        ("ethernet", "type", format!("0x{:04x} IPv4", link.ether_type)),
        ("ipv4", "source", ip.source.to_string()),
        ("ipv4", "destination", ip.destination.to_string()),
        ("ipv4", "total length", ip.total_len.to_string()),
        ("ipv4", "time to live", ip.ttl.to_string()),
        ("ipv4", "protocol", format!("{} TCP", ip.protocol)),
        ("tcp", "source port", tcp.sport.to_string()),
        ("tcp", "destination port", tcp.dport.to_string()),
        ("tcp", "sequence number", format!("0x{:08x}", tcp.seq)),
        ("tcp", "acknowledgment number", format!("0x{:08x}", tcp.ack)),
        ("tcp", "data offset", tcp.data_offset.to_string()),
        ("tcp", "flags", tcp.flags.to_string()),
        ("tcp", "window", tcp.window.to_string()),
        ("tcp", "checksum", format!("0x{:04x}", tcp.checksum)),
        ("tcp", "urgent pointer", tcp.urgent_pointer.to_string()),
    ];
    for (layer, field, told) in expected {
        assert_eq!(value(&frame, layer, field), told, "{layer}.{field}");
    }
}

#[test]
fn a_row_shows_the_bytes_that_it_stands_for() {
    let frame = syn();
    let layer = Layer::of(&frame, "tcp").unwrap();
    let bytes: Vec<u8> = layer.rows.iter().flat_map(|row| row.bytes.clone()).collect();
    assert_eq!(bytes, frame[14 + 20..]);
    let last = layer.rows.last().unwrap();
    assert_eq!((last.offset, &last.bytes[..], last.fields[0].name), (20, &MSS_1460[..], "options"));
}

#[test]
fn another_byte_is_another_value() {
    let mut frame = syn();
    frame[14 + 20 + 3] = 81;
    assert_eq!(value(&frame, "tcp", "destination port"), "81");
}

#[test]
fn every_field_of_arp_is_read() {
    let frame =
        arp::reply(Mac::of_host(66), [10, 77, 0, 254].into(), Mac::of_host(11), [10, 77, 0, 11].into());
    let told: Vec<String> = Layer::of(&frame, "arp")
        .unwrap()
        .rows
        .into_iter()
        .flat_map(|row| row.fields)
        .map(|field| format!("{} {}", field.name, field.value))
        .collect();
    let expected = [
        "hardware type 1 Ethernet",
        "protocol type 0x0800 IPv4",
        "hardware length 6",
        "protocol length 4",
        "operation 2 reply",
        "sender MAC 02:00:0a:4d:00:42",
        "sender IP 10.77.0.254",
        "target MAC 02:00:0a:4d:00:0b",
        "target IP 10.77.0.11",
    ];
    assert_eq!(told, expected);
}

#[test]
fn bits_and_fixed_point_of_ntp_are_read() {
    let mut packet = [0_u8; 48];
    packet[0] = 0x64; // LI 1, VN 4, mode 4
    packet[3] = 0xec;
    packet[4..8].copy_from_slice(&[0, 1, 0x80, 0]);
    packet[40..].copy_from_slice(&[0xeb, 0x38, 0xdc, 0x95, 0x80, 0, 0, 0]);
    let host = |number, port| (Mac::of_host(number), format!("10.77.0.{number}:{port}").parse().unwrap());
    let frame = udp::frame(host(9, 123), host(1, 40_000), &packet);
    let fields = [
        ("leap indicator", "1"),
        ("version number", "4"),
        ("mode", "4"),
        ("precision", "-20"),
        ("root delay", "1.500000 s"),
        ("origin timestamp", "0, not set"),
        ("transmit timestamp", "14:30:45.500"),
    ];
    for (field, told) in fields {
        assert_eq!(value(&frame, "ntp", field), told, "{field}");
    }
}

#[test]
fn what_a_frame_does_not_have_is_named() {
    let fault = |layer: &str| Layer::of(&syn(), layer).unwrap_err().to_string();
    assert_eq!(fault("udp"), "the frame has no UDP");
    assert_eq!(fault("arp"), "the frame has no ARP");
    assert_eq!(fault("padding"), "the frame has no padding");
    assert!(fault("ether").starts_with("no layer is called `ether`; there are ethernet, arp, "));
    assert_eq!(
        Layer::of(&syn(), "tcp").unwrap().value("urgent").unwrap_err().to_string(),
        "TCP has no field `urgent` here"
    );
}
