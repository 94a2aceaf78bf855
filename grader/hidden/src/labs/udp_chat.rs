//! Lab 11, hidden half: a chat over UDP.

use std::time::{Duration, Instant};

use checks::labs::udp_chat::{Guest, all_hear, chat_server, three_guests};
use checks::{Bench, Check, Fault, Lab, Server, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::udp_chat::LAB.with(include_str!("../../signatures/udp-chat.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("joining-again-changes-nothing", 6, joining_again_changes_nothing)
        .stage(2)
        .says("a repeated `/join` is told to nobody; one under another name is told as a leave and a join")
        .reads("What could go wrong")
        .hints([
            "A client can't know whether its /join has arrived. What will a careful one do?",
            "Send it again. A request that may be repeated must have the same effect once or twice. Book: \"What could go wrong\".",
            "match members.insert(from, new) { Some(old) if old.nick == nick => nobody is told, Some(old) => left, then joined, None => joined }",
        ]),
    check("only-its-own-address-leaves", 4, only_its_own_address_leaves)
        .stage(2)
        .says("`/leave` from another port of the same machine removes nobody")
        .reads("What could go wrong")
        .hints([
            "How many programs has one machine?",
            "An address without its port names a machine. A member is both. Book: \"What could go wrong\".",
            "members.remove(&from), where from is the whole SocketAddr",
        ]),
    check("refuses-a-message-that-is-too-long", 4, refuses_a_message_that_is_too_long)
        .stage(2)
        .says("1,024 bytes are passed on whole; one more, and its sender is told so and nobody else gets anything")
        .reads("What could go wrong")
        .hints([
            "How do you learn that a datagram was longer than your buffer?",
            "You don't: the rest is thrown away without a word. Read into a buffer that is larger than the limit, then look at the length. Book: \"What could go wrong\".",
            "let mut buffer = vec![0; 65_507]; … if data.len() > 1024 { return vec![(from, too_long)] }",
        ]),
    check("keeps-terminals-and-names-clean", 6, keeps_terminals_and_names_clean)
        .stage(2)
        .says("control characters reach no terminal, by way of the server or of the client, and odd nicknames are refused")
        .reads("Text from strangers")
        .hints([
            "What does a terminal do with the byte 0x1b?",
            "It takes what follows for a command. Remove control characters before anything else is done with the text; allow in names only what can't be mistaken. Book: \"Text from strangers\".",
            "String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()); nick: 1..=16 of a-z A-Z 0-9 _ -",
        ]),
    check("forgets-who-is-silent", 8, forgets_who_is_silent)
        .stage(3)
        .says("who is silent for `--timeout` leaves, not earlier, also when nothing arrives; the name is free again, and a ping counts as a sign of life")
        .reads("Build it, stage 3: silence and failure")
        .hints([
            "If nobody sends anything, when does your loop look at the clock?",
            "`recv_from` waits for ever unless the socket has a read timeout. Wait until the next member would expire, at most. Book: \"Build it, stage 3: silence and failure\".",
            "socket.set_read_timeout(next_expiry - now); match recv_from { WouldBlock => {} … }; room.expire(now)",
        ]),
    check("serves-on-when-one-is-gone", 6, serves_on_when_one_is_gone)
        .stage(3)
        .says("a member to whom nothing can be sent any more harms nobody else")
        .reads("Build it, stage 3: silence and failure")
        .hints([
            "Whose trouble is it when one datagram can't be sent?",
            "A `?` in the loop over the members leaves it, and then the server. Log the error with the address, and go on. Book: \"Build it, stage 3: silence and failure\".",
            "for (to, payload) in out { if let Err(error) = socket.send_to(&payload, to) { log!(warn, \"{to}: {error}\") } }",
        ]),
    check("reaches-every-member", 6, reaches_every_member)
        .stage(3)
        .says("of 100 members, all that can be reached get the message, whoever can't")
        .reads("Build it, stage 3: silence and failure")
        .hints([
            "What happens to the members that stand behind the first error?",
            "An error is about one datagram. The loop goes to the end, whatever happens on the way. Book: \"Build it, stage 3: silence and failure\".",
            "inside the loop: log and continue; no break, no return, no `?`",
        ]),
];

/// Says something that nobody can have guessed, and expects it to be the next that the others hear.
fn expect_talk(bench: &mut Bench, who: &Guest, nick: &str, others: &[&Guest]) -> Result<(), Fault> {
    let word = bench.random_word(8);
    who.says(&word)?;
    all_hear(others, &format!("{nick}: {word}"))
}

fn joining_again_changes_nothing(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let [alice, bob, carol] = three_guests(bench, &server)?;
    bob.says("/join Bob")?;
    expect_talk(bench, &bob, "Bob", &[&alice, &carol])?;
    bob.says("/join Robert")?;
    all_hear(&[&alice, &carol], "[SERVER] 'Bob' left the chat")?;
    all_hear(&[&alice, &carol], "[SERVER] 'Robert' joined the chat")?;
    expect_talk(bench, &alice, "Alice", &[&bob, &carol])?;
    expect_talk(bench, &bob, "Robert", &[&alice, &carol])
}

fn only_its_own_address_leaves(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let [alice, bob, carol] = three_guests(bench, &server)?;
    let mallory = Guest::stranger(bench, &server, "Mallory")?;
    mallory.says("/leave")?;
    expect_talk(bench, &alice, "Alice", &[&bob, &carol])?;
    expect_talk(bench, &bob, "Bob", &[&alice, &carol])
}

fn refuses_a_message_that_is_too_long(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let [alice, bob, carol] = three_guests(bench, &server)?;
    let longest = bench.random_word(1024);
    bob.says(&longest)?;
    all_hear(&[&alice, &carol], &format!("Bob: {longest}"))?;
    for length in [1025, 2000, 60_000] {
        bob.says(&bench.random_word(length))?;
        bob.hears("[SERVER] message too long (max 1024 bytes)")?;
    }
    expect_talk(bench, &bob, "Bob", &[&alice, &carol])
}

fn keeps_terminals_and_names_clean(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let newcomer = Guest::stranger(bench, &server, "newcomer")?;
    for nick in ["[SERVER]", "a b", "Bob:", "Bób", "", &bench.random_word(17)] {
        newcomer.says(&format!("/join {nick}"))?;
        newcomer.hears("[SERVER] invalid nickname")?;
    }
    let nick = format!("{}-_09AZ", bench.random_word(9));
    newcomer.joins_as(&nick, &[&alice])?;
    for (sent, shown) in [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("one\r\nAlice: two\n", "oneAlice: two"),
        ("\u{9b}2J\x07\x7f\0cleared?", "2Jcleared?"),
    ] {
        newcomer.says(sent)?;
        alice.hears(&format!("{nick}: {shown}"))?;
    }
    newcomer.sends(b"\xff\xfe!")?;
    alice.hears(&format!("{nick}: \u{fffd}\u{fffd}!"))?;
    client_shows_no_control_characters(bench)
}

/// A server is a stranger, too.
fn client_shows_no_control_characters(bench: &mut Bench) -> Result<(), Fault> {
    let server = bench.udp_peer_as("hostile server")?;
    let address = server.address()?.to_string();
    let program = bench.start("udp-chat-client", ["--server", &address, "--nick", "Alice"])?;
    let client = server.expect(b"/join Alice")?;
    let word = bench.random_word(8);
    server.send(client, format!("Bob: \x1b[2J{word}\r\n").as_bytes())?;
    program.expect_line(&format!("Bob: [2J{word}"))
}

fn forgets_who_is_silent(bench: &mut Bench) -> Result<(), Fault> {
    const TIMEOUT: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(100);
    const NOTICE: &str = "[SERVER] 'Bob' left the chat";
    let server = bench.serve("udp-chat-server", ["--port", "0", "--timeout", "2"])?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let last_word = Instant::now();
    let bob = Guest::joins(bench, &server, "Bob", &[&alice])?;
    // Alice stops before Bob's time is over, so that only the clock can tell the server.
    while last_word.elapsed() < TIMEOUT * 3 / 4 {
        alice.says("/ping")?;
        if let Some((got, _)) = alice.peer().receive_within(PAUSE)? {
            return Err(Fault::expected(format!("nothing before Bob was silent for {TIMEOUT:?}"))
                .got(format!("{:?} after {:?}", String::from_utf8_lossy(&got), last_word.elapsed())));
        }
    }
    alice.hears(NOTICE)?;
    let silence = last_word.elapsed();
    ensure(silence >= TIMEOUT, || {
        Fault::expected(format!("{NOTICE:?} after {TIMEOUT:?}")).got(format!("it after {silence:?}"))
    })?;
    // The name is free, and Alice, who has pinged since, is still told.
    Guest::stranger(bench, &server, "another Bob")?.joins_as("Bob", &[&alice])?;
    bob.says("hello?")?;
    bob.hears("[SERVER] join first: /join <nickname>")
}

/// Lets somebody join from an address that is gone afterwards.
fn serves_on_when_one_is_gone(bench: &mut Bench) -> Result<(), Fault> {
    let address = bench.passing_address([10, 77, 0, 9].into())?;
    let server = chat_server(bench)?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let gone = Guest::stranger_on(bench, &server, "10.77.0.9:0", "Bob")?;
    gone.joins_as("Bob", &[&alice])?;
    let carol = Guest::joins(bench, &server, "Carol", &[&alice, &gone])?;
    address.remove()?;
    expect_talk(bench, &alice, "Alice", &[&carol])?;
    expect_talk(bench, &carol, "Carol", &[&alice])
}

fn reaches_every_member(bench: &mut Bench) -> Result<(), Fault> {
    let address = bench.passing_address([10, 77, 0, 9].into())?;
    let server = chat_server(bench)?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let gone = join_many(bench, &server, &alice, 10, "10.77.0.9:0")?;
    let others = join_many(bench, &server, &alice, 89, "127.0.0.1:0")?;
    address.remove()?;
    let word = bench.random_word(8);
    alice.says(&word)?;
    for other in &others {
        other.peer().expect_among_others(format!("Alice: {word}").as_bytes())?;
    }
    drop(gone);
    Ok(())
}

/// Lets so many join from there, one after another: Alice hears of each.
fn join_many(
    bench: &mut Bench,
    server: &Server,
    alice: &Guest,
    count: usize,
    address: &str,
) -> Result<Vec<Guest>, Fault> {
    (0..count)
        .map(|_| {
            let nick = bench.random_word(12);
            let guest = Guest::stranger_on(bench, server, address, &nick)?;
            guest.joins_as(&nick, &[alice])?;
            Ok(guest)
        })
        .collect()
}
