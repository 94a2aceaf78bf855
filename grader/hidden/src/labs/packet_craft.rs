//! Lab 20, hidden half: packets as bytes.

use std::net::TcpStream;
use std::time::Duration;

use checks::labs::packet_craft::talk::Side::{Client, Server};
use checks::labs::packet_craft::talk::Talk;
use checks::labs::packet_craft::watch;
use checks::predicates::str::contains;
use checks::wire::decode::Icmp;
use checks::wire::tcp::Flags;
use checks::wire::{self, Direction, Host, Mac, World, ether, icmp, ipv4};
use checks::{Bench, Check, Deadline, Fault, Lab, Needs, PATIENCE, check, ensure, hex};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::packet_craft::LAB.with(include_str!("../../signatures/packet-craft.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("survives-every-cut", 8, survives_every_cut)
        .stage(3)
        .says("a frame that ends anywhere, or whose lengths are nonsense, is `no whole … header` or lacks payload, and harms nothing")
        .reads("Build it, stage 3: a dissector")
        .hints([
            "What does your dissector do with a frame of 13 bytes? And with a header that says it is 60 bytes long, in a packet of 40?",
            "Every length is a claim. `get(..)`, `split_at_checked` and `first_chunk` answer `None` where an index would panic. Book: \"What could go wrong\".",
            "let (header, rest) = bytes.split_at_checked(header_length).ok_or(Truncated(\"IPv4\"))?",
        ]),
    check("names-the-other-ends", 8, names_the_other_ends)
        .stage(4)
        .says("three segments, a reset, a refusal and crossing FINs are told apart, and what is sent again changes nothing")
        .reads("Build it, stage 4: a connection")
        .hints([
            "Which two numbers decide whether two FINs have crossed?",
            "Look at the second FIN: was the first one acknowledged before it (4-way), with it (3-segment), or not yet (simultaneous)? A RST from the server before its SYN is a refusal. What was seen before is printed, and nothing more. Book: \"Build it, stage 4: a connection\".",
            "if FIN and no FIN of this side before { close = match (first FIN acked before, acked by this segment) { (true, _) => FourWay, (_, true) => ThreeSegment, _ => Simultaneous } }",
        ]),
    check("counts-past-the-wrap", 4, counts_past_the_wrap)
        .stage(4)
        .says("relative numbers are right where sequence numbers pass 2^32, and `len` is that of the wire where the capture was cut")
        .reads("Build it, stage 4: a connection")
        .hints([
            "What is the number behind 4294967295?",
            "Sequence numbers are counted modulo 2^32 (RFC 793 §3.3): `wrapping_sub` and `wrapping_add`, also for the end of a FIN. And how long a payload is, the IP header says, not the capture.",
            "relative = seq.wrapping_sub(start); later = a.wrapping_sub(b) < 1 << 31; len = total_length - ip_header - tcp_header",
        ]),
    check("counts-only-its-own-answers", 8, counts_only_its_own_answers)
        .stage(5)
        .needs(Needs::Wire)
        .says("another identifier, number, sender or type, or a wrong checksum, is no answer; the right one behind them is")
        .reads("What could go wrong")
        .hints([
            "Which packets does a raw socket for ICMP deliver?",
            "All of them: other programs' replies, errors, on loopback your own request. An answer is an echo *reply*, from the target, with your identifier and the number you have just sent, and its checksum adds up. Book: \"What could go wrong\".",
            "packet.source == target && kind == 0 && code == 0 && rest == [id, seq] && internet_checksum(message) == 0",
        ]),
    check("gives-up-on-a-silent-host", 4, gives_up_on_a_silent_host)
        .stage(5)
        .needs(Needs::Wire)
        .says("a host that says nothing is `100% loss` and exit code 5 after the time to wait, however much others talk")
        .reads("What could go wrong")
        .hints([
            "What ends your wait when nothing comes? And what when something comes all the time, only not for you?",
            "A time to wait that begins again with every packet is no deadline. Note the `Instant` at which you give up, when you send. Book: \"What could go wrong\".",
            "deadline = sent + wait; while let Some(packet) = socket.receive(deadline)? { if it is the answer: return it }; nothing came",
        ]),
    check("watches-loopback-once", 4, watches_loopback_once)
        .stage(5)
        .needs(Needs::RawSockets)
        .says("live on `lo` a handshake is three lines, not six, and silence before it is not the end")
        .reads("Build it, stage 5: on the wire")
        .hints([
            "How often does a packet socket on loopback show a frame?",
            "Twice: on its way out, and on its way in. labkit's `Live` drops the copies. When its `next` gives `None`, a time has passed, and nothing else: ask again.",
            "loop { if let Some(frame) = live.next(Instant::now() + TURN).transpose() { return Some(frame) } }",
        ]),
    check("says-which-privilege-is-missing", 4, says_which_privilege_is_missing)
        .stage(5)
        .says("without CAP_NET_RAW both programs say `needs CAP_NET_RAW` on stderr and end with exit code 77")
        .reads("Build it, stage 5: on the wire")
        .hints([
            "What does opening a raw socket return to an ordinary user?",
            "EPERM is `ErrorKind::PermissionDenied`: an ordinary result, with an exit code of its own. A panic tells the user nothing.",
            "IcmpSocket::open().map_err(|e| match e.kind() { PermissionDenied => Failure::new(exit::PRIVILEGE, \"needs CAP_NET_RAW …\"), _ => Failure::to(\"open …\")(e) })",
        ]),
];

const LAYERS: &[u8] = include_bytes!("../../../../fixtures/pcaps/layers.pcap");
const THREE_SEGMENTS: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/handshake_3seg.pcap");
const RESET: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/reset.pcap");
const REFUSED: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/refused.pcap");
const SIMULTANEOUS: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/simultaneous.pcap");
const RETRANSMITTED: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/syn_retx.pcap");
const WRAPS: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/seqwrap.pcap");

/// The frames of a capture of ours: little-endian pcap, a header of 24 bytes, and of 16 before each frame.
fn frames_of(mut capture: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    capture = &capture[24..];
    while let Some((header, rest)) = capture.split_first_chunk::<16>() {
        let length = u32::from_le_bytes([header[8], header[9], header[10], header[11]]) as usize;
        let (frame, rest) = rest.split_at(length);
        frames.push(frame);
        capture = rest;
    }
    frames
}

fn survives_every_cut(bench: &mut Bench) -> Result<(), Fault> {
    // Where the headers of the frames in layers.pcap end: ICMP, UDP, TCP with options, ARP, IPv4 with an option, IPv6.
    const HEADERS: [usize; 6] = [14 + 20 + 8, 14 + 20 + 8, 14 + 20 + 40, 14 + 28, 14 + 24 + 20, 14 + 40 + 8];
    let mut code = bench.probe()?;
    for (frame, headers) in frames_of(LAYERS).into_iter().zip(HEADERS) {
        for kept in 0..=frame.len() {
            let verdict = if kept < headers { "err no whole " } else { "ok Ethernet " };
            let command = format!("dissect {}", hex(&frame[..kept]));
            let answer = code.ask(&command)?;
            ensure(answer.starts_with(verdict), || {
                Fault::expected(format!("`{command}` to give `{verdict}…`")).got(answer)
            })?;
        }
    }
    // Whatever a damaged frame is taken for, the next one is read. Each byte of the headers at its extremes: lengths that
    // promise too much, and too little to hold their own header.
    let frames = frames_of(LAYERS);
    for (frame, headers) in frames.iter().zip(HEADERS) {
        for (at, extreme) in (12..headers).flat_map(|at| [(at, 0), (at, u8::MAX)]) {
            let mut frame = frame.to_vec();
            frame[at] = extreme;
            code.ask(&format!("dissect {}", hex(&frame)))?;
        }
    }
    for _ in 0..300 {
        let mut frame = frames[bench.random().usize(..frames.len())].to_vec();
        for _ in 0..bench.random().u8(1..4) {
            let at = bench.random().usize(12..frame.len());
            frame[at] = bench.random().u8(..);
        }
        frame.truncate(bench.random().usize(1..=frame.len()));
        code.ask(&format!("dissect {}", hex(&frame)))?;
    }
    Ok(())
}

fn names_the_other_ends(bench: &mut Bench) -> Result<(), Fault> {
    for (capture, lines, last) in [
        (THREE_SEGMENTS, 10, "close: 3-segment"),
        (RESET, 7, "close: reset"),
        (REFUSED, 3, "close: refused"),
        (SIMULTANEOUS, 9, "close: simultaneous"),
        (RETRANSMITTED, 10, "close: 4-way"),
    ] {
        let told = watch(bench, capture, "9999")?.code(0)?.stdout_text();
        let got: Vec<&str> = told.lines().collect();
        ensure(got.len() == lines && got.last() == Some(&last), || {
            Fault::expected(format!("{lines} lines, the last of them `{last}`"))
                .got(wire::bytes::escape(told.as_bytes()))
        })?;
    }
    for talk in other_ends(bench) {
        talk.expect_told(bench)?;
    }
    Ok(())
}

/// Connections that nobody has seen before, one for each way to end.
fn other_ends(bench: &mut Bench) -> Vec<Talk> {
    let fin = Flags::FIN | Flags::ACK;
    let data = Flags::PSH | Flags::ACK;
    let bytes = bench.random().u16(1..1000);
    let mut talks: Vec<Talk> = (0..6).map(|_| Talk::new(bench)).collect();

    // The server closes first; its FIN comes with the last data, and everything that matters is sent twice.
    talks[0].says(Client, Flags::SYN, 0).repeats().says(Server, Flags::SYN | Flags::ACK, 0).repeats();
    talks[0].says(Client, Flags::ACK, 0).line("handshake: 3-way").repeats();
    talks[0].says(Server, Flags::FIN | data, bytes).repeats();
    talks[0].says(Client, fin, 0).repeats().says(Server, Flags::ACK, 0).line("close: 3-segment").repeats();
    // The client resets; afterwards nothing can end any more.
    talks[1].opens().says(Client, Flags::RST | Flags::ACK, 0).line("close: reset").repeats();
    // A half-open scan: the connection was on its way.
    talks[2].says(Client, Flags::SYN, 0).says(Server, Flags::SYN | Flags::ACK, 0);
    talks[2].says(Client, Flags::RST, 0).line("close: reset");
    talks[3].is_refused();
    // The FINs cross, and the ACKs too.
    talks[4].opens().says(Server, fin, 0).says_late(Client, fin, 0, 1);
    talks[4].says(Server, Flags::ACK, 0).says(Client, Flags::ACK, 0).line("close: simultaneous");
    // One side has closed, the other has not: it goes on, and nothing is said of an end.
    talks[5].opens().says(Client, fin, 0).says(Server, Flags::ACK, 0);
    talks[5].says(Server, data, bytes).says(Client, Flags::ACK, 0);
    talks
}

fn counts_past_the_wrap(bench: &mut Bench) -> Result<(), Fault> {
    let told = watch(bench, WRAPS, "9999")?.code(0)?;
    told.stdout_contains("C>S PSH,ACK seq=21 ack=1 len=20\n")?
        .stdout_contains("C>S FIN,ACK seq=41 ack=3\n")?
        .stdout_contains("C>S ACK seq=42 ack=4\nclose: 4-way\n")?;

    // The wrap within data, right before the FIN, and right at it.
    let bytes = bench.random().u16(100..1000);
    for before in [u32::from(bytes) / 2, u32::from(bytes) + 1, u32::from(bytes) + 2] {
        let server = bench.random().u32(..);
        let mut talk = Talk::numbered(bench, before.wrapping_neg(), server);
        talk.opens().says(Client, Flags::PSH | Flags::ACK, bytes).says(Server, Flags::ACK, 0);
        talk.says(Client, Flags::FIN | Flags::ACK, 0).says(Server, Flags::ACK, 0);
        talk.says(Server, Flags::FIN | Flags::ACK, 0).says(Client, Flags::ACK, 0).line("close: 4-way");
        talk.expect_told(bench)?;
        talk.expect_told_of(bench, &cut(talk.frames(), 60))?;

        let mut crossing = Talk::numbered(bench, before.wrapping_neg(), server);
        crossing.opens().says(Client, Flags::PSH | Flags::ACK, bytes).says(Server, Flags::ACK, 0);
        crossing.says(Client, Flags::FIN | Flags::ACK, 0).says_late(Server, Flags::FIN | Flags::ACK, 0, 1);
        crossing.says(Client, Flags::ACK, 0).says(Server, Flags::ACK, 0).line("close: simultaneous");
        crossing.expect_told(bench)?;
    }
    Ok(())
}

/// A capture file of which each frame keeps so many bytes (`tcpdump -s`): big-endian pcap with nanoseconds.
fn cut(frames: &[Vec<u8>], keep: usize) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let mut file = words(&[0xa1b2_3c4d, 0x0002_0004, 0, 0, keep as u32, 1]);
    for (number, frame) in (0..).zip(frames) {
        let kept = &frame[..frame.len().min(keep)];
        file.extend(words(&[1_737_383_445, number * 1000, kept.len() as u32, frame.len() as u32]));
        file.extend(kept);
    }
    file
}

/// A silent host, and one beside it.
const TARGET: [u8; 4] = [10, 77, 0, 2];
const STRANGER: [u8; 4] = [10, 77, 0, 3];
/// Who pings.
const HERE: [u8; 4] = [10, 77, 0, 1];

fn counts_only_its_own_answers(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("ping");
    bench.link(World::new().host(Host::new(TARGET.into(), Mac::of_host(2)).echo([])))?;
    for (right_one_too, wait) in [(false, "1"), (true, "5")] {
        let asked_before = requests(bench)?.len();
        let program = bench.start("icmp-ping", ["10.77.0.2", "-c", "1", "-W", wait])?;
        let request = bench.wire()?.wait_for("an echo request", |seen| {
            let icmp = |seen: &wire::Seen| {
                (seen.direction == Direction::FromStudent).then(|| wire::decode(&seen.frame).icmp)?
            };
            seen.iter().filter_map(icmp).filter(is_request).nth(asked_before)
        })?;
        for packet in impostors(&request) {
            bench.wire()?.inject(to_here(TARGET, &packet));
        }
        let right = icmp::message(icmp::ECHO_REPLY, 0, request.rest, &request.payload);
        bench.wire()?.inject(to_here(STRANGER, &right));
        if right_one_too {
            bench.wire()?.inject(to_here(TARGET, &right));
        }
        let ended = bench.end_of(program, PATIENCE * 2)?;
        match right_one_too {
            true => ended
                .code(0)?
                .stdout_contains("Reply from 10.77.0.2: icmp_seq=1 bytes=64 time=")?
                .stdout_contains("\n1 sent, 1 received, 0% loss\n")?,
            false => ended.code(5)?.stdout_is("No reply: icmp_seq=1\n1 sent, 0 received, 100% loss\n")?,
        };
    }
    Ok(())
}

/// What is not the answer to that request, though it looks much like it.
fn impostors(request: &Icmp) -> Vec<Vec<u8>> {
    let reply = |rest: [u8; 4]| icmp::message(icmp::ECHO_REPLY, 0, rest, &request.payload);
    let [id, id_low, seq, seq_low] = request.rest;
    let mut damaged = reply(request.rest);
    damaged[2] ^= 1;
    vec![
        // The request itself, as a raw socket on loopback sees it.
        icmp::message(icmp::ECHO_REQUEST, 0, request.rest, &request.payload),
        reply([!id, id_low, seq, seq_low]),
        reply([id_low, id, seq, !seq_low]),
        reply([id, id_low, seq, seq_low ^ 2]),
        icmp::message(icmp::UNREACHABLE, 1, request.rest, &request.payload),
        icmp::message(icmp::ECHO_REPLY, 3, request.rest, &request.payload),
        damaged,
        // Less than a header.
        vec![0, 0],
    ]
}

fn to_here(from: [u8; 4], message: &[u8]) -> Vec<u8> {
    let packet = ipv4::packet(from.into(), HERE.into(), ipv4::ICMP, message);
    ether::frame(Mac::of_host(from[3]), Mac::of_host(1), ether::IPV4, &packet)
}

fn is_request(message: &Icmp) -> bool {
    message.kind == icmp::ECHO_REQUEST
}

/// The echo requests so far.
fn requests(bench: &Bench) -> Result<Vec<(Duration, Icmp)>, Fault> {
    let frames = bench.wire()?.from_program().into_iter();
    Ok(frames.filter_map(|(at, frame)| Some((at, frame.icmp.filter(is_request)?))).collect())
}

fn gives_up_on_a_silent_host(bench: &mut Bench) -> Result<(), Fault> {
    const WAIT: Duration = Duration::from_millis(400);
    bench.plays("ping");
    // Somebody else's replies come in all the time.
    let chatter = to_here(STRANGER, &icmp::echo_reply(7, 7, b"not yours"));
    let silent = Host::new(TARGET.into(), Mac::of_host(2)).echo([]);
    let world = World::new().host(silent).chatter(Duration::ZERO, WAIT / 8, vec![chatter]);
    bench.link(world)?;
    let program = bench.start("icmp-ping", ["10.77.0.2", "-c", "2", "-i", "0.1", "-W", "0.4"])?;
    let lines = "No reply: icmp_seq=1\nNo reply: icmp_seq=2\n2 sent, 0 received, 100% loss\n";
    bench.end_of(program, PATIENCE)?.code(5)?.stdout_is(lines)?;
    let ended = bench.wire()?.now();
    let sent = requests(bench)?;
    let last = sent.last().map_or(ended, |(at, _)| *at);
    ensure(sent.len() == 2 && ended.saturating_sub(last) >= WAIT, || {
        Fault::expected(format!("two requests, and {WAIT:?} of patience after the second")).got(format!(
            "{}, and its end {:?} after the last",
            sent.len(),
            ended.saturating_sub(last)
        ))
    })
}

fn watches_loopback_once(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let port = listener.port();
    let mut watcher = bench.start("tcp-watch", ["--iface", "lo", "--port", &port, "--count", "3"])?;
    watcher.wait_until_sniffing()?;
    // It has waited for a turn already when the first segment comes.
    let ended = Deadline::after(Duration::from_millis(350)).poll(|| watcher.status());
    ensure(ended.is_none(), || Fault::expected("the watcher to wait for segments").got("its end"))?;
    let client = TcpStream::connect(listener.address())?;
    let lines = "C>S SYN seq=0\nS>C SYN,ACK seq=0 ack=1\nC>S ACK seq=1 ack=1\nhandshake: 3-way\n";
    bench.end_of(watcher, PATIENCE)?.code(0)?.stdout_is(lines)?;
    drop(client);
    Ok(())
}

fn says_which_privilege_is_missing(bench: &mut Bench) -> Result<(), Fault> {
    // This check's cell grants no right to raw sockets.
    for command in
        [&["icmp-ping", "127.0.0.1", "-c", "1"][..], &["tcp-watch", "--iface", "lo", "--port", "80"]]
    {
        let ended = bench.run(command[0], &command[1..])?;
        ended.code(77)?.stderr(contains("needs CAP_NET_RAW"))?;
    }
    Ok(())
}
