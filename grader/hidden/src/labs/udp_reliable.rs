//! Lab 09, hidden half: requests over a network that loses, doubles and forges them.

use std::time::{Duration, Instant};

use checks::labs::udp_reliable::{
    LONG, REQUEST, RESPONSE, Responder, expect_gap, expect_reply, message, printed, server,
};
use checks::{Bench, Check, Deadline, Fault, Lab, PATIENCE, SLACK, Signal, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::udp_reliable::LAB.with(include_str!("../../signatures/udp-reliable.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("loses-no-heart-over-a-refusal", 6, loses_no_heart_over_a_refusal)
        .stage(4)
        .says("a client that is refused at first goes on by its schedule, and finds the server that starts a moment later")
        .reads("A connected socket")
        .hints([
            "What does `recv` return on a connected socket when nobody listens at the other end?",
            "`ConnectionRefused`. It says that one datagram was lost, like silence, only sooner; the wait goes on until its deadline. Book: \"A connected socket\".",
            "Err(error) if error.kind() == ConnectionRefused => continue, and the deadline decides",
        ]),
    check("ignores-a-response-to-another-request", 8, ignores_a_response_to_another_request)
        .stage(4)
        .says("a response of the server with another id is ignored, and the one with the right id is printed")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "Your last run gave up a moment ago. Where is the answer to its request now?",
            "On its way, perhaps to you. Only the id tells to which request a response belongs. Book: \"The contract\".",
            "Ok(Msg { kind: Kind::Response, id: same, payload }) if same == id => the response; all else: wait on",
        ]),
    check("keeps-its-deadline-among-strays", 8, keeps_its_deadline_among_strays)
        .stage(4)
        .says("datagrams that are no response, one every 10 ms, neither extend the wait nor end it")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "When does your timer start, and what starts it again?",
            "A read timeout counts from each `recv`. The attempt has one deadline; each `recv` gets what is left until then. Book: \"Deadlines\".",
            "deadline = now + delay; loop { left = deadline - now; if left is zero { return None } set_read_timeout(left); recv … }",
        ]),
    check("repeats-the-same-datagram", 6, repeats_the_same_datagram)
        .stage(4)
        .says("all attempts of a request are the same bytes, the id included")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "The answer to your first attempt comes during the second. Do you know it?",
            "It is the answer to the same question, if the question has kept its id. Book: \"The contract\".",
            "let id = random_id(); let request = encode(…); for delay in delays { send(&request) … }",
        ]),
    check("ignores-what-is-no-message", 4, ignores_what_is_no_message)
        .stage(4)
        .says("datagrams of 0, 3 or 7 bytes, of another magic number, version or type harm neither client nor server, and are no answer")
        .reads("What could go wrong")
        .hints([
            "How long is the datagram that somebody else sent you?",
            "As long as they liked. Look at its length before you look at its bytes, and then at every field. Book: \"What could go wrong\".",
            "let Some((header, payload)) = datagram.split_first_chunk::<HEADER>() else { return Err(TooShort) };",
        ]),
    check("chooses-ids-that-nobody-can-guess", 4, chooses_ids_that_nobody_can_guess)
        .stage(4)
        .says("the ids of twenty runs are neither the same, nor consecutive, nor near to each other")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "If a stranger has seen the id of one run, what do they know of the next?",
            "Nothing, if it is random. A counter, a process id and a clock are known or guessed. Book: \"Build it, stage 4: a client that doesn't\".",
            "RandomState::new().hash_one(0) as u32",
        ]),
    check("prints-a-doubled-response-once", 4, prints_a_doubled_response_once)
        .stage(4)
        .says("a response that the network doubles is printed once, and no request follows")
        .reads("What could go wrong")
        .hints([
            "When the response is there, what is left to do?",
            "Nothing. Whatever else comes for this socket is nobody's any more. Book: \"What could go wrong\".",
            "if let Some(payload) = wait(…)? { return Ok(payload) }",
        ]),
];

fn loses_no_heart_over_a_refusal(bench: &mut Bench) -> Result<(), Fault> {
    // A port of which no client's own can be by chance: below those that the kernel chooses from.
    bench.needs_default_ports()?;
    bench.plays("client");
    let before = Instant::now();
    let client = bench.start("udp-reliable", ["client", "127.0.0.1", "--max", "20"])?;
    client.expect_line("Waiting up to 0.4 seconds for a reply")?;
    // Two attempts were refused.
    let (waited, least) = (before.elapsed(), Duration::from_millis(100 + 200));
    ensure(waited >= least, || {
        Fault::expected(format!("the third attempt after {least:?}, though the first two were refused"))
            .got(format!("it came after {waited:?}"))
    })?;
    let server = Responder::start_on(bench, "127.0.0.1:1060")?;
    let reply = bench.random_word(9);
    server.answer(&server.request()?, reply.as_bytes())?;
    expect_reply(bench, client, &reply)
}

fn ignores_a_response_to_another_request(bench: &mut Bench) -> Result<(), Fault> {
    let server = Responder::start(bench)?;
    let client = server.visit(bench, &LONG)?;
    let request = server.request()?;
    // One bit is wrong, in the upper half of the id and in the lower.
    for bit in [bench.random().u32(16..32), bench.random().u32(..16)] {
        server.send(&request, &message(RESPONSE, request.id ^ 1 << bit, b"of another request"))?;
    }
    let reply = bench.random_word(9);
    server.answer(&request, reply.as_bytes())?;
    expect_reply(bench, client, &reply)
}

fn keeps_its_deadline_among_strays(bench: &mut Bench) -> Result<(), Fault> {
    const DELAY: Duration = Duration::from_millis(100);
    let server = Responder::start(bench)?;
    let client = server.visit(bench, &[])?;
    let first = server.request()?;
    let deadline = Deadline::after(DELAY + SLACK);
    let second = loop {
        server.send(&first, &message(RESPONSE, !first.id, b"stray"))?;
        if let Some(second) = server.request_within(Duration::from_millis(10))? {
            break second;
        }
        ensure(!deadline.expired(), || {
            Fault::expected(format!(
                "the second request {DELAY:?} after the first, whatever arrives meanwhile"
            ))
            .but_waited(format!("no request in {:?}, with a stray every 10 ms", deadline.limit()))
        })?;
    };
    expect_gap(&first, &second, DELAY)?;
    let reply = bench.random_word(9);
    server.answer(&second, reply.as_bytes())?;
    expect_reply(bench, client, &reply)
}

fn repeats_the_same_datagram(bench: &mut Bench) -> Result<(), Fault> {
    let server = Responder::start(bench)?;
    let client = server.visit(bench, &["--initial", "0.02", "--max", "20"])?;
    let first = server.request()?;
    let mut last = first.clone();
    for attempt in 2..=4 {
        last = server.request()?;
        ensure(last.datagram == first.datagram, || {
            Fault::expected(format!("attempt {attempt} to be the same datagram as the first"))
                .got_bytes(&first.datagram, &last.datagram)
        })?;
    }
    let reply = bench.random_word(9);
    server.answer(&last, reply.as_bytes())?;
    expect_reply(bench, client, &reply)
}

/// Datagrams that are no message of that type, though they have the right id.
fn no_messages(kind: u8, id: u32) -> Vec<Vec<u8>> {
    let right = message(kind, id, b"not to be taken");
    let with = |at: usize, byte: u8| {
        let mut wrong = right.clone();
        wrong[at] = byte;
        wrong
    };
    let mut datagrams: Vec<Vec<u8>> = [0, 1, 3, 7].map(|length| right[..length].to_vec()).into();
    // Another magic number, another version, another type.
    datagrams.extend([with(0, b'P'), with(1, b'N'), with(2, 2), with(3, 0), with(3, 3 - kind), with(3, 3)]);
    datagrams
}

fn ignores_what_is_no_message(bench: &mut Bench) -> Result<(), Fault> {
    let responder = Responder::start(bench)?;
    let client = responder.visit(bench, &LONG)?;
    let request = responder.request()?;
    for datagram in no_messages(RESPONSE, request.id) {
        responder.send(&request, &datagram)?;
    }
    let reply = bench.random_word(9);
    responder.answer(&request, reply.as_bytes())?;
    expect_reply(bench, client, &reply)?;

    // What is no request takes no letter of the script.
    let server = server(bench, &["--drop-script", "PD"])?;
    let peer = bench.udp_peer()?;
    let id = bench.random().u32(..);
    for datagram in no_messages(REQUEST, id) {
        peer.send(server.address(), &datagram)?;
    }
    peer.send(server.address(), &message(REQUEST, id, b""))?;
    peer.expect(&message(RESPONSE, id, b"Your data was 0 bytes long")).map(drop)
}

fn chooses_ids_that_nobody_can_guess(bench: &mut Bench) -> Result<(), Fault> {
    let server = Responder::start(bench)?;
    let mut ids = Vec::new();
    for _ in 0..20 {
        let client = server.visit(bench, &LONG)?;
        let request = server.request()?;
        ids.push(request.id);
        server.answer(&request, b"yes")?;
        expect_reply(bench, client, "yes")?;
    }
    let (least, most) = (ids.iter().min(), ids.iter().max());
    let spread = most.zip(least).map_or(0, |(most, least)| most - least);
    // Twenty random ones lie so near to each other once in 10^40 times.
    ensure(spread > 1 << 24, || {
        Fault::expected("the ids of twenty runs to be random").got(format!("{ids:08x?}"))
    })?;
    // That two of them are the same happens once in 20 million times; that three are, never.
    ids.sort_unstable();
    ids.dedup();
    ensure(ids.len() >= 19, || {
        Fault::expected("another id in each of twenty runs").got(format!("{} different ones", ids.len()))
    })
}

fn prints_a_doubled_response_once(bench: &mut Bench) -> Result<(), Fault> {
    let server = Responder::start(bench)?;
    let mut client = server.visit(bench, &LONG)?;
    let request = server.request()?;
    // Both are there before it looks.
    client.pause()?;
    let reply = bench.random_word(9);
    server.answer(&request, reply.as_bytes())?;
    server.answer(&request, reply.as_bytes())?;
    // It may end as soon as it goes on, so nobody waits to see it going.
    client.signal(Signal::SIGCONT)?;
    let printed = printed(&request, &["20"], Some(&reply));
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
    server.expect_no_more()
}
