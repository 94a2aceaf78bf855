//! Lab 08, hidden half: a server that answers datagrams, and its client.

use std::time::Duration;

use checks::labs::udp_hello::{expect_answer, expect_count, server};
use checks::{Bench, Check, Fault, Lab, UdpPeer, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::udp_hello::LAB.with(include_str!("../../signatures/udp-hello.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("an-empty-datagram-is-a-message", 8, an_empty_datagram_is_a_message)
        .stage(2)
        .says("a datagram of 0 bytes is counted and answered like any other, and the server goes on")
        .reads("What could go wrong")
        .hints([
            "What does a length of 0 mean in a stream, and what here?",
            "In a stream it is the end. A datagram without bytes is a message without bytes: there is no end of anything. Book: \"What could go wrong\".",
            "let (length, client) = socket.recv_from(&mut buffer)?; no `if length == 0`",
        ]),
    check("takes-the-largest-datagram", 8, takes_the_largest_datagram)
        .stage(2)
        .says("datagrams of 2,000 and of 65,507 bytes are answered with their exact lengths")
        .reads("How long may it be?")
        .hints([
            "What happens to the part of a datagram for which your buffer has no room?",
            "It is thrown away, without a word. A buffer of 65,535 bytes has room for any. Book: \"How long may it be?\".",
            "let mut buffer = [0; MAX_DATAGRAM];",
        ]),
    check("takes-bytes-that-are-not-text", 6, takes_bytes_that_are_not_text)
        .stage(2)
        .says("a message that is no UTF-8 is printed with U+FFFD, answered, and harms nobody")
        .reads("What could go wrong")
        .hints([
            "Who promised you that a client sends text?",
            "A peer may send any bytes. `String::from_utf8` fails on some; `from_utf8_lossy` replaces them. Book: \"What could go wrong\".",
            "String::from_utf8_lossy(&buffer[..length])",
        ]),
    check("answers-each-its-own", 6, answers_each_its_own)
        .stage(2)
        .says("when two clients have written before the server looks, each gets the answer to its own message, and no other")
        .reads("What could go wrong")
        .hints([
            "Which client is the one that you answer?",
            "The one whose address came with this very datagram. A socket that is connected to one client doesn't hear the others. Book: \"What could go wrong\".",
            "let (length, client) = socket.recv_from(…)?; socket.send_to(answer, client); no connect, no address kept",
        ]),
    check("survives-a-client-that-cannot-be-answered", 6, survives_a_client_that_cannot_be_answered)
        .stage(2)
        .says("an answer that can't be sent does not end the server")
        .reads("What could go wrong")
        .hints([
            "Whose trouble is it when one answer can't be sent?",
            "A `?` in the loop leaves it, and the server with it. The next client has done nothing wrong. Book: \"What could go wrong\".",
            "if let Err(error) = socket.send_to(answer, client) { labkit::log!(warn, \"{client}: {error}\") }",
        ]),
    check("counts-through-a-burst", 6, counts_through_a_burst)
        .stage(2)
        .says("after 500 messages one by one, and 500 more at once, of which some may be lost, the numbers have only grown")
        .reads("What could go wrong")
        .hints([
            "How far can your counter count?",
            "A type that is too small overflows, and in a debug build that is a panic. Book: \"What could go wrong\".",
            "let mut messages: u64 = 0;",
        ]),
];

fn an_empty_datagram_is_a_message(bench: &mut Bench) -> Result<(), Fault> {
    let counting = server(bench, "counter")?;
    let client = counting.udp_client("A")?;
    expect_count(&client, &counting, b"", 1)?;
    expect_count(&client, &counting, bench.random_word(6).as_bytes(), 2)?;
    expect_count(&counting.udp_client("B")?, &counting, b"", 3)?;

    let measuring = server(bench, "length")?;
    let client = measuring.udp_client("C")?;
    client.send(measuring.address(), b"")?;
    expect_answer(&client, &measuring, "Your data was 0 bytes long")
}

fn takes_the_largest_datagram(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, "length")?;
    let client = server.udp_client("")?;
    for length in [2_000, 65_507, 1] {
        client.send(server.address(), bench.random_word(length).as_bytes())?;
        expect_answer(&client, &server, &format!("Your data was {length} bytes long"))?;
    }
    Ok(())
}

fn takes_bytes_that_are_not_text(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = server(bench, "counter")?;
    let word = bench.random_word(5);
    let client = server.udp_client("A")?;
    expect_count(&client, &server, &[b"\xff\xfe", word.as_bytes()].concat(), 1)?;
    let line = format!("Message #1 from {}: \u{fffd}\u{fffd}{word}", client.address()?);
    server.program().expect_line(&line)?;
    expect_count(&server.udp_client("B")?, &server, word.as_bytes(), 2)
}

fn answers_each_its_own(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = server(bench, "length")?;
    let (a, b) = (server.udp_client("A")?, server.udp_client("B")?);
    let at = server.address();
    // Both wait in its socket before it reads either.
    server.program().pause()?;
    a.send(at, bench.random_word(3).as_bytes())?;
    b.send(at, bench.random_word(4).as_bytes())?;
    a.send(at, bench.random_word(5).as_bytes())?;
    server.program().resume()?;
    expect_answer(&b, &server, "Your data was 4 bytes long")?;
    expect_answer(&a, &server, "Your data was 3 bytes long")?;
    expect_answer(&a, &server, "Your data was 5 bytes long")?;
    a.expect_silence(server.facts(), at)?;
    b.expect_silence(server.facts(), at)
}

fn survives_a_client_that_cannot_be_answered(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, "counter")?;
    let client = server.udp_client("A")?;
    expect_count(&client, &server, bench.random_word(6).as_bytes(), 1)?;
    bench.send_datagram_without_port(server.address(), b"don't answer")?;
    expect_count(&client, &server, bench.random_word(6).as_bytes(), 3)?;

    // This one has gone before its answer comes: nobody tells the server, on Linux.
    let gone = server.udp_client("B")?;
    gone.send(server.address(), b"bye")?;
    drop(gone);
    expect_count(&client, &server, bench.random_word(6).as_bytes(), 5)
}

fn counts_through_a_burst(bench: &mut Bench) -> Result<(), Fault> {
    const BURST: u64 = 500;
    let mut server = server(bench, "counter")?;
    let client = server.udp_client("A")?;
    for n in 1..=BURST {
        expect_count(&client, &server, n.to_string().as_bytes(), n)?;
    }

    let crowd = server.udp_client("B")?;
    server.program().pause()?;
    for n in 1..=BURST {
        crowd.send(server.address(), n.to_string().as_bytes())?;
    }
    server.program().resume()?;
    crowd.wait_until_read(server.facts(), server.address())?;
    let last = last_of_rising(&crowd, BURST)?;

    client.send(server.address(), bench.random_word(6).as_bytes())?;
    let after = number_in(&client.receive()?.0)?;
    ensure(after > last, || Fault::expected(format!("a number above {last}")).got(format!("{after}")))
}

/// Reads all answers that have come, no more than `most`, and returns the number in the last; each must be greater than the
/// one before.
fn last_of_rising(client: &UdpPeer, most: u64) -> Result<u64, Fault> {
    let (mut last, mut answers) = (most, 0);
    while let Some((answer, _)) = client.receive_within(Duration::ZERO)? {
        let number = number_in(&answer)?;
        ensure(number > last, || Fault::expected(format!("a number above {last}")).got(format!("{number}")))?;
        (last, answers) = (number, answers + 1);
    }
    ensure((1..=most).contains(&answers), || {
        Fault::expected(format!("some answers, and no more than {most}")).got(format!("{answers}"))
    })?;
    Ok(last)
}

fn number_in(answer: &[u8]) -> Result<u64, Fault> {
    let text = String::from_utf8_lossy(answer);
    let number = text.strip_prefix("Received! Message #").and_then(|number| number.parse().ok());
    number.ok_or_else(|| Fault::expected("`Received! Message #` and a number").got(text))
}
