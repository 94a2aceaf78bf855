//! Lab 12: asks a time server what time it is, in 48 bytes made by hand.

use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::{Bench, Check, Fault, Lab, Probe, check, ensure, golden, hex};

pub mod server;

use server::{TimeServer, answer_at, expect_offset, printed, timestamp};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "sntp",
    number: 12,
    title: "The time, in 48 bytes",
    signatures: include_str!("../../signatures/sntp.toml"),
    checks: CHECKS,
};

/// An answer, with its fields named.
const REPLY: &str = include_str!("../../../../fixtures/hex/ntp_reply.hex");

const CHECKS: &[Check] = &[
    check("packs-and-unpacks-the-48-bytes", 10, packs_and_unpacks_the_48_bytes)
        .stage(1)
        .says("`parse` finds every field of a packet, and `to_bytes` puts it where it was, in network byte order")
        .reads("Build it, stage 1: the packet")
        .hints([
            "Write down the bytes of the timestamp 1 as they are sent. And which three bits of the first byte are the version?",
            "Numbers begin with their most significant byte. The first byte holds three fields: 2, 3 and 3 bits, from the top. Book: \"The contract\".",
            "bytes[0] = li << 6 | vn << 3 | mode; bytes[40..48] = xmit_ts.0.to_be_bytes(); and back: vn = bytes[0] >> 3 & 7",
        ]),
    check("counts-from-1900", 10, counts_from_1900)
        .stage(2)
        .says("1970 is second 2,208,988,800, half a second is 0x80000000, and a time comes back to the nanosecond")
        .reads("Build it, stage 2: the time")
        .hints([
            "How many leap days lie between 1900 and 1970? Was 1900 a leap year?",
            "70 years of 365 days and 17 leap days. The fraction counts 2^32 units a second, not a billion of them. Book: \"Build it, stage 2: the time\".",
            "seconds = unix + 2_208_988_800; fraction = (nanoseconds << 32) / 1_000_000_000; and back: (fraction * 1_000_000_000 + (1 << 31)) >> 32",
        ]),
    check("asks-in-48-bytes", 10, asks_in_48_bytes)
        .stage(3)
        .says("a request has 48 bytes: version 3 or 4, mode 3, a transmit timestamp, and zeros everywhere else")
        .reads("Build it, stage 3: the question")
        .hints([
            "Print your request in hex, and put it beside the picture. Which fields does a client know anything about?",
            "A client has no stratum, no reference and nothing that it received. It has a version, a mode and a transmit timestamp. Book: \"The contract\".",
            "NtpPacket { vn: 4, mode: CLIENT, xmit_ts: NtpTs::from_system(SystemTime::now()), ..NtpPacket::default() }",
        ]),
    check("prints-the-servers-time", 8, prints_the_servers_time)
        .stage(3)
        .says("the time that is printed is the transmit timestamp of the answer, to the microsecond")
        .reads("Build it, stage 3: the question")
        .hints([
            "There are four timestamps in an answer. Which of them is the server's latest word? And where did its fraction go?",
            "The transmit timestamp is when the answer left. Its low 32 bits are the part of a second. Book: \"Build it, stage 2: the time\".",
            "Answer { server_time: answer.xmit_ts.to_system(), … }",
        ]),
    check("shows-how-far-the-clock-is-off", 14, shows_how_far_the_clock_is_off)
        .stage(3)
        .says("the offset is positive if the server's clock is ahead of ours, and negative if it is behind")
        .reads("Build it, stage 2: the time")
        .hints([
            "The server's clock is ahead. Is t2 - t1 positive or negative then? And t3 - t4?",
            "The offset is what you would have to add to your clock; both differences are the server's time less ours. They may be negative. Book: \"Build it, stage 2: the time\".",
            "offset = ((t2 - t1) + (t3 - t4)) / 2, each difference as i64: t2.0.wrapping_sub(t1.0).cast_signed()",
        ]),
    check("gives-up-after-its-tries", 8, gives_up_after_its_tries)
        .stage(3)
        .says("a silent server gets a request for each try, and each its whole time; then the client ends with exit code 5 (where nobody listens: 4)")
        .reads("Build it, stage 3: the question")
        .hints([
            "A datagram may be lost. Who sends it again, if not you?",
            "Nobody else does. Send a request, wait for its answer until the deadline, send the next. Book: \"Build it, stage 3: the question\".",
            "for _ in 0..tries { send; if let Some(answer) = wait_until(deadline)? { return judge(answer) } } Err(NoAnswer(tries))",
        ]),
];

fn packs_and_unpacks_the_48_bytes(bench: &mut Bench) -> Result<(), Fault> {
    let reply = golden(REPLY)?.concat();
    let named = "1 4 4 2 6 -20 2730 1365 c0000201 \
                 eb38db81c0000000 eb38dc9540000000 eb38dc9560000000 eb38dc9580000000";
    let mut probe = bench.probe()?;
    expect_fields(&mut probe, &reply, named)?;

    // Bytes that nobody can have thought of; the three fields of the first one take all their values.
    for first in (0..=255).step_by(7) {
        let mut bytes = bench.random_bytes(48);
        bytes[0] = first;
        expect_fields(&mut probe, &bytes, &fields(&bytes))?;
    }
    Ok(())
}

fn expect_fields(probe: &mut Probe, bytes: &[u8], fields: &str) -> Result<(), Fault> {
    probe.expect(&format!("parse {}", hex(bytes)), &format!("ok {fields}"))?;
    probe.expect(&format!("to_bytes {fields}"), &format!("ok {}", hex(bytes)))
}

/// The fields of a packet as the probe writes them.
fn fields(bytes: &[u8]) -> String {
    let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let (poll, precision) = (bytes[2].cast_signed(), bytes[3].cast_signed());
    let mut words =
        [bytes[0] >> 6, bytes[0] >> 3 & 7, bytes[0] & 7, bytes[1]].map(|n| n.to_string()).to_vec();
    words.extend([poll.to_string(), precision.to_string(), number(4).to_string(), number(8).to_string()]);
    words.push(hex(&bytes[12..16]));
    words.extend([16, 24, 32, 40].map(|at| hex(&bytes[at..at + 8])));
    words.join(" ")
}

fn counts_from_1900(bench: &mut Bench) -> Result<(), Fault> {
    let mut probe = bench.probe()?;
    // 0x83aa7e80 is 2,208,988,800.
    probe.expect("from_system 0 0", "ok 83aa7e8000000000")?;
    probe.expect("to_system 83aa7e8080000000", "ok 0.500000000")?;
    probe.expect("from_system 1737383445 500000000", "ok eb38dc9580000000")?;
    probe.expect("to_system eb38dc9540000000", "ok 1737383445.250000000")?;
    for _ in 0..50 {
        // Up to 2036, where the first era ends.
        let (seconds, nanoseconds) =
            (bench.random().u64(..2_085_978_000), bench.random().u64(1..999_999_999));
        let timestamp = probe.ask(&format!("from_system {seconds} {nanoseconds}"))?;
        let timestamp = timestamp.trim_start_matches("ok ");
        let back = probe.ask(&format!("to_system {timestamp}"))?;
        let near = [-1, 0, 1]
            .map(|error| format!("ok {seconds}.{:09}", nanoseconds.saturating_add_signed(error)))
            .contains(&back);
        ensure(near, || {
            Fault::expected(format!(
                "{seconds}.{nanoseconds:09} s to come back from its timestamp, give or take 1 ns"
            ))
            .got(format!("`{back}` from `{timestamp}`"))
        })?;
    }
    Ok(())
}

fn asks_in_48_bytes(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    let client = server.visit(bench, &[])?;
    let request = server.request()?;
    let bytes = request.bytes;
    let (leap, version, mode) = (bytes[0] >> 6, bytes[0] >> 3 & 7, bytes[0] & 7);
    ensure(leap == 0 && matches!(version, 3 | 4) && mode == 3, || {
        Fault::expected("a first byte of leap indicator 0, version 4 (or 3) and mode 3, as 0x23")
            .got(format!("0x{:02x}: leap indicator {leap}, version {version}, mode {mode}", bytes[0]))
    })?;
    ensure(bytes[1..40].iter().all(|&byte| byte == 0), || {
        let zeros = [&bytes[..1], &[0; 39], &bytes[40..]].concat();
        Fault::expected("zeros between the first byte and the transmit timestamp").got_bytes(&zeros, &bytes)
    })?;
    ensure(bytes[40..] != [0; 8], || {
        Fault::expected("a transmit timestamp, by which the answer is known").got("zeros in bytes 40 to 47")
    })?;
    server.answers(&request, 0.0)?;
    printed(bench, client).map(drop)
}

fn prints_the_servers_time(bench: &mut Bench) -> Result<(), Fault> {
    // 2025-01-20 14:00:00 UTC.
    const TWO_O_CLOCK: u64 = 1_737_381_600;
    let server = TimeServer::start(bench)?;
    let random = (bench.random().u32(..60), bench.random().u32(..60), bench.random().u32(1..64));
    for (minute, second, sixty_fourths) in [(30, 45, 32), random] {
        let client = server.visit(bench, &[])?;
        let request = server.request()?;
        let time = UNIX_EPOCH
            + Duration::from_secs(TWO_O_CLOCK + u64::from(minute * 60 + second))
            + Duration::from_micros(u64::from(sixty_fourths) * 15_625);
        // A second earlier it had come.
        let (received, sent) = (timestamp(time, -1.0), timestamp(time, 0.0));
        server.send(&request, &answer_at(&request, received, sent))?;
        let expected = format!("2025-01-20T14:{minute:02}:{second:02}.{:06}Z", sixty_fourths * 15_625);
        let got = printed(bench, client)?.server_time;
        ensure(got == expected, || Fault::expected(format!("server time: {expected}")).got(got))?;
    }
    Ok(())
}

fn shows_how_far_the_clock_is_off(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    for ahead in [3.5, bench.random().f64() * 1000.0 + 10.0, -bench.random().f64() * 1000.0 - 10.0] {
        bench.remark(format!("the server's clock is {ahead:+.3} s ahead"));
        let client = server.visit(bench, &[])?;
        server.answers(&server.request()?, ahead)?;
        expect_offset(&printed(bench, client)?, ahead)?;
    }
    Ok(())
}

fn gives_up_after_its_tries(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    let few = bench.random().u32(1..=2);
    for (flags, tries) in [(vec![], 3), (vec!["--tries".to_owned(), few.to_string()], few)] {
        let flags: Vec<&str> =
            ["--timeout", "0.2"].into_iter().chain(flags.iter().map(String::as_str)).collect();
        let before = Instant::now();
        let client = server.visit(bench, &flags)?;
        for _ in 0..tries {
            server.request()?;
        }
        bench.end_of(client, crate::PATIENCE)?.code(5)?.stdout_is("")?;
        let (waited, least) = (before.elapsed(), Duration::from_millis(200) * tries);
        ensure(waited >= least, || {
            Fault::expected(format!("{tries} requests to be waited for {least:?}")).got(format!("{waited:?}"))
        })?;
        server.expect_no_more()?;
    }
    // Nobody uses tcpmux over UDP; and no client can get a port below 1024 by chance.
    bench.run("sntp", ["127.0.0.1", "--port", "1"])?.code(4)?;
    Ok(())
}
