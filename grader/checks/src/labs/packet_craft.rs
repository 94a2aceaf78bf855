//! Lab 20: packets as bytes: taken apart, built, sent, and watched.

use std::net::{Ipv4Addr, SocketAddrV4};

use predicates::str::is_match;
use wire::diagram::{Field, tcp_header};
use wire::tcp::{Flags, segment};
use wire::{Mac, ether, ipv4};

use crate::{Bench, Check, Ended, Fault, Lab, Needs, Probe, check, ensure, golden, hex};

pub mod talk;

use talk::Side::{Client, Server};
use talk::Talk;

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "packet-craft",
    number: 20,
    title: "Packets as bytes",
    signatures: include_str!("../../signatures/packet-craft.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("sums-words-and-folds-carries", 12, sums_words_and_folds_carries)
        .stage(1)
        .says("the checksum of RFC 1071's example is 220d; odd lengths, a carry out of a carry, and all ones come out right")
        .reads("Build it, stage 1: a checksum")
        .hints([
            "Which half of a word is a last byte that stands alone? And what if folding the carry in carries again?",
            "The sum is ones' complement: what is carried out of 16 bits is added at the lower end, until nothing is carried. A lone last byte is the higher half of a word. Book: \"Build it, stage 1: a checksum\".",
            "sum: u64 = chunks(2).map(|w| u16::from_be_bytes([w[0], w.get(1) or 0])).sum(); while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }; !(sum as u16)",
        ]),
    check("builds-an-echo-request", 8, builds_an_echo_request)
        .stage(2)
        .says("an echo request is type 8, code 0, identifier and number in network order, the payload, and a checksum over all of it")
        .reads("Build it, stage 2: packets of your own")
        .hints([
            "In which order do the two bytes of a number travel? And what does the checksum cover?",
            "Network order is the higher byte first: `to_be_bytes`. The checksum is made last, over the whole message, with zeros in its own place. Book: \"Build it, stage 2: packets of your own\".",
            "message = [8, 0, 0, 0] + id.to_be_bytes() + seq.to_be_bytes() + payload; message[2..4] = internet_checksum(&message).to_be_bytes()",
        ]),
    check("builds-a-syn-with-the-pseudo-header", 10, builds_a_syn_with_the_pseudo_header)
        .stage(2)
        .says("a TCP segment has its fields, options and payload in their places, and a checksum over the pseudo-header too")
        .reads("Build it, stage 2: packets of your own")
        .hints([
            "Both addresses are in the checksum of a segment, and not in the segment. Where do they come from?",
            "The pseudo-header: both addresses, a zero, the protocol, the segment's length (RFC 793 §3.1). The data offset counts words of 4 bytes, options included, and options are filled up to whole words. Book: \"Build it, stage 2: packets of your own\".",
            "sum(src) + sum(dst) + 6 + segment.len() + sum(segment); offset byte = (20 + options.len()).div_ceil(4) << 4",
        ]),
    check("dissects-every-layer", 10, dissects_every_layer)
        .stage(3)
        .says("`pkt dissect` finds every header of `layers.pcap`: options, VLAN tags and padding don't shift or lengthen anything")
        .reads("Build it, stage 3: a dissector")
        .hints([
            "Where does the TCP header begin in a frame? Always at byte 34?",
            "Each header says how long it is: IPv4 in the lower half of its first byte, TCP in its data offset, both in words of 4 bytes. And IPv4's total length says where the packet ends; Ethernet fills short frames up. Book: \"Build it, stage 3: a dissector\".",
            "header_length = (bytes[0] & 15) * 4; payload = bytes[header_length..total_length.min(bytes.len())]",
        ]),
    check("follows-a-connection-from-open-to-close", 12, follows_a_connection)
        .stage(4)
        .says("of `handshake_4way.pcap` `tcp-watch` tells each segment with relative numbers, `handshake: 3-way` and `close: 4-way`")
        .reads("Build it, stage 4: a connection")
        .hints([
            "What takes a sequence number, beside the bytes of data?",
            "SYN and FIN take one each (RFC 793 §3.3); an ACK takes none. So the first byte of data has number 1, and the ACK of a FIN is one more than that of the last byte. Book: \"Build it, stage 4: a connection\".",
            "end of a FIN = seq + len + 1; acked when the other side's ack reaches it; second FIN after that: 4-way; with it: 3-segment; without it: simultaneous",
        ]),
    check("pings-this-machine", 8, pings_this_machine)
        .stage(5)
        .needs(Needs::RawSockets)
        .says("`icmp-ping 127.0.0.1 -c 2` prints two replies and `2 sent, 2 received, 0% loss`, exit code 0")
        .reads("Build it, stage 5: on the wire")
        .hints([
            "Who answers an echo request, and what does he do with one whose checksum is wrong?",
            "The target's kernel answers, and drops in silence what doesn't add up. So the checksum comes last, when the payload is in its place. Book: \"Build it, stage 5: on the wire\".",
            "for seq in 1..=count { send(icmp_echo(id, seq, &payload)); wait for answer_in(packet, ask, seq) until sent + wait; say(..); wait until sent + interval }",
        ]),
];

/// Has the connections of a port told from a capture.
pub fn watch(bench: &mut Bench, capture: &[u8], port: &str) -> Result<Ended, Fault> {
    let file = bench.file("watched.pcap", capture)?;
    bench.run("tcp-watch", ["--read", &file, "--port", port])
}

fn sums_words_and_folds_carries(bench: &mut Bench) -> Result<(), Fault> {
    const EXAMPLES: &str = include_str!("../../../../fixtures/hex/rfc1071.hex");
    let mut code = bench.probe()?;
    for pair in golden(EXAMPLES)?.chunks(2) {
        code.expect(&format!("checksum {}", hex(&pair[0])), &format!("ok {}", hex(&pair[1])))?;
    }
    for length in [0, 1, 2, 19, 20, 333, 1480] {
        let mut bytes = bench.random_bytes(length);
        // Large words: the sum carries in each of them.
        bytes.iter_mut().step_by(2).for_each(|byte| *byte |= 0xf0);
        code.expect(&format!("checksum {}", hex(&bytes)), &format!("ok {:04x}", checksum(&bytes)))?;
    }
    Ok(())
}

/// The Internet checksum in other words than the book's: the remainder of a division by 65535.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|word| [word[0], word.get(1).copied().unwrap_or(0)]);
    let sum: u32 = words.map(|word| u32::from(u16::from_be_bytes(word))).sum();
    match (sum, sum % 0xffff) {
        (0, _) => 0xffff,
        (_, 0) => 0,
        (_, rest) => !(rest as u16),
    }
}

fn builds_an_echo_request(bench: &mut Bench) -> Result<(), Fault> {
    const ECHO: &str = include_str!("../../../../fixtures/hex/icmp_echo.hex");
    let mut code = bench.probe()?;
    for message in golden(ECHO)? {
        code.expect(&format!("icmp-echo 4660 1 {}", hex(b"wirelab")), &format!("ok {}", hex(&message)))?;
    }
    for length in [0, 1, 56, 1001] {
        let (id, sequence) = (bench.random().u16(..), bench.random().u16(..));
        let payload = bench.random_bytes(length);
        let message = wire::icmp::echo_request(id, sequence, &payload);
        let command = format!("icmp-echo {id} {sequence} {}", hex(&payload));
        code.expect(&command, &format!("ok {}", hex(&message)))?;
    }
    Ok(())
}

fn builds_a_syn_with_the_pseudo_header(bench: &mut Bench) -> Result<(), Fault> {
    const SYN: &str = include_str!("../../../../fixtures/hex/syn.hex");
    let mut code = bench.probe()?;
    let syn = golden(SYN)?.into_iter().next().ok_or_else(|| Fault::infra("syn.hex is empty"))?;
    let fields = "10.77.0.1:40000 10.77.0.2:80 16909060 0 2 1024 - -";
    expect_segment(&mut code, fields, [10, 77, 0, 1], [10, 77, 0, 2], &syn)?;
    code.expect(&format!("tcp-checksum 10.77.0.1 10.77.0.2 {}", hex(&syn)), "ok 0000")?;

    // Options that fill whole words, and some that don't; payloads of even and odd lengths.
    for (options, payload) in [(0, 0), (0, 7), (4, 0), (10, 100), (40, 1001)] {
        let [src, dst] = [(); 2].map(|()| {
            let random = bench.random();
            SocketAddrV4::new(random.u32(..).into(), random.u16(1..))
        });
        let (seq, ack, window) = (bench.random().u32(..), bench.random().u32(..), bench.random().u16(..));
        let options: Vec<u8> = (0..options).map(|_| 1).collect();
        let payload = bench.random_bytes(payload);
        let flags = Flags::PSH | Flags::ACK;
        let told = segment(src, dst).flags(flags).seq(seq).ack(ack).window(window);
        let wanted = told.options(&options).payload(&payload).to_bytes();
        let (given, carried) = (hex(&options), hex(&payload));
        let fields = format!("{src} {dst} {seq} {ack} {} {window} {given} {carried}", flags.0);
        expect_segment(&mut code, &fields, src.ip().octets(), dst.ip().octets(), &wanted)?;
    }
    Ok(())
}

/// Expects the segment, or shows which of its fields are wrong.
fn expect_segment(
    code: &mut Probe,
    fields: &str,
    src: [u8; 4],
    dst: [u8; 4],
    wanted: &[u8],
) -> Result<(), Fault> {
    let command = format!("tcp-segment {fields}");
    let answer = code.ask(&command)?;
    let wanted_answer = format!("ok {}", hex(wanted));
    if answer == wanted_answer {
        return Ok(());
    }
    let as_told = || {
        Fault::expected(format!("`{command}` to give the segment"))
            .got_bytes(wanted_answer.as_bytes(), answer.as_bytes())
    };
    let segment = answer.strip_prefix("ok ").and_then(from_hex).ok_or_else(as_told)?;
    let decode = |segment: &[u8]| {
        let packet = ipv4::packet(src.into(), dst.into(), ipv4::TCP, segment);
        wire::decode(&ether::frame(Mac::of_host(1), Mac::of_host(2), ether::IPV4, &packet))
    };
    let (got, right) = (decode(&segment), decode(wanted));
    let (Some(tcp), Some(right)) = (&got.tcp, &right.tcp) else { return Err(as_told()) };
    let wrong: Vec<Field> = [
        (Field::SourcePort, tcp.sport == right.sport),
        (Field::DestinationPort, tcp.dport == right.dport),
        (Field::SequenceNumber, tcp.seq == right.seq),
        (Field::AcknowledgmentNumber, tcp.ack == right.ack),
        (Field::DataOffset, tcp.data_offset == right.data_offset),
        (Field::Flags, tcp.flags == right.flags),
        (Field::Window, tcp.window == right.window),
        (Field::Checksum, tcp.checksum == right.checksum),
        (Field::UrgentPointer, tcp.urgent_pointer == right.urgent_pointer),
    ]
    .into_iter()
    .filter_map(|(field, is_right)| (!is_right).then_some(field))
    .collect();
    if wrong.is_empty() {
        return Err(as_told());
    }
    Err(Fault::expected(format!("`{command}` to give a header with checksum 0x{:04x}", right.checksum))
        .got(format!("the header\n{}", tcp_header(&got, &wrong))))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn dissects_every_layer(bench: &mut Bench) -> Result<(), Fault> {
    const LAYERS: &[u8] = include_bytes!("../../../../fixtures/pcaps/layers.pcap");
    let file = bench.file("layers.pcap", LAYERS)?;
    bench.run("pkt", ["dissect", &file])?.code(0)?.stdout_is(include_str!("packet_craft/layers.txt"))?;

    // Frames that nobody has seen before, on the command line.
    for words_of_ip_options in [0, 1, 10] {
        let frame = Puzzle::new(bench, words_of_ip_options);
        bench.run("pkt", ["dissect", &hex(&frame.bytes)])?.code(0)?.stdout_is(&frame.lines)?;
    }
    Ok(())
}

/// A tagged frame with options in both headers, filled up behind its end, and what `pkt` must print of it.
struct Puzzle {
    bytes: Vec<u8>,
    lines: String,
}

impl Puzzle {
    fn new(bench: &mut Bench, words_of_ip_options: usize) -> Puzzle {
        let random = bench.random();
        let [src, dst]: [Ipv4Addr; 2] = [(); 2].map(|()| random.u32(..).into());
        let (from, to) = (random.u16(1..), random.u16(1..));
        let (seq, ack, window, mss) = (random.u32(..), random.u32(..), random.u16(..), random.u16(536..));
        let (vlan, ttl, length) = (random.u16(1..4095), random.u8(1..), random.u8(1..9));
        let [mss_high, mss_low] = mss.to_be_bytes();
        let segment = segment(SocketAddrV4::new(src, from), SocketAddrV4::new(dst, to))
            .flags(Flags::PSH | Flags::ACK)
            .seq(seq)
            .ack(ack)
            .window(window)
            .options(&[1, 2, 4, mss_high, mss_low])
            .payload(&vec![b'x'; length.into()])
            .to_bytes();
        let mut packet = ipv4::packet(src, dst, ipv4::TCP, &segment);
        // One word of "no operation" after the other, behind the 20 bytes that are always there (RFC 791 §3.1).
        packet.splice(20..20, vec![1; words_of_ip_options * 4]);
        let total_length = packet.len();
        packet[0] += words_of_ip_options as u8;
        packet[2..4].copy_from_slice(&(total_length as u16).to_be_bytes());
        packet[8] = ttl;
        packet[10..12].copy_from_slice(&[0, 0]);
        let sum = checksum(&packet[..20 + words_of_ip_options * 4]);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        let (source, destination) = (Mac::of_host(random.u8(..)), Mac::of_host(random.u8(..)));
        let mut bytes = ether::tagged(&ether::frame(source, destination, ether::IPV4, &packet), vlan);
        // What Ethernet fills up with should be zeros, and often enough was not.
        bytes.resize(bytes.len() + 6, 0xee);
        let ip_options = match words_of_ip_options {
            0 => String::new(),
            words => format!(", options {} bytes", words * 4),
        };
        let lines = format!(
            "frame 1: {} bytes\n  Ethernet {source} > {destination}, type 0x0800, VLAN {vlan}\n  \
             IPv4 {src} > {dst}, protocol 6, ttl {ttl}, length {total_length}{ip_options}, checksum ok\n  \
             TCP {from} > {to}, PSH,ACK seq={seq} ack={ack} window={window}, options (mss={mss}), \
             payload {length} bytes, checksum ok\n",
            bytes.len(),
        );
        Puzzle { bytes, lines }
    }
}

fn follows_a_connection(bench: &mut Bench) -> Result<(), Fault> {
    const HANDSHAKE: &[u8] = include_bytes!("../../../../fixtures/pcaps/handshake_4way.pcap");
    const LINES: &str = "\
C>S SYN seq=0
S>C SYN,ACK seq=0 ack=1
C>S ACK seq=1 ack=1
handshake: 3-way
C>S PSH,ACK seq=1 ack=1 len=2
S>C ACK seq=1 ack=3
C>S FIN,ACK seq=3 ack=1
S>C ACK seq=1 ack=4
S>C FIN,ACK seq=1 ack=4
C>S ACK seq=4 ack=2
close: 4-way
";
    watch(bench, HANDSHAKE, "9999")?.code(0)?.stdout_is(LINES)?;

    // Others talk, and the server closes first: it still has the ACK of its FIN to wait for when it is sent data.
    let mut talk = Talk::new(bench);
    talk.opens();
    let [hello, reply, last] = [(); 3].map(|()| bench.random().u16(1..1000));
    talk.says(Client, Flags::PSH | Flags::ACK, hello).says(Server, Flags::PSH | Flags::ACK, reply);
    talk.says(Server, Flags::FIN | Flags::ACK, 0).says(Client, Flags::ACK, 0);
    talk.says(Client, Flags::PSH | Flags::ACK, last).says(Server, Flags::ACK, 0);
    talk.says(Client, Flags::FIN | Flags::ACK, 0).says(Server, Flags::ACK, 0).line("close: 4-way");
    talk.expect_told(bench)
}

fn pings_this_machine(bench: &mut Bench) -> Result<(), Fault> {
    let size = bench.random().u16(1..1400);
    for (flags, bytes) in [(vec![], 64), (vec!["-s".to_owned(), size.to_string()], size + 8)] {
        let usual = ["127.0.0.1", "-c", "2", "-i", "0.1", "-W", "5"].map(str::to_owned);
        let ended = bench.run("icmp-ping", [&usual[..], &flags].concat())?.code(0)?;
        let reply =
            |number| format!(r"Reply from 127\.0\.0\.1: icmp_seq={number} bytes={bytes} time=\d+\.\d\d ms\n");
        let pattern = format!("^{}{}2 sent, 2 received, 0% loss\n$", reply(1), reply(2));
        let printed = ended.stdout_text();
        let is_right = is_match(&pattern).map_err(Fault::infra)?;
        ensure(predicates::Predicate::<str>::eval(&is_right, &printed), || {
            Fault::expected(format!(
                "`Reply from 127.0.0.1: icmp_seq=1 bytes={bytes} time=0.05 ms`, the same with 2, and \
                 `2 sent, 2 received, 0% loss`"
            ))
            .got(wire::bytes::escape(printed.as_bytes()))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_by_division_is_that_of_rfc_1071() {
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0x220d);
        assert_eq!(checksum(&[0xff; 4]), 0);
        assert_eq!(checksum(&[0; 4]), 0xffff);
        assert_eq!(checksum(&[]), 0xffff);
    }
}
