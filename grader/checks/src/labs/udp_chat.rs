//! Lab 11: a chat over UDP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::{Bench, Check, Fault, Lab, PATIENCE, Server, UdpPeer, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "udp-chat",
    number: 11,
    title: "A chat over UDP",
    signatures: include_str!("../../signatures/udp-chat.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("tells-the-others-who-joins", 10, tells_the_others_who_joins)
        .stage(1)
        .says("`/join Bob` is told to everybody who is there as `[SERVER] 'Bob' joined the chat`, and not to Bob")
        .reads("Build it, stage 1: who is there")
        .hints([
            "Who knows already that Bob has joined?",
            "The room is a map from addresses to members. Everybody in it is told, except the address that the datagram came from. Book: \"Build it, stage 1: who is there\".",
            "members.insert(from, Member { … }); for each address in members, if address != from { out.push((address, notice)) }",
        ]),
    check("asks-strangers-to-join-first", 6, asks_strangers_to_join_first)
        .stage(1)
        .says("who talks without having joined gets `[SERVER] join first: /join <nickname>`, and nobody else gets anything")
        .reads("Build it, stage 1: who is there")
        .hints([
            "Whose name would stand before the text?",
            "The first datagram that you see of somebody need not be the first that was sent: the /join may be lost. Book: \"Why the name has a word of its own\".",
            "if !members.contains_key(&from) { return vec![(from, join_first)] }",
        ]),
    check("passes-a-message-to-all-but-its-sender", 12, passes_a_message_to_all_but_its_sender)
        .stage(2)
        .says("Alice's `hello` reaches everybody else as `Alice: hello`, and not Alice")
        .reads("Build it, stage 2: talk")
        .hints([
            "What does Alice see on her screen already?",
            "What she typed. Send to each member whose address is not the sender's. Book: \"Build it, stage 2: talk\".",
            "for address in members.keys() if address != from { out.push((address, format!(\"{nick}: {text}\"))) }",
        ]),
    check("refuses-a-nickname-that-is-taken", 6, refuses_a_nickname_that_is_taken)
        .stage(2)
        .says("who wants the name of somebody else is refused, and the first one keeps it")
        .reads("Build it, stage 2: talk")
        .hints([
            "Two members of one name: who has said what?",
            "Before you put somebody into the map, look whether *another* address has this name. Book: \"The contract\".",
            "if members.iter().any(|(a, m)| *a != from && m.nick == nick) { return vec![(from, taken)] }",
        ]),
    check("tells-the-others-who-leaves", 8, tells_the_others_who_leaves)
        .stage(2)
        .says("`/leave` is told to everybody who is still there, and who has left is a stranger again")
        .reads("Build it, stage 2: talk")
        .hints([
            "Who needs to know that Bob has gone: Bob?",
            "First take the member out of the map, then tell all who are still in it. Book: \"Build it, stage 2: talk\".",
            "if let Some(member) = members.remove(&from) { tell all in members that member.nick left }",
        ]),
    check("logs-who-joined-from-where", 4, logs_who_joined_from_where)
        .stage(2)
        .says("stderr has a line with the nickname and the address with its port when somebody joins")
        .reads("Build it, stage 1: who is there")
        .hints([
            "What would you need to know if somebody misbehaved?",
            "labkit's `log!` writes the time, and it goes to stderr at once. What you print to `out` is seen when it is flushed. Book: \"Build it, stage 1: who is there\".",
            "labkit::log!(info, \"{from} joined as '{nick}'\")",
        ]),
    check("client-shows-what-comes-while-it-waits", 8, client_shows_what_comes_while_it_waits)
        .stage(4)
        .says("on a terminal the client asks for a nickname, shows what arrives while nothing is typed, and `/quit` leaves with exit code 0")
        .reads("Build it, stage 4: two things at once")
        .hints([
            "What is your program doing while it waits for the keyboard?",
            "A thread that waits for the keyboard can't wait for the network. Two threads can, and one channel brings together what they get. Book: \"Build it, stage 4: two things at once\".",
            "spawn(read lines → channel); spawn(recv datagrams → channel); loop { match channel.recv() { Typed => send, Heard => print } }",
        ]),
    check("client-keeps-itself-alive", 4, client_keeps_itself_alive)
        .stage(4)
        .says("the client sends `/ping` every `--ping-interval`, also while it hears something all the time")
        .reads("A deadline is a moment")
        .hints([
            "When does your wait for the next ping begin anew?",
            "A timeout that begins again with each event never ends while events come. Keep the moment of the next ping, and wait for what is left. Book: \"A deadline is a moment\".",
            "let mut next = now + interval; loop { if now >= next { ping; next = now + interval } recv_timeout(next - now) }",
        ]),
    check("uses-the-agreed-defaults", 2, uses_the_agreed_defaults)
        .stage(4)
        .says("without flags the server listens on 127.0.0.1:8888, the client finds it there, and `--help` tells this and the times of 60 s and 15 s")
        .reads("The contract")
        .hints([
            "Who has to know a port beforehand: the server, the client, or both?",
            "A port is an agreement; this one is in the contract, and so are the two times. Book: \"The contract\".",
            "default_port() = 8888, default_timeout() = 60.0, default_ping_interval() = 15.0",
        ]),
];

/// Starts the server on a free port.
pub fn chat_server(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("udp-chat-server", ["--port", "0"])
}

/// Somebody at a server, played by the grader.
#[derive(Debug)]
pub struct Guest {
    peer: UdpPeer,
    server: SocketAddr,
}

impl Guest {
    /// Somebody who has said nothing yet; the story calls them by this name.
    pub fn stranger(bench: &mut Bench, server: &Server, name: &str) -> Result<Guest, Fault> {
        Ok(Guest { peer: bench.udp_peer_as(name)?, server: server.address() })
    }

    /// Somebody at that address, who has said nothing yet.
    pub fn stranger_on(
        bench: &mut Bench,
        server: &Server,
        address: &str,
        name: &str,
    ) -> Result<Guest, Fault> {
        Ok(Guest { peer: bench.udp_peer_on(address, name)?, server: server.address() })
    }

    /// Somebody who joins under that name, which all who are there already are told.
    pub fn joins(bench: &mut Bench, server: &Server, nick: &str, there: &[&Guest]) -> Result<Guest, Fault> {
        let guest = Guest::stranger(bench, server, nick)?;
        guest.joins_as(nick, there)?;
        Ok(guest)
    }

    /// Joins under that name, which all who are there already are told.
    pub fn joins_as(&self, nick: &str, there: &[&Guest]) -> Result<(), Fault> {
        self.says(&format!("/join {nick}"))?;
        all_hear(there, &format!("[SERVER] '{nick}' joined the chat"))
    }

    /// Sends a datagram of text to the server.
    pub fn says(&self, text: &str) -> Result<(), Fault> {
        self.sends(text.as_bytes())
    }

    /// Sends a datagram to the server.
    pub fn sends(&self, payload: &[u8]) -> Result<(), Fault> {
        self.peer.send(self.server, payload)
    }

    /// Expects this as the next datagram, and from the server.
    pub fn hears(&self, text: &str) -> Result<(), Fault> {
        let from = self.peer.expect(text.as_bytes())?;
        ensure(from == self.server, || {
            Fault::expected(format!("a datagram from the server's own address {}", self.server))
                .got(format!("one from {from}"))
        })
    }

    /// The socket behind it.
    pub fn peer(&self) -> &UdpPeer {
        &self.peer
    }
}

/// Expects this as the next datagram that each of them gets.
pub fn all_hear(guests: &[&Guest], text: &str) -> Result<(), Fault> {
    guests.iter().try_for_each(|guest| guest.hears(text))
}

/// Alice, Bob and Carol, who have joined and have read all that they were told.
pub fn three_guests(bench: &mut Bench, server: &Server) -> Result<[Guest; 3], Fault> {
    let alice = Guest::joins(bench, server, "Alice", &[])?;
    let bob = Guest::joins(bench, server, "Bob", &[&alice])?;
    let carol = Guest::joins(bench, server, "Carol", &[&alice, &bob])?;
    Ok([alice, bob, carol])
}

fn tells_the_others_who_joins(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let bob = Guest::joins(bench, &server, "Bob", &[&alice])?;
    // The first that Bob hears is about somebody else.
    let nick = bench.random_word(8);
    Guest::joins(bench, &server, &nick, &[&alice, &bob]).map(drop)
}

fn asks_strangers_to_join_first(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let stranger = Guest::stranger(bench, &server, "stranger")?;
    let word = bench.random_word(8);
    for text in ["hello", &word, "/ping"] {
        stranger.says(text)?;
        stranger.hears("[SERVER] join first: /join <nickname>")?;
    }
    // The next that Alice hears, and so she has heard nothing before.
    stranger.joins_as("Bob", &[&alice])
}

fn passes_a_message_to_all_but_its_sender(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let [alice, bob, carol] = three_guests(bench, &server)?;
    alice.says("hello")?;
    all_hear(&[&bob, &carol], "Alice: hello")?;
    let word = bench.random_word(8);
    carol.says(&format!("chào {word}"))?;
    // The next that Alice hears, and so she has not heard herself.
    all_hear(&[&alice, &bob], &format!("Carol: chào {word}"))
}

fn refuses_a_nickname_that_is_taken(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let other = Guest::stranger(bench, &server, "another Alice")?;
    other.says("/join Alice")?;
    other.hears("[SERVER] nickname 'Alice' is taken")?;
    other.joins_as("Bob", &[&alice])?;
    let word = bench.random_word(8);
    alice.says(&word)?;
    other.hears(&format!("Alice: {word}"))
}

fn tells_the_others_who_leaves(bench: &mut Bench) -> Result<(), Fault> {
    let server = chat_server(bench)?;
    let [alice, bob, carol] = three_guests(bench, &server)?;
    bob.says("/leave")?;
    all_hear(&[&alice, &carol], "[SERVER] 'Bob' left the chat")?;
    let word = bench.random_word(8);
    bob.says(&word)?;
    bob.hears("[SERVER] join first: /join <nickname>")?;
    carol.says(&word)?;
    alice.hears(&format!("Carol: {word}"))
}

fn logs_who_joined_from_where(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = chat_server(bench)?;
    let nick = bench.random_word(8);
    let guest = Guest::joins(bench, &server, &nick, &[])?;
    let address = guest.peer().address()?.to_string();
    server.program().wait_for_stderr(&format!("a line with {address} and {nick}"), |line| {
        (line.contains(&address) && line.contains(&nick)).then_some(())
    })
}

fn client_shows_what_comes_while_it_waits(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("client");
    let server = bench.udp_peer()?;
    let mut terminal = bench.terminal("udp-chat-client", ["--server", &server.address()?.to_string()])?;
    terminal.expect("Enter nickname: ")?;
    terminal.type_line("Alice")?;
    let client = server.expect(b"/join Alice")?;
    let [first, second, typed] = [(); 3].map(|()| bench.random_word(8));
    // Nothing is typed meanwhile.
    for word in [first, second] {
        server.send(client, format!("Bob: {word}").as_bytes())?;
        terminal.expect(&format!("Bob: {word}"))?;
    }
    terminal.type_line(&typed)?;
    server.expect(typed.as_bytes())?;
    terminal.type_line("/quit")?;
    server.expect(b"/leave")?;
    terminal.expect_exit(0)
}

fn client_keeps_itself_alive(bench: &mut Bench) -> Result<(), Fault> {
    const INTERVAL: Duration = Duration::from_secs(1);
    bench.plays("client");
    let server = bench.udp_peer()?;
    let address = server.address()?.to_string();
    let start = Instant::now();
    let arguments = ["--server", &address, "--nick", "Alice", "--ping-interval", "1"];
    let mut program = bench.start("udp-chat-client", arguments)?;
    let client = server.expect(b"/join Alice")?;
    for n in 1..=2 {
        expect_ping_under_chatter(&server, client)?;
        let passed = start.elapsed();
        ensure(passed >= INTERVAL * n, || {
            Fault::expected(format!("ping {n} after {:?} at the earliest", INTERVAL * n))
                .got(format!("it after {passed:?}"))
        })?;
    }
    program.write_stdin(b"/quit\n")?;
    server.expect_among_others(b"/leave")?;
    bench.end_of(program, PATIENCE)?.code(0).map(drop)
}

/// Talks to the client, far more often than it pings, until it does.
fn expect_ping_under_chatter(server: &UdpPeer, client: SocketAddr) -> Result<(), Fault> {
    const PAUSE: Duration = Duration::from_millis(50);
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        server.send(client, b"Bob: and another thing")?;
        if let Some((got, _)) = server.receive_within(PAUSE)? {
            return ensure(got == b"/ping", || {
                Fault::expected("the datagram \"/ping\"").got_bytes(b"/ping", &got)
            });
        }
    }
    Err(Fault::expected("the datagram \"/ping\"").but_waited(format!("nothing in {PATIENCE:?}")))
}

fn uses_the_agreed_defaults(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_default_ports()?;
    let mut server = bench.serve("udp-chat-server", [""; 0])?;
    let got = server.address().to_string();
    ensure(got == "127.0.0.1:8888", || {
        Fault::expected("a server without flags to listen on 127.0.0.1:8888").got(got)
    })?;
    // It joins, and its input has ended already: so it leaves.
    bench.run("udp-chat-client", ["--nick", "Alice"])?.code(0)?;
    server.program().wait_for_stderr("a line with Alice", |line| line.contains("Alice").then_some(()))?;
    for (program, default) in [
        ("udp-chat-server", "[default: 8888]"),
        ("udp-chat-server", "[default: 60]"),
        ("udp-chat-client", "[default: 127.0.0.1:8888]"),
        ("udp-chat-client", "[default: 15]"),
    ] {
        bench.run(program, ["--help"])?.code(0)?.stdout_contains(default)?;
    }
    Ok(())
}
