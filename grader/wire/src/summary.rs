//! One line a frame.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};

use crate::arp;
use crate::decode::{Decoded, Ethernet, Icmp, Ipv4, Tcp, Udp, decode};
use crate::icmp;
use crate::ipv4;
use crate::tcp::Flags;

/// Tells frames one line each, in the order they are given.
///
/// Sequence numbers are relative to the flow's beginning. Of IPv4 packets only the ports are told as long as the
/// same two addresses speak that spoke first; a third one is named.
#[derive(Debug, Clone, Default)]
pub struct Flows {
    /// The sequence number that counts as 0, for each direction of each connection.
    bases: HashMap<(SocketAddrV4, SocketAddrV4), u32>,
    speakers: Option<[Ipv4Addr; 2]>,
}

impl Flows {
    /// No flow seen yet.
    pub fn new() -> Flows {
        Flows::default()
    }

    /// One line about the frame, such as `SYN 40000→80 seq=0 (0x1a2b3c4d)`.
    pub fn summary(&mut self, decoded: &Decoded) -> String {
        let Some(link) = &decoded.ethernet else {
            return format!("{} bytes, too short for a frame", decoded.frame_len);
        };
        let told = if let Some(packet) = &decoded.arp {
            arp_line(link, packet)
        } else if let Some(packet) = &decoded.ipv4 {
            self.ipv4_line(packet, decoded)
        } else {
            format!("EtherType 0x{:04x}, {} bytes", link.ether_type, decoded.frame_len)
        };
        match link.vlan {
            Some(id) => format!("VLAN {id}: {told}"),
            None => told,
        }
    }

    fn ipv4_line(&mut self, packet: &Ipv4, decoded: &Decoded) -> String {
        let ends =
            Ends { source: packet.source, destination: packet.destination, named: self.is_stranger(packet) };
        let mut line = if let Some(tcp) = &decoded.tcp {
            self.tcp_line(packet, tcp, &ends)
        } else if let Some(udp) = &decoded.udp {
            udp_line(udp, &ends)
        } else if let Some(message) = &decoded.icmp {
            icmp_line(message, &ends)
        } else {
            let fragment = if packet.fragmented { " fragment" } else { "" };
            format!("IPv4{fragment} protocol {} {}", packet.protocol, ends.hosts())
        };
        if packet.truncated {
            line.push_str(", cut off");
        }
        if !packet.checksum_ok {
            line.push_str(", IP checksum wrong");
        }
        line
    }

    fn is_stranger(&mut self, packet: &Ipv4) -> bool {
        let mut pair = [packet.source, packet.destination];
        pair.sort();
        *self.speakers.get_or_insert(pair) != pair
    }

    fn tcp_line(&mut self, packet: &Ipv4, tcp: &Tcp, ends: &Ends) -> String {
        let source = SocketAddrV4::new(packet.source, tcp.sport);
        let destination = SocketAddrV4::new(packet.destination, tcp.dport);
        let is_syn = tcp.flags.contains(Flags::SYN);
        let base = self.bases.entry((source, destination)).or_insert(tcp.seq);
        if is_syn {
            *base = tcp.seq;
        }
        let mut line = format!("{} {}", tcp.flags, ends.ports(tcp.sport, tcp.dport));
        line.push_str(&format!(" seq={}", tcp.seq.wrapping_sub(*base)));
        if is_syn {
            line.push_str(&format!(" (0x{:08x})", tcp.seq));
        }
        if tcp.flags.contains(Flags::ACK) {
            line.push_str(&match self.bases.get(&(destination, source)) {
                Some(base) => format!(" ack={}", tcp.ack.wrapping_sub(*base)),
                None => format!(" ack=0x{:08x}", tcp.ack),
            });
        }
        if tcp.payload_len > 0 {
            line.push_str(&format!(" len={}", tcp.payload_len));
        }
        if !tcp.checksum_ok && !packet.truncated {
            line.push_str(&format!(
                ", checksum 0x{:04x} should be 0x{:04x}",
                tcp.checksum, tcp.expected_checksum
            ));
        }
        line
    }
}

/// One line about a single frame, as if nothing had come before it.
pub fn summary(frame: &[u8]) -> String {
    Flows::new().summary(&decode(frame))
}

/// The two ends of a packet, told with their addresses or without.
struct Ends {
    source: Ipv4Addr,
    destination: Ipv4Addr,
    named: bool,
}

impl Ends {
    fn ports(&self, sport: u16, dport: u16) -> String {
        if self.named {
            format!("{}:{sport}→{}:{dport}", self.source, self.destination)
        } else {
            format!("{sport}→{dport}")
        }
    }

    fn hosts(&self) -> String {
        format!("{}→{}", self.source, self.destination)
    }
}

fn arp_line(link: &Ethernet, packet: &arp::Packet) -> String {
    let arp::Packet { operation, sender_mac, sender_ip, target_ip, .. } = packet;
    let mut line = match *operation {
        arp::REQUEST if sender_ip.is_unspecified() => format!("ARP probe: who has {target_ip}?"),
        arp::REQUEST | arp::REPLY if sender_ip == target_ip => {
            format!("ARP announcement: {sender_ip} is at {sender_mac}")
        }
        arp::REQUEST => format!("ARP who has {target_ip}? tell {sender_ip}"),
        arp::REPLY => format!("ARP {sender_ip} is at {sender_mac}"),
        other => format!("ARP operation {other}"),
    };
    if link.source != *sender_mac {
        line.push_str(&format!(", but sent by {}", link.source));
    }
    line
}

fn udp_line(udp: &Udp, ends: &Ends) -> String {
    let checksum = if udp.checksum_ok { "" } else { ", checksum wrong" };
    format!("UDP {} len={}{checksum}", ends.ports(udp.sport, udp.dport), udp.payload.len())
}

fn icmp_line(message: &Icmp, ends: &Ends) -> String {
    let mut line = match (message.kind, message.code) {
        (icmp::ECHO_REQUEST, 0) => "ICMP echo request".to_owned(),
        (icmp::ECHO_REPLY, 0) => "ICMP echo reply".to_owned(),
        (icmp::UNREACHABLE, code) => format!("ICMP 3/{code} {}", icmp::unreachable_reason(code)),
        (kind, code) => format!("ICMP {kind}/{code}"),
    };
    if let (Some(id), Some(sequence)) = (message.echo_id(), message.echo_sequence()) {
        line.push_str(&format!(" id=0x{id:04x} seq={sequence}"));
    }
    if let Some(about) = message.about {
        let [a, b, c, d, ..] = about.head;
        let quoted = Ends { source: about.source, destination: about.destination, named: ends.named };
        line.push_str(&match about.protocol {
            ipv4::TCP | ipv4::UDP => {
                format!(", about {}", quoted.ports(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
            }
            protocol => format!(", about protocol {protocol}"),
        });
    }
    if ends.named {
        line.push_str(&format!(" {}", ends.hosts()));
    }
    if !message.checksum_ok {
        line.push_str(", checksum wrong");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ether::{self, Mac};
    use crate::tcp::segment;
    use crate::udp;

    const STUDENT: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
    const HOST: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
    const OTHER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 9);
    const A: Mac = Mac::of_host(1);
    const B: Mac = Mac::of_host(2);

    fn told(frames: &[Vec<u8>]) -> String {
        let mut flows = Flows::new();
        frames.iter().map(|frame| flows.summary(&decode(frame))).collect::<Vec<_>>().join("\n")
    }

    fn there() -> crate::tcp::Segment {
        segment(SocketAddrV4::new(STUDENT, 40000), SocketAddrV4::new(HOST, 80))
    }

    fn back(from: Ipv4Addr) -> crate::tcp::Segment {
        segment(SocketAddrV4::new(from, 80), SocketAddrV4::new(STUDENT, 40000))
    }

    #[test]
    fn tells_a_connection_in_relative_numbers_across_the_wrap() {
        let isn = 0xffff_fffe;
        insta::assert_snapshot!(told(&[
            there().flags(Flags::SYN).seq(isn).frame(A, B),
            back(HOST).flags(Flags::SYN).seq(0x1000_0000).ack(0xffff_ffff).frame(B, A),
            there().seq(0xffff_ffff).ack(0x1000_0001).frame(A, B),
            there().flags(Flags::PSH).seq(0xffff_ffff).ack(0x1000_0001).payload(b"hello").frame(A, B),
            back(HOST).seq(0x1000_0001).ack(4).frame(B, A),
            there().flags(Flags::RST).seq(4).frame(A, B),
        ]), @r#"
        SYN 40000→80 seq=0 (0xfffffffe)
        SYN,ACK 80→40000 seq=0 (0x10000000) ack=1
        ACK 40000→80 seq=1 ack=1
        PSH,ACK 40000→80 seq=1 ack=1 len=5
        ACK 80→40000 seq=1 ack=6
        RST 40000→80 seq=6
        "#);
    }

    #[test]
    fn names_a_third_speaker() {
        insta::assert_snapshot!(told(&[
            there().flags(Flags::SYN).seq(5).frame(A, B),
            back(OTHER).flags(Flags::SYN).seq(7).ack(6).frame(B, A),
            ipv4::frame((B, OTHER), (A, STUDENT), ipv4::ICMP, &icmp::echo_reply(1, 2, b"")),
        ]), @r#"
        SYN 40000→80 seq=0 (0x00000005)
        SYN,ACK 10.77.0.9:80→10.77.0.1:40000 seq=0 (0x00000007) ack=0x00000006
        ICMP echo reply id=0x0001 seq=2 10.77.0.9→10.77.0.1
        "#);
    }

    #[test]
    fn tells_wrong_checksums() {
        let mut wrong = there().flags(Flags::SYN).seq(5).frame(A, B);
        wrong[14 + 20 + 16] ^= 0xff;
        let mut wrong_ip = there().flags(Flags::SYN).seq(5).frame(A, B);
        wrong_ip[14 + 10] ^= 0xff;
        insta::assert_snapshot!(told(&[wrong, wrong_ip]), @r#"
        SYN 40000→80 seq=0 (0x00000005), checksum 0xfcc0 should be 0x03c0
        SYN 40000→80 seq=0 (0x00000005), IP checksum wrong
        "#);
    }

    #[test]
    fn tells_icmp_and_udp() {
        let syn = there().flags(Flags::SYN).seq(5).frame(A, B);
        insta::assert_snapshot!(told(&[
            ipv4::frame((B, HOST), (A, STUDENT), ipv4::ICMP, &icmp::unreachable(13, &syn[14..])),
            ipv4::frame((A, STUDENT), (B, HOST), ipv4::ICMP, &icmp::echo_request(0x1234, 1, b"abcd")),
            ipv4::frame((B, HOST), (A, STUDENT), ipv4::ICMP, &icmp::message(11, 0, [0; 4], &syn[14..42])),
            udp::frame((A, SocketAddrV4::new(STUDENT, 5000)), (B, SocketAddrV4::new(HOST, 53)), b"query"),
        ]), @r#"
        ICMP 3/13 communication prohibited, about 40000→80
        ICMP echo request id=0x1234 seq=1
        ICMP 11/0, about 40000→80
        UDP 5000→53 len=5
        "#);
    }

    #[test]
    fn tells_arp() {
        let mut mismatch = arp::reply(B, HOST, A, STUDENT);
        mismatch[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 0x66]);
        insta::assert_snapshot!(told(&[
            arp::request(A, STUDENT, HOST),
            arp::reply(B, HOST, A, STUDENT),
            arp::gratuitous(B, HOST),
            arp::probe(A, HOST),
            mismatch,
        ]), @r#"
        ARP who has 10.77.0.2? tell 10.77.0.1
        ARP 10.77.0.2 is at 02:00:0a:4d:00:02
        ARP announcement: 10.77.0.2 is at 02:00:0a:4d:00:02
        ARP probe: who has 10.77.0.2?
        ARP 10.77.0.2 is at 02:00:0a:4d:00:02, but sent by 02:00:00:00:00:66
        "#);
    }

    #[test]
    fn tells_what_it_can_of_the_rest() {
        let syn = there().flags(Flags::SYN).seq(5).frame(A, B);
        insta::assert_snapshot!(told(&[
            Vec::new(),
            vec![0; 13],
            ether::frame(A, B, 0x88cc, b"lldp"),
            ether::tagged(&syn, 7),
            syn[..14 + 20 + 10].to_vec(),
            ipv4::frame((A, STUDENT), (B, HOST), 89, b"ospf"),
        ]), @r#"
        0 bytes, too short for a frame
        13 bytes, too short for a frame
        EtherType 0x88cc, 18 bytes
        VLAN 7: SYN 40000→80 seq=0 (0x00000005)
        IPv4 protocol 6 10.77.0.1→10.77.0.2, cut off
        IPv4 protocol 89 10.77.0.1→10.77.0.2
        "#);
    }
}
