//! Lab 07: a client that always says what happened.

use std::time::Duration;

use predicates::str::contains;

use crate::{Bench, Check, Deadline, Ended, Fault, Lab, Listener, PATIENCE, SLACK, Timer, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "net-errors",
    number: 7,
    title: "A client that always says what happened",
    signatures: include_str!("../../signatures/net-errors.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("sorts-errors-by-their-kind", 12, sorts_errors_by_their_kind)
        .stage(1)
        .says("twelve kinds of error, in each phase, become the variant, the exit code and the text of the contract")
        .reads("Build it, stage 1: sort the errors")
        .hints([
            "Which kinds does your match name, and what becomes of the rest?",
            "A kind that you don't know is `Other`: a guess would be a lie. And one event may have two kinds: a read that took too long is `WouldBlock` on Linux. Book: \"Build it, stage 1: sort the errors\".",
            "match error.kind() { ConnectionRefused => Refused, TimedOut | WouldBlock => TimedOut(phase), …, _ => Other(error) }",
        ]),
    check("prints-the-reply", 8, prints_the_reply)
        .stage(2)
        .says("the server gets exactly the message, and its reply (up to a newline, the end, or 1,024 bytes) is printed; exit code 0")
        .reads("Build it, stage 2: say something, hear the reply")
        .hints([
            "What exactly did the server get, and what has to come before your client prints?",
            "A reply may come in pieces, and the server need not close behind it: read until there is a newline, the end of the stream, or 1,024 bytes. Book: \"Build it, stage 2: say something, hear the reply\".",
            "while reply.len() < 1024 { n = read; if n == 0 { break } reply += …; if let Some(end) = position of b'\\n' { reply.truncate(end); break } }",
        ]),
    check("says-that-nobody-listens", 10, says_that_nobody_listens)
        .stage(2)
        .says("at a closed port it says `Connection refused - is server running?` and ends with exit code 4")
        .reads("The contract")
        .hints([
            "The text is for people. What is it that a script sees?",
            "Each class of error has an exit code of its own. Book: \"The contract\".",
            "NetError::Refused => exit::REFUSED",
        ]),
    check("says-that-a-name-is-none", 10, says_that_a_name_is_none)
        .stage(2)
        .says("a name that can't exist gives `Invalid hostname: NAME` and exit code 3, at once")
        .reads("Names have errors of their own")
        .hints([
            "What is the kind of the error that a bad name gives?",
            "It has none that you could match. What you know is *where* it happened: in `lookup`. Book: \"Names have errors of their own\".",
            "lookup(host, port, deadline).map_err(|error| if TimedOut { TimedOut(LookUp) } else { Resolve(host) })?",
        ]),
    check("gives-up-on-a-silent-server", 12, gives_up_on_a_silent_server)
        .stage(3)
        .says("a server that takes the message and says nothing: `Connection timed out while waiting for the reply`, exit code 5, on time")
        .reads("Build it, stage 3: one deadline")
        .hints([
            "How long does `read` wait when nobody says anything?",
            "For ever, unless the socket has a read timeout. And what a read reports when that is over is not `TimedOut`. Book: \"Build it, stage 3: one deadline\".",
            "stream.set_read_timeout(Some(deadline - now))?; stream.read(…), and WouldBlock becomes TimedOut(Receive)",
        ]),
    check("gives-up-on-a-deaf-port", 8, gives_up_on_a_deaf_port)
        .stage(3)
        .says("where nobody answers the handshake: `Connection timed out while connecting`, exit code 5, on time")
        .reads("Build it, stage 3: one deadline")
        .hints([
            "`connect` has no timeout of its own that you would want to wait for.",
            "Linux tries a handshake for about two minutes. `TcpStream::connect_timeout` takes one address and your patience. Book: \"Build it, stage 3: one deadline\".",
            "TcpStream::connect_timeout(&address, deadline - now)",
        ]),
];

/// What the client says unless told otherwise.
const DEFAULT_MESSAGE: &str = "Hello";

/// Starts the client towards a listener of the grader's.
pub fn visit(bench: &mut Bench, listener: &Listener, more: &[&str]) -> Result<crate::Program, Fault> {
    let port = listener.port();
    bench.start("safe-client", [&["127.0.0.1", &port], more].concat())
}

/// Runs the client to its end.
pub fn run(bench: &mut Bench, args: &[&str]) -> Result<Ended, Fault> {
    bench.plays("client");
    bench.run("safe-client", args)
}

/// Expects that the client failed with this exit code, and said why: in one line on stderr, and nothing on stdout.
pub fn expect_failure(ended: Ended, code: i32, text: &str) -> Result<(), Fault> {
    let ended = ended.code(code)?.stderr(contains(text))?;
    let lines = ended.stderr_text().lines().count();
    ensure(lines == 1, || {
        Fault::expected("one line on stderr").got(format!("{lines} lines: {:?}", ended.stderr_text()))
    })?;
    ended.stdout_is("")?;
    Ok(())
}

const TIMEOUT: Duration = Duration::from_millis(500);

fn sorts_errors_by_their_kind(bench: &mut Bench) -> Result<(), Fault> {
    let mut probe = bench.probe()?;
    let phases = [
        ("LookUp", "looking up the name"),
        ("Connect", "connecting"),
        ("Send", "sending"),
        ("Receive", "waiting for the reply"),
    ];
    for (phase, doing) in phases {
        let timed_out = format!("TimedOut({phase}) 5 Connection timed out while {doing}");
        for (kind, answer) in [
            ("ConnectionRefused", "Refused 4 Connection refused - is server running?"),
            ("TimedOut", &timed_out),
            ("WouldBlock", &timed_out),
            ("ConnectionReset", "Reset 6 Connection reset by peer"),
            ("ConnectionAborted", "Reset 6 Connection reset by peer"),
            ("BrokenPipe", "Reset 6 Connection reset by peer"),
            ("UnexpectedEof", "ClosedEarly 6 Server closed the connection without replying"),
            ("HostUnreachable", "Unreachable 7 Host/Network unreachable"),
            ("NetworkUnreachable", "Unreachable 7 Host/Network unreachable"),
            ("AddrInUse", "AddrInUse 8 Address already in use"),
            ("PermissionDenied", "Privilege 77 Permission denied"),
            // Not in the table: what the system says is all that can be told.
            ("NetworkDown", "Other 1 Error: network down"),
        ] {
            probe.expect(&format!("classify {kind} {phase}"), &format!("ok {answer}"))?;
        }
    }
    Ok(())
}

fn prints_the_reply(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;

    // The end of the stream ends a reply.
    let client = visit(bench, &listener, &[])?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(DEFAULT_MESSAGE.as_bytes())?;
    server.send_and_wait_until_read(b"H")?;
    server.send(b"i")?;
    server.fin()?;
    let (more, _) = server.read_to_end(PATIENCE)?;
    ensure(more.is_empty(), || {
        Fault::expected("nothing behind the message").got(wire::bytes::escape(&more))
    })?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is("Received: Hi\n")?;

    // So does a newline, or a reply as long as one may be: the server need not close.
    let long = bench.random_word(1024);
    let word = bench.random_word(9);
    for (reply, printed) in [(format!("{word}\nmore"), &word), (long.clone(), &long)] {
        let message = bench.random_word(7);
        let client = visit(bench, &listener, &["--message", &message])?;
        let mut server = listener.accept(client.pid())?;
        server.expect_bytes(message.as_bytes())?;
        let (first, rest) = reply.split_at(4);
        server.send_and_wait_until_read(first.as_bytes())?;
        server.send(rest.as_bytes())?;
        bench.end_of(client, PATIENCE * 2)?.code(0)?.stdout_is(&format!("Received: {printed}\n"))?;
    }
    Ok(())
}

fn says_that_nobody_listens(bench: &mut Bench) -> Result<(), Fault> {
    let closed = bench.closed_port()?;
    let ended = run(bench, &["127.0.0.1", &closed.port()])?;
    expect_failure(ended, 4, "Connection refused - is server running?")
}

fn says_that_a_name_is_none(bench: &mut Bench) -> Result<(), Fault> {
    // The resolver refuses both without asking anybody: a label has 1 to 63 characters (RFC 1035 §2.3.4).
    for name in ["a..b".to_owned(), bench.random_word(70)] {
        let at_once = Deadline::after(SLACK * 2);
        let ended = run(bench, &[&name, "80"])?;
        ensure(!at_once.expired(), || {
            Fault::expected("it to say so at once").got(format!("it took more than {:?}", at_once.limit()))
        })?;
        expect_failure(ended, 3, &format!("Invalid hostname: {name}"))?;
    }
    Ok(())
}

fn gives_up_on_a_silent_server(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let timer = Timer::start(TIMEOUT);
    let client = visit(bench, &listener, &["--timeout", "0.5"])?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(DEFAULT_MESSAGE.as_bytes())?;
    let ended = bench.end_of(client, PATIENCE * 2)?;
    timer.expect_on_time()?;
    expect_failure(ended, 5, "Connection timed out while waiting for the reply")
}

fn gives_up_on_a_deaf_port(bench: &mut Bench) -> Result<(), Fault> {
    let deaf = bench.deaf_port()?;
    let timer = Timer::start(TIMEOUT);
    let ended = run(bench, &["127.0.0.1", &deaf.port(), "--timeout", "0.5"])?;
    timer.expect_on_time()?;
    expect_failure(ended, 5, "Connection timed out while connecting")
}
