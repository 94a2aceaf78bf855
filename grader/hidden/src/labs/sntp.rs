//! Lab 12, hidden half: asks a time server what time it is, in 48 bytes made by hand.

use std::time::Duration;

use checks::labs::sntp::server::{Request, TimeServer, answer_now, expect_offset, printed, timestamp};
use checks::{Bench, Check, Fault, Lab, PATIENCE, check, ensure, golden};

/// The hidden half of the contract.
pub static LAB: Lab = checks::labs::sntp::LAB.with(include_str!("../../signatures/sntp.toml"), CHECKS);

/// An answer from 2040.
const ERA_1: &str = include_str!("../../../../fixtures/hidden/hex/ntp_era1.hex");

const CHECKS: &[Check] = &[
    check("ignores-an-answer-to-another-request", 8, ignores_an_answer_to_another_request)
        .stage(3)
        .says("an answer that does not repeat the request's transmit timestamp is ignored, and the client waits on")
        .reads("Build it, stage 3: the question")
        .hints([
            "Anybody can send you 48 bytes. What does only the server know that you have asked?",
            "It has seen your transmit timestamp, and repeats it as the origin timestamp. Book: \"The contract\".",
            "if packet.mode == SERVER && packet.orig_ts == sent { it is the answer } else { wait on, until the same deadline }",
        ]),
    check("obeys-a-kiss-of-death", 6, obeys_a_kiss_of_death)
        .stage(3)
        .says("an answer of stratum 0 ends the client with exit code 6 and its four letters in the message; no request follows")
        .reads("What could go wrong")
        .hints([
            "A server that is asked too often says so. What should a polite client do next?",
            "Stratum 0 is a kiss of death, with its reason in the reference id. It often says leap indicator 3 too, so look for it first. Book: \"The contract\".",
            "if answer.stratum == 0 { return Err(KissOfDeath(answer.ref_id)) }",
        ]),
    check("trusts-no-unsynchronised-clock", 4, trusts_no_unsynchronised_clock)
        .stage(3)
        .says("leap indicator 3, stratum 16 or no transmit timestamp: exit code 6, and `unsynchronised` in the message")
        .reads("The contract")
        .hints([
            "A server that has just been switched on answers as well. How does it say that its clock means nothing?",
            "By its leap indicator, the two highest bits of the first byte; by its stratum; or by no time at all. Book: \"The contract\".",
            "if answer.li == 3 || answer.stratum > 15 || answer.xmit_ts.0 == 0 { return Err(Unsynchronised) }",
        ]),
    check("ignores-what-is-no-answer", 4, ignores_what_is_no_answer)
        .stage(3)
        .says("0, 1 or 47 bytes and packets of another mode are ignored without a panic, and cost no try; a longer answer is taken")
        .reads("What could go wrong")
        .hints([
            "How long is the datagram that somebody else sent you?",
            "As long as they liked. Look at its length before you look at its bytes; and 48 is the least, not the only length. Book: \"What could go wrong\".",
            "let Ok(packet) = NtpPacket::parse(&buffer[..length]) else { continue };",
        ]),
    check("does-not-count-the-servers-time-as-delay", 6, does_not_count_the_servers_time_as_delay)
        .stage(3)
        .says("a server that thinks for a second has no longer delay, and is waited for in silence")
        .reads("Build it, stage 2: the time")
        .hints([
            "Whose time is it between t2 and t3?",
            "The server's own. The delay is what the packets were on their way: the whole time less that. Book: \"Build it, stage 2: the time\".",
            "delay = (t4 - t1) - (t3 - t2)",
        ]),
    check("knows-the-era-after-2036", 6, knows_the_era_after_2036)
        .stage(3)
        .says("a server in 2040 is printed as 2040, and as some years ahead")
        .reads("Build it, stage 2: the time")
        .hints([
            "Which is the greatest number of seconds that 32 bits hold, and when is it reached?",
            "In 2036 the count begins at zero again. A timestamp whose first bit is not set is of the second era. Book: \"Build it, stage 2: the time\".",
            "if seconds < 1 << 31 { seconds += 1 << 32 }; and differences with wrapping_sub",
        ]),
    check("ignores-an-answer-from-elsewhere", 6, ignores_an_answer_from_elsewhere)
        .stage(3)
        .says("a right answer from another port is ignored, and the server's own is taken")
        .reads("Build it, stage 3: the question")
        .hints([
            "Who sent what `recv_from` gave you?",
            "A socket that is not connected takes datagrams from everybody. Book: \"Build it, stage 3: the question\".",
            "socket.connect(server)?; then send and recv",
        ]),
];

/// Time enough for a second answer, also on a busy machine.
const PATIENT: [&str; 4] = ["--timeout", "20", "--tries", "1"];

fn ignores_an_answer_to_another_request(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    // In its seconds, and in the last bit of its fraction.
    let bits = [bench.random().usize(..32), 63];
    // A clock of its own tells the forgery from the answer.
    let forge = |request: &Request| {
        bits.iter().try_for_each(|bit| {
            let mut forged = answer_now(request, 1000.0);
            forged[24 + bit / 8] ^= 128 >> (bit % 8);
            server.send(request, &forged)
        })
    };
    let client = server.visit(bench, &["--timeout", "0.3", "--tries", "1"])?;
    forge(&server.request()?)?;
    bench.end_of(client, PATIENCE)?.code(5)?.stdout_is("")?;

    let client = server.visit(bench, &PATIENT)?;
    let request = server.request()?;
    forge(&request)?;
    server.answers(&request, 0.0)?;
    expect_offset(&printed(bench, client)?, 0.0)
}

fn obeys_a_kiss_of_death(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    for code in ["RATE", "DENY"] {
        let client = server.visit(bench, &["--timeout", "5"])?;
        let request = server.request()?;
        let mut kiss = answer_now(&request, 0.0);
        // Leap indicator 3, as RFC 5905 §7.4 has it.
        kiss[0] |= 3 << 6;
        kiss[1] = 0;
        kiss[12..16].copy_from_slice(code.as_bytes());
        server.send(&request, &kiss)?;
        let message = checks::predicates::str::contains(code);
        bench.end_of(client, PATIENCE * 2)?.code(6)?.stdout_is("")?.stderr(message)?;
        server.expect_no_more()?;
    }
    Ok(())
}

/// Makes an answer one that must not be used.
type Spoil = fn(&mut [u8; 48]);

fn trusts_no_unsynchronised_clock(bench: &mut Bench) -> Result<(), Fault> {
    let spoils: [(&str, Spoil); 3] = [
        ("leap indicator 3", |answer| answer[0] |= 3 << 6),
        ("stratum 16", |answer| answer[1] = 16),
        ("no transmit timestamp", |answer| answer[40..].fill(0)),
    ];
    let server = TimeServer::start(bench)?;
    for (what, spoil) in spoils {
        bench.remark(format!("an answer with {what}"));
        let client = server.visit(bench, &["--timeout", "5"])?;
        let request = server.request()?;
        let mut answer = answer_now(&request, 0.0);
        spoil(&mut answer);
        server.send(&request, &answer)?;
        let message = checks::predicates::str::contains("unsynchronised");
        bench.end_of(client, PATIENCE * 2)?.code(6)?.stdout_is("")?.stderr(message)?;
        server.expect_no_more()?;
    }
    Ok(())
}

fn ignores_what_is_no_answer(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    let client = server.visit(bench, &PATIENT)?;
    let request = server.request()?;
    let wrong = answer_now(&request, 1000.0);
    for length in [0, 1, 47] {
        server.send(&request, &wrong[..length])?;
    }
    // Mode 3 is a request, 5 a broadcast.
    for mode in [3, 5] {
        let mut other = wrong;
        other[0] = other[0] & !7 | mode;
        server.send(&request, &other)?;
    }
    // With the 20 bytes that a signed answer has behind its 48 (RFC 5905 §7.3).
    let signed = [&answer_now(&request, 0.0)[..], &bench.random_bytes(20)].concat();
    server.send(&request, &signed)?;
    expect_offset(&printed(bench, client)?, 0.0)
}

fn does_not_count_the_servers_time_as_delay(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    let client = server.visit(bench, &PATIENT)?;
    let request = server.request()?;
    let thinks = Duration::from_secs(1);
    let impatient = server.request_within(thinks)?;
    ensure(impatient.is_none(), || Fault::expected("silence until the answer comes").got("another request"))?;
    server.answers(&request, -2.25)?;
    let printed = printed(bench, client)?;
    ensure(printed.delay.abs() < 0.5, || {
        Fault::expected("a delay of less than 0.5 s: the server thought for 1 s, the packets took none")
            .got(format!("{} s", printed.delay))
    })?;
    expect_offset(&printed, -2.25)
}

fn knows_the_era_after_2036(bench: &mut Bench) -> Result<(), Fault> {
    let server = TimeServer::start(bench)?;
    let client = server.visit(bench, &PATIENT)?;
    let request = server.request()?;
    let mut answer = golden(ERA_1)?.concat();
    answer[24..32].copy_from_slice(&request.bytes[40..]);
    server.send(&request, &answer)?;
    let printed = printed(bench, client)?;
    let expected = "2040-02-29T12:00:00.750000Z";
    ensure(printed.server_time == expected, || {
        Fault::expected(format!("server time: {expected}")).got(printed.server_time.clone())
    })?;
    // From now to the receive timestamp of that answer.
    let received = u64::from_be_bytes(answer[32..40].try_into().expect("a timestamp has eight bytes"));
    let ahead = received.wrapping_sub(timestamp(request.arrived, 0.0)).cast_signed() as f64 / 4_294_967_296.0;
    ensure((printed.offset - ahead).abs() < 2.0, || {
        Fault::expected(format!("an offset of {ahead:+} s, give or take 2 s"))
            .got(format!("{:+} s", printed.offset))
    })
}

fn ignores_an_answer_from_elsewhere(bench: &mut Bench) -> Result<(), Fault> {
    let (server, stranger) = (TimeServer::start(bench)?, TimeServer::start(bench)?);
    let client = server.visit(bench, &PATIENT)?;
    let request = server.request()?;
    bench.remark("the next datagram comes from another port");
    stranger.answers(&request, 1000.0)?;
    server.answers(&request, -7.5)?;
    expect_offset(&printed(bench, client)?, -7.5)
}
