//! Lab 07, hidden half: a client that always says what happened.

use std::time::Duration;

use checks::labs::net_errors::{expect_failure, run, visit};
use checks::{Bench, Check, Fault, Lab, Listener, PATIENCE, Timer, check};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::net_errors::LAB.with(include_str!("../../signatures/net-errors.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("tells-a-reset", 8, tells_a_reset)
        .stage(2)
        .says("a server that resets the connection, before or after the message, or in the reply: `Connection reset by peer`, exit code 6")
        .reads("Two ways to end")
        .hints([
            "Somebody broke the connection. Is that the same as nobody answering, or as an orderly end?",
            "RST comes to `read` as `ConnectionReset`, and to `write` as that or as `BrokenPipe`. What was read before is no reply. Book: \"Two ways to end\".",
            "Err(error) => return Err(classify(error, phase)), for write as for read",
        ]),
    check("tells-an-early-end", 8, tells_an_early_end)
        .stage(2)
        .says("a server that finishes without a word: `Server closed the connection without replying`, exit code 6")
        .reads("Two ways to end")
        .hints([
            "What does `read` return at the end of the stream, and what have you got by then?",
            "`Ok(0)` is the end. If nothing came before it, there is no reply that could be printed. Book: \"Two ways to end\".",
            "if n == 0 && reply.is_empty() { return Err(ClosedEarly) }",
        ]),
    check("says-that-there-is-no-way", 4, says_that_there_is_no_way)
        .stage(2)
        .says("an address without a route: `Host/Network unreachable`, exit code 7, at once")
        .reads("What could go wrong")
        .hints([
            "Nobody was asked and nobody refused: who says no here?",
            "Your own kernel: it knows no way to that network. Book: \"What could go wrong\".",
            "HostUnreachable | NetworkUnreachable => Unreachable => exit::UNREACHABLE",
        ]),
    check("refuses-impossible-ports", 6, refuses_impossible_ports)
        .stage(2)
        .says("port 0, 65536, -1, `abc` or nothing: usage error, exit code 2; ports 1 and 65535 are tried")
        .reads("Build it, stage 2: say something, hear the reply")
        .hints([
            "What may a user type where you expect a number?",
            "Anything. A port has 16 bits, and 0 is none: refuse the rest with a message, and not with a panic. Book: \"Build it, stage 2: say something, hear the reply\".",
            "match text.parse::<u16>() { Ok(port) if port != 0 => Ok(port), _ => Err(\"a port is a number from 1 to 65535\") }",
        ]),
    check("keeps-one-deadline", 8, keeps_one_deadline)
        .stage(3)
        .says("the timeout is for everything: a reply that drips in, or a name server that says nothing, doesn't make it longer")
        .reads("Build it, stage 3: one deadline")
        .hints([
            "Each of your calls keeps its time. How many calls are there?",
            "A timeout for each read begins anew with each byte. Take one moment at the start, and give each call what is left until then, the lookup too. Book: \"Build it, stage 3: one deadline\".",
            "loop { stream.set_read_timeout(Some(deadline - now))?; n = stream.read(…)?; … }",
        ]),
    check("tries-all-addresses", 6, tries_all_addresses)
        .stage(4)
        .says("if the first address of a name refuses or doesn't answer, the next one is tried, before the time is over")
        .reads("Build it, stage 4: all addresses")
        .hints([
            "How many addresses has a name? And how much of your time does the first one get?",
            "`localhost` may be `::1` and `127.0.0.1`, and your server on one of them only. An address that doesn't answer must leave time for the others. Book: \"Build it, stage 4: all addresses\".",
            "for address in addresses { share = (deadline - now) / untried; if let Ok(stream) = connect_timeout(&address, share) { return Ok(stream) } }",
        ]),
];

fn tells_a_reset(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    for before in [None, Some(&b""[..]), Some(b"half a rep")] {
        let client = visit(bench, &listener, &[])?;
        let mut server = listener.accept(client.pid())?;
        if let Some(piece) = before {
            server.expect_bytes(b"Hello")?;
            server.send_and_wait_until_read(piece)?;
        }
        server.reset()?;
        expect_failure(bench.end_of(client, PATIENCE * 2)?, 6, "Connection reset by peer")?;
    }
    Ok(())
}

fn tells_an_early_end(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let client = visit(bench, &listener, &[])?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(b"Hello")?;
    server.close();
    let ended = bench.end_of(client, PATIENCE * 2)?;
    expect_failure(ended, 6, "Server closed the connection without replying")
}

fn keeps_one_deadline(bench: &mut Bench) -> Result<(), Fault> {
    const GAP: Duration = Duration::from_millis(200);
    let listener = bench.listen()?;
    let timer = Timer::start(Duration::from_secs(1));
    let client = visit(bench, &listener, &["--timeout", "1"])?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(b"Hello")?;
    // For ten times as long as the client may take.
    server.drip_until_ended(GAP, 50)?;
    let ended = bench.end_of(client, PATIENCE)?;
    timer.expect_on_time()?;
    expect_failure(ended, 5, "Connection timed out while waiting for the reply")?;

    let _name_server = bench.silent_name_server()?;
    let name = format!("{}.test", bench.random_word(8));
    let timer = Timer::start(Duration::from_millis(500));
    let ended = run(bench, &[&name, "80", "--timeout", "0.5"])?;
    timer.expect_on_time()?;
    expect_failure(ended, 5, "Connection timed out while looking up the name")
}

fn tries_all_addresses(bench: &mut Bench) -> Result<(), Fault> {
    // IPv6 first (RFC 6724), and nobody listens there.
    bench.hosts(&["127.0.0.1 localhost", "::1 localhost"])?;
    let listener = bench.listen()?;
    expect_visit(bench, "localhost", &listener)?;

    bench.hosts(&["127.0.0.1 two.test", "127.0.0.2 two.test"])?;
    let refusing = bench.closed_port()?;
    let listener = bench.listen_on(&format!("127.0.0.2:{}", refusing.port()))?;
    expect_visit(bench, "two.test", &listener)?;

    let deaf = bench.deaf_port()?;
    let listener = bench.listen_on(&format!("127.0.0.2:{}", deaf.port()))?;
    expect_visit(bench, "two.test", &listener)
}

/// Expects a client of that name to come to its second address in time, and to print the reply.
fn expect_visit(bench: &mut Bench, name: &str, second: &Listener) -> Result<(), Fault> {
    let word = bench.random_word(9);
    let client = bench.start("safe-client", [name, &second.port(), "--timeout", "3"])?;
    let mut server = second.accept(client.pid())?;
    server.expect_bytes(b"Hello")?;
    server.send(word.as_bytes())?;
    server.close();
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&format!("Received: {word}\n"))?;
    Ok(())
}

fn says_that_there_is_no_way(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_no_way_out()?;
    // A private network (RFC 1918), of which this check's kernel knows nothing.
    let address = format!("10.1.{}.{}", bench.random().u8(..), bench.random().u8(1..255));
    expect_failure(run(bench, &[&address, "80"])?, 7, "Host/Network unreachable")
}

fn refuses_impossible_ports(bench: &mut Bench) -> Result<(), Fault> {
    for port in ["0", "65536", "-1", "abc", ""] {
        run(bench, &["127.0.0.1", port])?.code(2)?.stdout_is("")?;
    }
    bench.needs_default_ports()?;
    for port in ["1", "65535"] {
        expect_failure(run(bench, &["127.0.0.1", port])?, 4, "Connection refused")?;
    }
    Ok(())
}
