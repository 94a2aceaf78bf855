//! A dissected frame as text, a line a layer (given).

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::checksum::{internet_checksum, protocol, transport_checksum};
use crate::layers::{Arp, Icmp, Ipv4, Layers, Network, Tcp, Transport, Udp};
use crate::segment::flag_names;

/// The lines of a frame, each indented by two blanks.
pub fn render(layers: &Layers<'_>) -> String {
    let ethernet = &layers.ethernet;
    let vlan = ethernet.vlan.map(|number| format!(", VLAN {number}")).unwrap_or_default();
    let mut text = format!(
        "  Ethernet {} > {}, type 0x{:04x}{vlan}\n",
        ethernet.source, ethernet.destination, ethernet.ether_type
    );
    match &layers.network {
        Network::Ipv4(packet) => {
            text += &ipv4(packet);
            text += &transport(&packet.transport, Some((packet.source, packet.destination)));
        }
        Network::Ipv6(packet) => {
            let _ = writeln!(
                text,
                "  IPv6 {} > {}, next header {}, hop limit {}, payload {} bytes",
                packet.source,
                packet.destination,
                packet.next_header,
                packet.hop_limit,
                packet.payload_length
            );
            text += &transport(&packet.transport, None);
        }
        Network::Arp(packet) => text += &arp(packet),
        Network::Other => {}
    }
    text
}

fn ipv4(packet: &Ipv4<'_>) -> String {
    let options = match packet.header.len() - 20 {
        0 => String::new(),
        length => format!(", options {length} bytes"),
    };
    format!(
        "  IPv4 {} > {}, protocol {}, ttl {}, length {}{options}, checksum {}\n",
        packet.source,
        packet.destination,
        packet.protocol,
        packet.ttl,
        packet.total_length,
        verdict(internet_checksum(packet.header))
    )
}

fn arp(packet: &Arp) -> String {
    let Arp { operation, sender_mac, sender_ip, target_mac, target_ip } = packet;
    match operation {
        1 => format!("  ARP who has {target_ip}? tell {sender_ip} ({sender_mac})\n"),
        2 => format!("  ARP {sender_ip} is at {sender_mac}, for {target_ip} ({target_mac})\n"),
        other => format!("  ARP operation {other}\n"),
    }
}

/// `ends` are the addresses of an IPv4 packet, which the checksums of TCP and UDP cover.
fn transport(transport: &Transport<'_>, ends: Option<(Ipv4Addr, Ipv4Addr)>) -> String {
    match transport {
        Transport::Tcp(segment) => tcp(segment, ends),
        Transport::Udp(datagram) => udp(datagram, ends),
        Transport::Icmp(message) => icmp(message),
        Transport::Fragment => "  a later fragment\n".to_owned(),
        Transport::Other => String::new(),
    }
}

fn tcp(segment: &Tcp<'_>, ends: Option<(Ipv4Addr, Ipv4Addr)>) -> String {
    let header = 20 + segment.options.len();
    let is_whole = segment.bytes.len() == header + segment.len;
    format!(
        "  TCP {} > {}, {} seq={} ack={} window={}{}, payload {} bytes, checksum {}\n",
        segment.source,
        segment.destination,
        flag_names(segment.flags),
        segment.seq,
        segment.ack,
        segment.window,
        options(segment.options),
        segment.len,
        checked(protocol::TCP, ends, segment.bytes, is_whole)
    )
}

fn udp(datagram: &Udp<'_>, ends: Option<(Ipv4Addr, Ipv4Addr)>) -> String {
    let is_whole = datagram.bytes.len() == usize::from(datagram.length);
    let checksum = match datagram.checksum {
        // RFC 768: an all zero checksum means that the sender made none.
        0 => "none",
        _ => checked(protocol::UDP, ends, datagram.bytes, is_whole),
    };
    format!(
        "  UDP {} > {}, payload {} bytes, checksum {checksum}\n",
        datagram.source,
        datagram.destination,
        datagram.length.saturating_sub(8)
    )
}

fn icmp(message: &Icmp<'_>) -> String {
    let [a, b, c, d] = message.rest;
    let echo = match message.kind {
        0 | 8 => format!(", id {} seq {}", u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])),
        _ => String::new(),
    };
    let checksum = match message.bytes.len() == message.len {
        true => verdict(internet_checksum(message.bytes)),
        false => NOT_ALL_THERE,
    };
    format!(
        "  ICMP type {} code {}{echo}, payload {} bytes, checksum {checksum}\n",
        message.kind,
        message.code,
        message.len.saturating_sub(8)
    )
}

/// Said of a checksum that covers bytes which were not captured.
const NOT_ALL_THERE: &str = "unknown: cut";

fn checked(protocol: u8, ends: Option<(Ipv4Addr, Ipv4Addr)>, bytes: &[u8], is_whole: bool) -> &'static str {
    match ends {
        Some((source, destination)) if is_whole => {
            verdict(transport_checksum(protocol, source, destination, bytes))
        }
        Some(_) => NOT_ALL_THERE,
        None => "not verified",
    }
}

/// Of bytes that hold their checksum the checksum is 0, if it is right.
fn verdict(checksum: u16) -> &'static str {
    if checksum == 0 { "ok" } else { "wrong" }
}

/// The options of a TCP header (RFC 793 §3.1): 0 ends them, 1 fills a byte; all others have a length, which counts
/// itself and the kind.
fn options(mut bytes: &[u8]) -> String {
    let mut names = Vec::new();
    while let Some((&kind, rest)) = bytes.split_first() {
        match kind {
            0 => break,
            1 => bytes = rest,
            _ => {
                let length = rest.first().map_or(0, |&length| usize::from(length));
                let Some(data) = bytes.get(2..length) else {
                    names.push("malformed".to_owned());
                    break;
                };
                names.push(option(kind, data));
                bytes = &bytes[length..];
            }
        }
    }
    if names.is_empty() { String::new() } else { format!(", options ({})", names.join(" ")) }
}

fn option(kind: u8, data: &[u8]) -> String {
    match (kind, data) {
        (2, &[a, b]) => format!("mss={}", u16::from_be_bytes([a, b])),
        (3, &[shift]) => format!("wscale={shift}"),
        (4, []) => "sack-ok".to_owned(),
        (5, _) => "sack".to_owned(),
        (8, _) => "timestamps".to_owned(),
        _ => format!("kind-{kind}"),
    }
}
