//! Lab 03: a blocking echo server and its interactive client.

use std::time::Duration;

use predicates::str::is_match;

use crate::{Bench, Check, Connection, Deadline, Fault, Lab, PATIENCE, Server, check, ensure, utc_now};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "tcp-echo",
    number: 3,
    title: "A blocking echo server",
    signatures: include_str!("../../signatures/tcp-echo.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("echoes-a-line", 10, echoes_a_line)
        .stage(1)
        .says("`Hello` comes back as `ECHO: Hello`, with its newline")
        .reads("Build it, stage 1: one line")
        .hints([
            "What does the client wait for before it shows your answer?",
            "A line protocol ends every message with a newline, replies too. Book: \"The contract\".",
            "reply = prefix + line bytes + b\"\\n\"; write_all(reply); flush",
        ]),
    check("answers-time-in-utc", 8, answers_time_in_utc)
        .stage(1)
        .says("`TIME`, in any case and with spaces around it, is answered with the time in UTC")
        .reads("Build it, stage 1: one line")
        .hints([
            "Compare what is left of the line when the spaces around it are gone.",
            "ASCII case can be ignored without making a String: see `eq_ignore_ascii_case` and `trim_ascii`.",
            "if line.trim_ascii().eq_ignore_ascii_case(b\"TIME\") { \"SERVER TIME: \" + utc_ymd_hms(now) + \"\\n\" }",
        ]),
    check("serves-the-next-client", 6, serves_the_next_client)
        .stage(2)
        .says("when one client has left, the next one is served")
        .reads("Build it, stage 2: client after client")
        .hints([
            "What does your server do after its first client?",
            "A server is a loop around `accept`. Book: \"Build it, stage 2: client after client\".",
            "loop { let (stream, peer) = listener.accept()?; serve(stream); if once { return } }",
        ]),
    check("once-ends-after-one-client", 4, once_ends_after_one_client)
        .stage(2)
        .says("with `--once` the server ends with exit code 0 after its first client")
        .reads("Build it, stage 2: client after client")
        .hints([
            "Where in the accept loop is it decided whether there is a next turn?",
            "Leaving the loop returns from `run`, and `main` turns Ok into exit code 0.",
            "if config.once { return Ok(()) }",
        ]),
    check("logs-who-came-and-left", 4, logs_who_came_and_left)
        .stage(2)
        .says("stderr has a line with time and address when a client connects, and another when it leaves")
        .reads("Build it, stage 2: client after client")
        .hints([
            "Who would read this log at three in the morning, and what would they need?",
            "labkit's `log!` writes time and level; the address comes from `accept`.",
            "log!(info, \"{peer} connected\"); …; log!(info, \"{peer} disconnected\")",
        ]),
    check("closes-when-the-client-has-finished", 4, closes_when_the_client_has_finished)
        .stage(2)
        .says("after the client's FIN the server closes too, and does not spin")
        .reads("What could go wrong")
        .hints([
            "What does `read` return when the client has finished?",
            "`Ok(0)` is the end of the stream, not \"no data yet\". Book: \"What could go wrong\".",
            "match read(&mut buf)? { 0 => return Ok(total), n => write_all(&buf[..n])? }",
        ]),
    check("exact-mode-returns-every-byte", 10, exact_mode_returns_every_byte)
        .stage(3)
        .says("in `--mode exact` a mebibyte of random bytes comes back as it was, then the end")
        .reads("Build it, stage 3: every byte")
        .hints([
            "Does your code ever look at the bytes as text?",
            "Random bytes are not UTF-8; `[u8]` in, `[u8]` out. A read may return any number of bytes.",
            "loop { n = read(&mut buf)?; if n == 0 { break }; write_all(&buf[..n])? }",
        ]),
    check("client-prompts-and-exits", 8, client_prompts_and_exits)
        .stage(4)
        .says("on a terminal the client prompts, shows the reply, and `exit` or Ctrl-D ends it with exit code 0")
        .reads("Build it, stage 4: the client")
        .hints([
            "Is the prompt on the screen before the program waits for a line?",
            "stdout is line-buffered: a prompt without newline must be flushed. Dropping the stream sends FIN.",
            "loop { print prompt; flush; read line; if \"exit\" or 0 bytes { return Ok(()) }; send; receive; print }",
        ]),
];

/// Starts the line-mode server on a free port.
pub fn line_server(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("tcp-echo-server", ["--port", "0"])
}

/// Starts the exact-mode server on a free port.
pub fn exact_server(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("tcp-echo-server", ["--port", "0", "--mode", "exact"])
}

/// Says something that nobody can have guessed, and expects its echo.
pub fn expect_echo(bench: &mut Bench, client: &mut Connection) -> Result<(), Fault> {
    let word = bench.random_word(8);
    client.send(format!("{word}\n").as_bytes())?;
    client.expect_line(&format!("ECHO: {word}"))
}

fn echoes_a_line(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    client.send(b"Hello\n")?;
    client.expect_line("ECHO: Hello")?;
    expect_echo(bench, &mut client)
}

fn answers_time_in_utc(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    for question in ["TIME\n", "time\n", " Time \r\n"] {
        client.send(question.as_bytes())?;
        let line = client.line()?;
        let text = String::from_utf8_lossy(&line);
        let near = (-2..=2).any(|seconds| text == format!("SERVER TIME: {}\n", utc_now(seconds)));
        ensure(near, || {
            Fault::expected(format!("\"SERVER TIME: {}\\n\", give or take 2 s", utc_now(0)))
                .got(wire::bytes::escape(&line))
        })?;
    }
    Ok(())
}

fn serves_the_next_client(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut first = server.connect_as("A")?;
    // B waits in the backlog: a blocking server has time for one client only.
    let mut second = server.connect_as("B")?;
    expect_echo(bench, &mut first)?;
    first.fin()?;
    first.expect_eof()?;
    expect_echo(bench, &mut second)
}

fn once_ends_after_one_client(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = bench.serve("tcp-echo-server", ["--port", "0", "--once"])?;
    let mut client = server.connect()?;
    expect_echo(bench, &mut client)?;
    client.fin()?;
    client.expect_eof()?;
    server.program().expect_exit(0)
}

fn logs_who_came_and_left(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = line_server(bench)?;
    let mut client = server.connect()?;
    let address = client.local_addr().to_string();
    let stamped = |line: &str| is_timestamped(line) && line.contains(&address);
    let connected =
        server.program().wait_for_stderr(&format!("a line `DATE TIME LEVEL …{address}…`"), |line| {
            stamped(line).then(|| line.to_owned())
        })?;
    client.fin()?;
    client.expect_eof()?;
    let another = format!("another line `DATE TIME LEVEL …{address}…` after {connected:?}");
    // All lines are looked at together: the second is the one that differs from the first.
    server.program().wait_for_stderr(&another, |line| (stamped(line) && line != connected).then_some(()))
}

/// `YYYY-MM-DD HH:MM:SS LEVEL text`.
fn is_timestamped(line: &str) -> bool {
    use predicates::Predicate;
    is_match(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+ .")
        .expect("the pattern is a regular expression")
        .eval(line)
}

fn closes_when_the_client_has_finished(bench: &mut Bench) -> Result<(), Fault> {
    let server = line_server(bench)?;
    let mut client = server.connect()?;
    expect_echo(bench, &mut client)?;
    client.fin()?;
    client.expect_eof_within(Duration::from_secs(1) + crate::SLACK)?;
    // A server that takes `Ok(0)` for "no data yet" never sleeps again.
    Deadline::after(PATIENCE).poll(|| server.facts().is_asleep().unwrap_or(true).then_some(())).ok_or_else(
        || Fault::expected("the server to wait for the next client").but_waited("it is busy all the time"),
    )
}

fn exact_mode_returns_every_byte(bench: &mut Bench) -> Result<(), Fault> {
    let server = exact_server(bench)?;
    let mut client = server.connect()?;
    let bytes = bench.random_bytes(1 << 20);
    let (piece, rest) = bytes.split_at(1000);
    // A short read is not the end of the stream.
    client.send_and_wait_until_read(piece)?;
    client.send(rest)?;
    client.fin()?;
    client.expect_bytes(&bytes)?;
    client.expect_eof()
}

fn client_prompts_and_exits(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    for leaves_by_word in [true, false] {
        let mut terminal =
            bench.terminal("tcp-echo-client", ["--host", "127.0.0.1", "--port", &listener.port()])?;
        let mut server = listener.accept(terminal.pid())?;
        let word = bench.random_word(8);
        terminal.expect("Enter message: ")?;
        terminal.type_line(&format!("chào {word}"))?;
        server.expect_line(&format!("chào {word}"))?;
        server.send(format!("ECHO: chào {word}\n").as_bytes())?;
        terminal.expect(&format!("Received: ECHO: chào {word}"))?;
        terminal.expect("Enter message: ")?;
        if leaves_by_word {
            terminal.type_line("exit")?;
        } else {
            terminal.press_control('d')?;
        }
        server.expect_eof()?;
        terminal.expect_exit(0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_has_date_time_level_and_text() {
        assert!(is_timestamped("2025-01-20 14:30:45 INFO 127.0.0.1:1 connected"));
        assert!(!is_timestamped("INFO 127.0.0.1:1 connected"));
    }
}
