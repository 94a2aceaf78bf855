//! Lab 08: a server that answers datagrams, and its client.

use std::time::{Duration, Instant};

use crate::{Bench, Check, Fault, Lab, PATIENCE, Program, SLACK, Server, UdpPeer, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "udp-hello",
    number: 8,
    title: "Datagrams",
    signatures: include_str!("../../signatures/udp-hello.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("numbers-its-messages", 12, numbers_its_messages)
        .stage(1)
        .says("messages of different clients are answered `Received! Message #1`, `#2`, `#3` …, each where it came from")
        .reads("Build it, stage 1: a server")
        .hints([
            "One socket, many clients. How many counters?",
            "`recv_from` tells who wrote, and `send_to` answers there. The counter counts messages, not clients. Book: \"Build it, stage 1: a server\".",
            "let mut n = 0; loop { let (length, client) = socket.recv_from(&mut buffer)?; n += 1; socket.send_to(answer, client) }",
        ]),
    check("prints-who-wrote-and-what", 8, prints_who_wrote_and_what)
        .stage(1)
        .says("for each datagram the server prints `Message #N from` the client's address, and the text")
        .reads("The contract")
        .hints([
            "Whose address is it that you print, and how much of your buffer?",
            "`recv_from` returns the sender's address and how many bytes came; what stands behind them in the buffer is older. Book: \"The contract\".",
            "let text = String::from_utf8_lossy(&buffer[..length]); say(out, &format!(\"Message #{n} from {client}: {text}\"))",
        ]),
    check("tells-the-length", 6, tells_the_length)
        .stage(2)
        .says("with `--reply length` the answer is `Your data was N bytes long`, and N counts bytes")
        .reads("Build it, stage 2: other answers")
        .hints([
            "Are `chào` four of them, or five?",
            "A datagram holds bytes, and its length is their number; a letter may need several. Book: \"Build it, stage 2: other answers\".",
            "format!(\"Your data was {} bytes long\", message.len())",
        ]),
    check("says-nothing-if-nothing-is-to-be-said", 6, says_nothing_if_nothing_is_to_be_said)
        .stage(3)
        .says("with `--reply none` the server only prints, and a client with `--no-wait` ends at once with exit code 0")
        .reads("Build it, stage 2: other answers")
        .hints([
            "Does anybody have to answer a datagram?",
            "Nobody has to, and nobody has to wait for it. Book: \"Build it, stage 2: other answers\".",
            "Reply::None => None; and in ask: if !options.wait { return Ok(()) }",
        ]),
    check("client-prints-what-it-sent-and-got", 8, client_prints_what_it_sent_and_got)
        .stage(3)
        .says("the client sends its message in one datagram, prints `Sent to` at once, and then `Received from` with the reply as text")
        .reads("Build it, stage 3: the client")
        .hints([
            "What does a person want to see while nothing comes back? And is the reply text, or a list of numbers?",
            "Print `Sent to` as soon as the datagram is gone, and flush it. Bytes become text with `String::from_utf8_lossy`. Book: \"Build it, stage 3: the client\".",
            "socket.send_to(message, server)?; say \"Sent to …\"; recv_from; say \"Received from {sender}: {text}\"",
        ]),
    check("client-takes-any-free-port", 4, client_takes_any_free_port)
        .stage(3)
        .says("two clients at the same time have two ports")
        .reads("Build it, stage 3: the client")
        .hints([
            "Who has to know the client's port beforehand?",
            "Nobody: the server reads it in the datagram. Bound to port 0, a socket gets one that is free. Book: \"Build it, stage 3: the client\".",
            "UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?",
        ]),
    check("client-gives-up-in-time", 10, client_gives_up_in_time)
        .stage(4)
        .says("without a server the client ends after its timeout with exit code 5, and with `--connected` at once with exit code 4")
        .reads("Build it, stage 4: nobody there")
        .hints([
            "How long does `recv_from` wait if you tell it nothing?",
            "For ever. `set_read_timeout` gives it an end. And only a connected socket is told that nobody has the port. Book: \"Build it, stage 4: nobody there\".",
            "if options.connected { socket.connect(server)?; socket.send(message)? } …; socket.set_read_timeout(Some(options.timeout))?",
        ]),
    check("uses-the-agreed-defaults", 3, uses_the_agreed_defaults)
        .stage(5)
        .says("without flags the server is on 127.0.0.1:9090, the client finds it, and `--help` says so, and 2 seconds")
        .reads("The contract")
        .hints([
            "Which of these numbers do both programs have to know?",
            "All of them are in the contract. Book: \"The contract\".",
            "default_port() = 9090, default_timeout() = 2.0, default_message() = \"Hello from UDP client!\"",
        ]),
    check("asks-only-at-a-terminal", 3, asks_only_at_a_terminal)
        .stage(5)
        .says("without `--message` the client asks a person at a terminal, and takes the default where nobody sits")
        .reads("Build it, stage 5: what to say")
        .hints([
            "Who would answer a prompt in a script?",
            "`at_terminal` tells whether a person is there. Without one, don't even read the input: it may never end. Book: \"Build it, stage 5: what to say\".",
            "given? else if !at_terminal { default_message() } else { write the prompt, flush, read a line without its newline }",
        ]),
];

/// What the client says unless told otherwise.
pub const DEFAULT_MESSAGE: &str = "Hello from UDP client!";

/// Starts the server on a free port, with that kind of reply.
pub fn server(bench: &mut Bench, reply: &str) -> Result<Server, Fault> {
    bench.serve("udp-hello-server", ["--port", "0", "--reply", reply])
}

/// Starts the client towards a peer that the grader plays, and that waits no longer than the client lives.
fn client(bench: &mut Bench, peer: &mut UdpPeer, flags: &[&str]) -> Result<Program, Fault> {
    bench.plays("client");
    let client = bench.start("udp-hello-client", [&["--port", &peer.port()?], flags].concat())?;
    peer.watch(client.facts());
    Ok(client)
}

/// Says something, and expects it to be counted as message `n`, to the last byte, by the server itself.
pub fn expect_count(client: &UdpPeer, server: &Server, message: &[u8], n: u64) -> Result<(), Fault> {
    client.send(server.address(), message)?;
    expect_answer(client, server, &format!("Received! Message #{n}"))
}

/// Expects this answer, from the address that the question went to.
pub fn expect_answer(client: &UdpPeer, server: &Server, answer: &str) -> Result<(), Fault> {
    let from = client.expect(answer.as_bytes())?;
    ensure(from == server.address(), || {
        Fault::expected(format!("an answer from {}", server.address())).got(format!("one from {from}"))
    })
}

fn numbers_its_messages(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, "counter")?;
    let clients = ["A", "B", "C"].map(|label| server.udp_client(label));
    let mut n = 0;
    for client in clients {
        let client = client?;
        for _ in 0..bench.random().u32(1..=2) {
            n += 1;
            expect_count(&client, &server, bench.random_word(6).as_bytes(), n)?;
        }
    }
    Ok(())
}

fn prints_who_wrote_and_what(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = server(bench, "counter")?;
    // The second is shorter: what is left of the first in a buffer must not show.
    for (n, message) in [(1, DEFAULT_MESSAGE.to_owned()), (2, bench.random_word(9))] {
        let client = server.udp_client("")?;
        expect_count(&client, &server, message.as_bytes(), n)?;
        // It was written before the answer.
        let line = format!("Message #{n} from {}: {message}", client.address()?);
        server.program().expect_line(&line)?;
    }
    Ok(())
}

fn tells_the_length(bench: &mut Bench) -> Result<(), Fault> {
    let server = server(bench, "length")?;
    let client = server.udp_client("")?;
    let word = format!("chào {}", bench.random_word(5));
    for message in [DEFAULT_MESSAGE, "chào", &word] {
        client.send(server.address(), message.as_bytes())?;
        expect_answer(&client, &server, &format!("Your data was {} bytes long", message.len()))?;
    }
    Ok(())
}

fn says_nothing_if_nothing_is_to_be_said(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = server(bench, "none")?;
    let client = server.udp_client("")?;
    let word = bench.random_word(6);
    client.send(server.address(), word.as_bytes())?;
    server.program().expect_line(&format!("Message #1 from {}: {word}", client.address()?))?;
    client.expect_silence(server.facts(), server.address())?;

    let peer = bench.udp_peer()?;
    let word = bench.random_word(6);
    // Without `--no-wait` this would take a minute.
    let flags = ["--port", &peer.port()?, "--message", &word, "--no-wait", "--timeout", "60"];
    let ended = bench.run("udp-hello-client", flags)?.code(0)?;
    peer.expect(word.as_bytes())?;
    ended.stdout_is(&format!("Sent to {}\n", peer.address()?))?;
    Ok(())
}

fn client_prints_what_it_sent_and_got(bench: &mut Bench) -> Result<(), Fault> {
    let word = format!("chào {}", bench.random_word(7));
    for (flags, message) in [
        (vec![], DEFAULT_MESSAGE),
        (vec!["--message", &word], &word),
        (vec!["--message", "", "--connected"], ""),
    ] {
        let mut peer = bench.udp_peer()?;
        let client = client(bench, &mut peer, &flags)?;
        let from = peer.expect(message.as_bytes())?;
        // Before there is a reply.
        let sent = format!("Sent to {}", peer.address()?);
        client.expect_line(&sent)?;

        let reply = format!("Received! Message #{}", bench.random().u32(2..1000));
        peer.send(from, reply.as_bytes())?;
        let printed = format!("{sent}\nReceived from {}: {reply}\n", peer.address()?);
        bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
    }
    Ok(())
}

fn client_takes_any_free_port(bench: &mut Bench) -> Result<(), Fault> {
    let mut peer = bench.udp_peer()?;
    let mut clients = Vec::new();
    let mut ports = Vec::new();
    for word in ["first", "second"] {
        // The first waits for its answer when the second comes, and keeps its port meanwhile.
        clients.push(client(bench, &mut peer, &["--message", word, "--timeout", "60"])?);
        ports.push(peer.expect(word.as_bytes())?);
    }
    ensure(ports[0] != ports[1], || {
        Fault::expected("another port for each client").got(format!("{} for both", ports[0]))
    })?;
    for (client, from) in clients.into_iter().zip(ports) {
        let reply = bench.random_word(5);
        peer.send(from, reply.as_bytes())?;
        let printed = format!("Sent to {0}\nReceived from {0}: {reply}\n", peer.address()?);
        bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
    }
    Ok(())
}

fn client_gives_up_in_time(bench: &mut Bench) -> Result<(), Fault> {
    const TIMEOUT: Duration = Duration::from_millis(500);
    let closed = bench.closed_udp_port()?;
    let flags = ["--port", &closed.port(), "--message", "anybody there?", "--timeout", "0.5"];
    bench.plays("client");

    let start = Instant::now();
    let client = bench.start("udp-hello-client", flags)?;
    client.expect_line(&format!("Sent to {}", closed.address()))?;
    bench.end_of(client, TIMEOUT + SLACK)?.code(5)?;
    let waited = start.elapsed();
    ensure(waited >= TIMEOUT, || {
        Fault::expected(format!("the client to wait {TIMEOUT:?} for a reply"))
            .got(format!("its end after {waited:?}"))
    })?;

    // The kernel knows at once that nobody is there, and tells a connected socket.
    let patient = ["--port", &closed.port(), "--message", "anybody there?", "--timeout", "60", "--connected"];
    bench.run("udp-hello-client", patient)?.code(4)?;
    Ok(())
}

fn uses_the_agreed_defaults(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_default_ports()?;
    let no_flags = [""; 0];
    let server = bench.serve("udp-hello-server", no_flags)?;
    let address = server.address().to_string();
    ensure(address == "127.0.0.1:9090", || {
        Fault::expected("a server without flags to listen on 127.0.0.1:9090").got(&address)
    })?;
    let printed = "Sent to 127.0.0.1:9090\nReceived from 127.0.0.1:9090: Received! Message #1\n";
    bench.run("udp-hello-client", no_flags)?.code(0)?.stdout_is(printed)?;

    for (program, default) in [
        ("udp-hello-server", "[default: 9090]"),
        ("udp-hello-client", "[default: 9090]"),
        ("udp-hello-client", "[default: 2]"),
    ] {
        bench.run(program, ["--help"])?.code(0)?.stdout_contains(default)?;
    }
    Ok(())
}

fn asks_only_at_a_terminal(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("client");
    let mut peer = bench.udp_peer()?;
    let word = format!("chào {}", bench.random_word(6));
    let mut terminal = bench.terminal("udp-hello-client", ["--port", &peer.port()?])?;
    terminal.expect("Enter message: ")?;
    terminal.type_line(&word)?;
    let from = peer.expect(word.as_bytes())?;
    peer.send(from, b"Your data was received")?;
    terminal.expect(&format!("Received from {}: Your data was received", peer.address()?))?;
    terminal.expect_exit(0)?;

    // A pipe that nobody writes to and nobody closes: as in a job that runs at night.
    let client = client(bench, &mut peer, &[])?;
    let from = peer.expect(DEFAULT_MESSAGE.as_bytes())?;
    peer.send(from, b"Your data was received")?;
    let printed = format!("Sent to {0}\nReceived from {0}: Your data was received\n", peer.address()?);
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
    Ok(())
}
