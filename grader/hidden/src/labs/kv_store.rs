//! Lab 14, hidden half: a store of keys and values.

use std::time::{Duration, Instant};

use checks::labs::kv_store::{ask, expect_reply, expect_service, kv_server};
use checks::{Bench, Check, Fault, Lab, PATIENCE, SLACK, Server, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::kv_store::LAB.with(include_str!("../../signatures/kv-store.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("takes-commands-cut-anywhere", 8, takes_commands_cut_anywhere)
        .stage(4)
        .says("commands that arrive byte by byte, with `\\r\\n`, or last and without a newline get the same replies")
        .reads("What could go wrong")
        .hints([
            "What does your server do with `SET k v` when the newline hasn't come yet? And with a `\\r` in front of it?",
            "A command is complete with its newline, or with the client's end. A `\\r` before the newline belongs to the line's end. Book: \"The contract\".",
            "match read_line()? { Whole(line) | Tail(line) => answer(line.strip_suffix(b\"\\r\").unwrap_or(line)), End => break, … }",
        ]),
    check("answers-error-to-what-is-no-command", 8, answers_error_to_what_is_no_command)
        .stage(4)
        .says("`SET k`, `FOO`, `GET a b`, an empty line and bytes that are no text are answered with `ERROR` each, and the conversation goes on")
        .reads("What could go wrong")
        .hints([
            "What is the second word of `GET`?",
            "A stranger wrote that line: any part of it may be missing, or be one too many, or be no text. Each is a reply, not a panic, and not the end. Book: \"What could go wrong\".",
            "let (key, value) = rest.split_once(' ').ok_or(ParseError::NoValue)?;   // and no index, no unwrap",
        ]),
    check("limits-the-length-of-a-line", 6, limits_the_length_of_a_line)
        .stage(4)
        .says("a line over `--max-line` bytes is answered with `ERROR` and the end, costs no memory, and harms nobody")
        .reads("What could go wrong")
        .hints([
            "How much memory does a client without newlines cost you?",
            "Reading stops where the limit is reached. The rest of that line can't be skipped: say so, and close with `labkit::close`, or an RST may overtake your answer. Book: \"What could go wrong\".",
            "Line::TooLong => { write_all(b\"ERROR\\n\")?; labkit::close(stream)?; return Err(…) }",
        ]),
    check("leaves-a-client-that-does-not-finish", 6, leaves_a_client_that_does_not_finish)
        .stage(4)
        .says("with `--idle-timeout 1` neither a silent client, nor one that says a byte now and then, keeps the next one waiting for more than 1.6 seconds")
        .reads("One at a time")
        .hints([
            "Somebody connects and says nothing. Who else waits, and for how long?",
            "A socket's timeout begins anew with every byte; a deadline stands until the command is complete. And whoever was silent for so long needs no second of draining. Book: \"One at a time\".",
            "connection.renew(idle_timeout) after each reply, and nowhere else; an error of kind TimedOut ends this client, at once",
        ]),
    check("holds-ten-thousand-keys", 4, holds_ten_thousand_keys)
        .stage(4)
        .says("overwritten and deleted values, ten thousand keys, and keys and values that are not ASCII are right")
        .reads("What could go wrong")
        .hints([
            "Which part of your code counts, and what does it count: bytes, or characters?",
            "`é` is one character and two bytes. Places in a `str` are bytes: take them from `split_once` or `find`, and never from `chars().count()`. Book: \"What could go wrong\".",
            "rest.split_once(' '); self.0.insert(key, value)",
        ]),
    check("a-reset-leaves-half-a-command-undone", 4, a_reset_leaves_half_a_command_undone)
        .stage(4)
        .says("a client that resets in the middle of a command has changed nothing, and the next one is served")
        .reads("What could go wrong")
        .hints([
            "What is in your buffer when `read` fails?",
            "An end (`Ok(0)`) says that all has come. An error says that something is missing: what is there then is no command. Book: \"What could go wrong\".",
            "let line = read_line(&mut reader, max)?;   // an error leaves the client, and drops what came before it",
        ]),
    check("client-copes-with-any-server", 4, client_copes_with_any_server)
        .stage(4)
        .says("the client joins a reply in pieces, ends with exit code 6 if the server closes before it is complete, and sends no command with a line break in it")
        .reads("Build it, stage 3: the client")
        .hints([
            "Your client reads from TCP, too. And who says that a value comes from a person at a keyboard?",
            "A reply is complete with its newline, and an end before that is no reply. A value with a newline in it would be two commands: refuse it. Book: \"Build it, stage 3: the client\".",
            "if cmd.contains('\\n') { return Err(LineBreak) }; match read_line()? { Whole(line) => …, Tail(_) | End => Err(ClosedEarly), … }",
        ]),
];

fn takes_commands_cut_anywhere(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &[])?;
    let [key, value] = [(); 2].map(|()| bench.random_word(4));
    let mut client = server.connect_as("A")?;
    for byte in format!("SET {key} {value}").bytes() {
        client.send_and_wait_until_read(&[byte])?;
        client.expect_silence()?;
    }
    client.send(b"\n")?;
    client.expect_line("OK")?;
    expect_reply(&mut client, &format!("GET {key}\r"), &value)?;

    let other = format!("{value} {key}");
    expect_reply(&mut client, &format!("set {key} {other}\r"), "OK")?;
    client.send(format!("Get {key}").as_bytes())?;
    client.fin()?;
    client.expect_line(&other)?;
    client.expect_eof()
}

fn answers_error_to_what_is_no_command(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &[])?;
    let mut client = server.connect_as("A")?;
    let word = bench.random_word(4);
    expect_reply(&mut client, &format!("SET k {word}"), "OK")?;
    for wrong in
        ["SET k", "SET", "SET  k v", "FOO", "FOO k v", "GET", "GET ", "GET k k", " GET k", "DELETE k k", ""]
    {
        expect_reply(&mut client, wrong, "ERROR")?;
    }
    // Verbs are words of ASCII: this one is written with the long s, whose capital is an S.
    expect_reply(&mut client, "\u{17f}ET k v", "ERROR")?;
    client.send(b"SET k \xff\xfe\n")?;
    client.expect_line("ERROR")?;
    expect_reply(&mut client, "GET k", &word)?;
    client.close();
    expect_service(bench, &mut server.connect_as("B")?)
}

fn limits_the_length_of_a_line(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = kv_server(bench, &[])?;
    let mut allowed = server.connect_as("A")?;
    let longest = "y".repeat(65_536 - "SET k ".len());
    expect_reply(&mut allowed, &format!("SET k {longest}"), "OK")?;
    expect_reply(&mut allowed, "GET k", &longest)?;
    allowed.close();

    for length in [70_000, 200_000] {
        // All of it is there before the server reads anything: much of it, when it sees that this is too long.
        server.program().pause()?;
        let mut client = server.connect_as("B")?;
        client.send(&vec![b'x'; length])?;
        server.program().resume()?;
        client.expect_line("ERROR")?;
        client.expect_eof()?;
        client.close();
    }

    let before = server.facts().peak_resident()?;
    let mut flood = server.connect_as("C")?;
    flood.send_until_refused(&[b'x'; 64 << 10], 800)?;
    flood.close();
    // 50 MiB without a newline.
    server.facts().expect_growth_within(before, 8 << 20)?;
    expect_service(bench, &mut server.connect_as("D")?)
}

fn leaves_a_client_that_does_not_finish(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &["--idle-timeout", "1"])?;
    expect_the_next_in_time(bench, &server, b"")?;
    // One byte every 0.3 seconds: no read waits for as long as a second.
    expect_the_next_in_time(bench, &server, b"SET k")?;

    // It is no limit for the whole conversation: each complete command begins it anew.
    let server = kv_server(bench, &["--idle-timeout", "2"])?;
    let mut patient = server.connect_as("C")?;
    for _ in 0..3 {
        expect_service(bench, &mut patient)?;
        patient.expect_nothing_for(Duration::from_millis(750))?;
    }
    expect_service(bench, &mut patient)
}

/// Lets A dribble these bytes and nothing more, with B behind it in the queue: B is served when A's second is over.
fn expect_the_next_in_time(bench: &mut Bench, server: &Server, bytes: &[u8]) -> Result<(), Fault> {
    const IDLE: Duration = Duration::from_secs(1);
    const PAUSE: Duration = Duration::from_millis(300);
    const LATEST: Duration = Duration::from_millis(1100);
    let connected = Instant::now();
    let mut slow = server.connect_as("A")?;
    let mut next = server.connect_as("B")?;
    let [key, value] = [(); 2].map(|()| bench.random_word(6));
    next.send(format!("SET {key} {value}\n").as_bytes())?;
    for byte in bytes {
        slow.send(&[*byte])?;
        if slow.wait_for_anything(PAUSE)?.is_some() {
            break;
        }
    }
    let limit = (LATEST + SLACK).saturating_sub(connected.elapsed());
    let expected =
        || Fault::expected(format!("B to be served {IDLE:?} to {:?} after A came", LATEST + SLACK));
    let served = next.wait_for_anything(limit)?;
    let Some(at) = served else {
        return Err(expected().but_waited("it waits still, and so does A"));
    };
    let took = at - connected;
    ensure(took >= IDLE, || expected().got(format!("it was after {:.2} s", took.as_secs_f64())))?;
    next.expect_line("OK")?;
    slow.expect_eof()?;
    next.fin()?;
    next.expect_eof()
}

fn holds_ten_thousand_keys(bench: &mut Bench) -> Result<(), Fault> {
    const KEYS: usize = 10_000;
    const AT_ONCE: usize = 500;
    let server = kv_server(bench, &[])?;
    let mut client = server.connect()?;
    let [first, second] = [(); 2].map(|()| bench.random_word(5));
    for (command, reply) in [
        (format!("SET ключ {first} né"), "OK".to_owned()),
        ("GET ключ".to_owned(), format!("{first} né")),
        (format!("SET ключ {second}"), "OK".to_owned()),
        ("GET ключ".to_owned(), second.clone()),
        (format!("SET é {first}"), "OK".to_owned()),
        ("DELETE ключ".to_owned(), "OK".to_owned()),
        ("DELETE ключ".to_owned(), "ERROR".to_owned()),
        ("GET é".to_owned(), first.clone()),
        ("GET É".to_owned(), "ERROR".to_owned()),
    ] {
        expect_reply(&mut client, &command, &reply)?;
    }

    let numbers: Vec<usize> = (0..KEYS).collect();
    for some in numbers.chunks(AT_ONCE) {
        let commands: String = some.iter().map(|n| format!("SET {first}{n} {second}{n}\n")).collect();
        client.send(commands.as_bytes())?;
        client.expect_bytes("OK\n".repeat(some.len()).as_bytes())?;
    }
    for some in numbers.chunks(AT_ONCE) {
        let commands: String = some.iter().map(|n| format!("GET {first}{n}\n")).collect();
        let values: String = some.iter().map(|n| format!("{second}{n}\n")).collect();
        client.send(commands.as_bytes())?;
        client.expect_bytes(values.as_bytes())?;
    }
    Ok(())
}

fn a_reset_leaves_half_a_command_undone(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &[])?;
    let [key, old, new] = [(); 3].map(|()| bench.random_word(6));
    for half in [format!("SET {key} {new}"), format!("DELETE {key}")] {
        let mut rude = server.connect_as("A")?;
        expect_reply(&mut rude, &format!("SET {key} {old}"), "OK")?;
        rude.send_and_wait_until_read(half.as_bytes())?;
        rude.reset()?;
        let mut next = server.connect_as("B")?;
        expect_reply(&mut next, &format!("GET {key}"), &old)?;
        next.fin()?;
        next.expect_eof()?;
    }
    Ok(())
}

fn client_copes_with_any_server(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let [key, value] = [(); 2].map(|()| bench.random_word(6));
    let args = ["--port", &listener.port(), "GET", &key];

    let client = bench.start("kv-client", args)?;
    let mut server = listener.accept(client.pid())?;
    server.expect_line(&format!("GET {key}"))?;
    server.send_and_wait_until_read(value.as_bytes())?;
    server.send(b" and more\n")?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&format!("{value} and more\n"))?;

    // Half a reply is none, and nobody is to take it for a value.
    let client = bench.start("kv-client", args)?;
    let mut server = listener.accept(client.pid())?;
    server.expect_line(&format!("GET {key}"))?;
    server.send_and_wait_until_read(value.as_bytes())?;
    server.close();
    bench.end_of(client, PATIENCE)?.code(6)?.stdout_is("")?;

    let two = format!("{value}\nDELETE {key}");
    ask(bench, &listener.port(), &["SET", &key, &two])?.code(2)?.stdout_is("")?;
    ensure(listener.nobody_came(), || {
        Fault::expected("no connection for a command that is two lines").got("a connection")
    })
}
