//! Lab 02: a server that greets and counts, its client, and a server that tells the time.

use predicates::Predicate;
use predicates::str::is_match;

use crate::{Bench, Check, Connection, Fault, Lab, PATIENCE, Server, check, ensure, utc_now};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "tcp-hello",
    number: 2,
    title: "A first server and its client",
    signatures: include_str!("../../signatures/tcp-hello.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("says-where-it-listens", 8, says_where_it_listens)
        .stage(1)
        .says("each server prints `… listening on ADDRESS:PORT` with the port it really has, and stays")
        .reads("Build it, stage 1: where to listen")
        .hints([
            "The line is in your program. Is it outside, too?",
            "`out` is a buffer: what you write stays in it until you flush. And only the listener knows the port that the kernel chose. Book: \"Build it, stage 1: where to listen\".",
            "writeln!(out, \"TCP Server listening on {}\", listener.local_addr()?)?; out.flush()?; then loop { accept }",
        ]),
    check("numbers-its-connections", 14, numbers_its_connections)
        .stage(2)
        .says("one client after another is told `Hello! You are connection #1`, `#2`, `#3` …, and then the end")
        .reads("Build it, stage 2: client after client")
        .hints([
            "How long does your counter live, and who else waits while you read?",
            "Count outside the loop, and read once: a client that waits for your answer never ends its message. Book: \"The contract\".",
            "let mut n = 0; loop { let (stream, client) = listener.accept()?; n += 1; answer(stream, n) }",
        ]),
    check("prints-who-came-and-what-they-said", 6, prints_who_came_and_what_they_said)
        .stage(2)
        .says("the server prints `Connection #1 from` the client's address, and `Received:` its message")
        .reads("The contract")
        .hints([
            "Whose address is it that you print, and how much of your buffer?",
            "`accept` returns the client's address, `read` how many bytes it has put into the buffer; the rest of it is zeros. Book: \"The contract\".",
            "let n = stream.read(&mut buffer)?; String::from_utf8_lossy(&buffer[..n])",
        ]),
    check("client-prints-the-reply", 8, client_prints_the_reply)
        .stage(3)
        .says("the client prints with whom it is connected, sends its message and nothing else, and prints the reply as text")
        .reads("Build it, stage 3: the client")
        .hints([
            "What does a person want to see while the server is still thinking? And is the reply text, or a list of numbers?",
            "Print `Connected to` as soon as you are, and flush it. Bytes become text with `String::from_utf8_lossy`. Book: \"Build it, stage 3: the client\".",
            "connect; say \"Connected to …\"; write_all(message); read_to_end(&mut reply); say \"Received: \" + from_utf8_lossy(&reply)",
        ]),
    check("client-reports-a-refused-connection", 6, client_reports_a_refused_connection)
        .stage(3)
        .says("where nobody listens, the client ends with exit code 4 and without a panic")
        .reads("What could go wrong")
        .hints([
            "What does `connect` return when nobody is there?",
            "An error with a kind. Return it as it is: `main` turns its kind into the exit code. Book: \"What could go wrong\".",
            "let stream = TcpStream::connect(addr)?;",
        ]),
    check("tells-the-time-and-closes", 12, tells_the_time_and_closes)
        .stage(4)
        .says("each client gets the time in UTC on a line, then the end; with `--once` the first is the last")
        .reads("Build it, stage 4: the time")
        .hints([
            "When do you look at the clock, and when does the client learn that nothing more comes?",
            "Ask `now` for each client. The client sees the end when you have closed. Book: \"Build it, stage 4: the time\".",
            "loop { accept; write_all(iso8601(now()) + \"\\n\"); labkit::close(stream)?; if once { return Ok(()) } }",
        ]),
    check("uses-the-agreed-defaults", 4, uses_the_agreed_defaults)
        .stage(4)
        .says("without flags the servers listen on 127.0.0.1:8080 (backlog 5) and 127.0.0.1:65431, the client finds the first, and `--help` says so")
        .reads("The contract")
        .hints([
            "Who has to know a port beforehand: the server, the client, or both?",
            "A port is an agreement; these are in the contract. Book: \"The contract\".",
            "default_hello_port() = 8080, default_time_port() = 65431, default_backlog() = 5",
        ]),
];

/// What a client says unless told otherwise.
pub const DEFAULT_MESSAGE: &str = "Hello from client!";

/// Starts the hello server on a free port.
pub fn hello_server(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("tcp-hello-server", ["--port", "0"])
}

/// Starts the time server on a free port.
pub fn time_server(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("time-server", ["--port", "0"])
}

/// Says something, and expects to be greeted as number `n`, to the last byte.
pub fn expect_greeting(client: &mut Connection, message: &[u8], n: u64) -> Result<(), Fault> {
    client.send(message)?;
    client.expect_bytes(format!("Hello! You are connection #{n}").as_bytes())?;
    client.expect_eof()
}

/// Expects the present time on a line, and the end. Returns the time as it was written.
pub fn expect_time(client: &mut Connection) -> Result<String, Fault> {
    let line = client.line()?;
    let text = String::from_utf8_lossy(&line).into_owned();
    let near = (-2..=2).any(|seconds| text.starts_with(&utc_now(seconds).replace(' ', "T")));
    let written =
        is_match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n$").expect("the pattern is a regular expression");
    ensure(near && written.eval(&text), || {
        let now = utc_now(0).replace(' ', "T");
        Fault::expected(format!("\"{now}.ffffffZ\\n\", give or take 2 s")).got(wire::bytes::escape(&line))
    })?;
    client.expect_eof()?;
    Ok(text)
}

fn says_where_it_listens(bench: &mut Bench) -> Result<(), Fault> {
    for start in [hello_server, time_server] {
        let mut server = start(bench)?;
        // The kernel takes the connection, whatever the program is doing.
        let _client = server.connect()?;
        server.program().expect_running()?;
    }
    Ok(())
}

fn numbers_its_connections(bench: &mut Bench) -> Result<(), Fault> {
    let server = hello_server(bench)?;
    let clients = bench.random().u64(3..=6);
    for n in 1..=clients {
        let word = bench.random_word(6);
        expect_greeting(&mut server.connect()?, word.as_bytes(), n)?;
    }
    Ok(())
}

fn prints_who_came_and_what_they_said(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = hello_server(bench)?;
    for (n, message) in [(1, DEFAULT_MESSAGE.to_owned()), (2, bench.random_word(9))] {
        let mut client = server.connect()?;
        // Before a word is said.
        server.program().expect_line(&format!("Connection #{n} from {}", client.local_addr()))?;
        expect_greeting(&mut client, message.as_bytes(), n)?;
        drop(client);
        server.program().expect_line(&format!("Received: {message}"))?;
    }
    Ok(())
}

fn client_prints_the_reply(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let address = listener.address();
    let word = bench.random_word(9);
    let port = listener.port();
    for (flags, message) in [(vec![], DEFAULT_MESSAGE), (vec!["--message", &word], &word)] {
        let client = bench.start("tcp-hello-client", [vec!["--port", &port], flags].concat())?;
        let mut server = listener.accept(client.pid())?;
        server.expect_bytes(message.as_bytes())?;
        // Before there is a reply.
        client.expect_line(&format!("Connected to {address}"))?;

        let reply = format!("Hello! You are connection #{}", bench.random().u32(2..1000));
        server.send(reply.as_bytes())?;
        server.fin()?;
        let (more, _) = server.read_to_end(PATIENCE)?;
        ensure(more.is_empty(), || {
            Fault::expected("nothing behind the message").got(wire::bytes::escape(&more))
        })?;
        let printed = format!("Connected to {address}\nReceived: {reply}\n");
        bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
    }
    Ok(())
}

fn client_reports_a_refused_connection(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("client");
    let closed = bench.closed_port()?;
    bench.run("tcp-hello-client", ["--port", &closed.port()])?.code(4)?;
    Ok(())
}

fn tells_the_time_and_closes(bench: &mut Bench) -> Result<(), Fault> {
    let server = time_server(bench)?;
    let first = expect_time(&mut server.connect()?)?;
    let second = expect_time(&mut server.connect()?)?;
    ensure(first < second, || {
        Fault::expected(format!("a later time than {}", first.trim_end())).got(second.trim_end())
    })?;

    let mut once = bench.serve("time-server", ["--port", "0", "--once"])?;
    expect_time(&mut once.connect()?)?;
    once.program().expect_exit(0)
}

fn uses_the_agreed_defaults(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_default_ports()?;
    let no_flags = [""; 0];

    let hello = bench.serve("tcp-hello-server", no_flags)?;
    expect_address(&hello, "127.0.0.1:8080")?;
    let backlog = hello.backlog()?;
    ensure(backlog == 5, || Fault::expected("a backlog of 5").got(format!("{backlog}")))?;
    let printed = "Connected to 127.0.0.1:8080\nReceived: Hello! You are connection #1\n";
    bench.run("tcp-hello-client", no_flags)?.code(0)?.stdout_is(printed)?;

    let time = bench.serve("time-server", no_flags)?;
    expect_address(&time, "127.0.0.1:65431")?;
    expect_time(&mut time.connect()?)?;

    for (program, default) in [
        ("tcp-hello-server", "[default: 8080]"),
        ("tcp-hello-server", "[default: 5]"),
        ("tcp-hello-client", "[default: 8080]"),
        ("time-server", "[default: 65431]"),
    ] {
        bench.run(program, ["--help"])?.code(0)?.stdout_contains(default)?;
    }
    Ok(())
}

fn expect_address(server: &Server, address: &str) -> Result<(), Fault> {
    let got = server.address();
    ensure(got.to_string() == address, || {
        Fault::expected(format!("a server without flags to listen on {address}")).got(got.to_string())
    })
}
