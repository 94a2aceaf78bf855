//! Lab 18: an echo server with a thread for each client, and never more clients than it has places for.

use std::net::SocketAddr;
use std::time::Duration;

use crate::{Bench, Check, Connection, Deadline, Fault, Lab, PATIENCE, SLACK, Server, check};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "threaded-echo",
    number: 18,
    title: "A thread for each client, and a limit",
    signatures: include_str!("../../signatures/threaded-echo.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("serves-ten-clients-at-once", 14, serves_ten_clients_at_once)
        .stage(1)
        .says("ten clients connect and then speak, the last one first: each gets its echo")
        .reads("Build it, stage 1: a thread for each client")
        .hints([
            "Who accepts the second client while your program reads from the first?",
            "A thread that waits in `read` can do nothing else. So the loop that accepts must not read, and must not wait for a thread that does (`join`). Book: \"Build it, stage 1: a thread for each client\".",
            "loop { let (stream, client) = listener.accept()?; spawn(move || converse(stream, &lines)) } — and nothing behind spawn",
        ]),
    check("does-not-wait-for-a-silent-client", 10, does_not_wait_for_a_silent_client)
        .stage(1)
        .says("a client stops in the middle of a line; the others have their echo within 100 ms, and it has its own when it goes on")
        .reads("What threads share")
        .hints([
            "What do your threads share, and how long does each of them hold it?",
            "A lock that is held while a thread reads from its client is held as long as that client likes. What is only read needs no lock: an `Arc` is enough. Book: \"What threads share\".",
            "let lines = Arc::new(cfg.lines); for each client: let lines = Arc::clone(&lines)",
        ]),
    check("has-a-thread-for-each-client", 8, has_a_thread_for_each_client)
        .stage(1)
        .says("with ten clients the server has ten threads more than with none")
        .reads("Build it, stage 1: a thread for each client")
        .hints([
            "Count them: `ls /proc/PID/task`, before and after. When does each of yours begin?",
            "In this lab a thread begins with its client: none before, and one each. (A pool of workers is the Stretch.) Book: \"Build it, stage 1: a thread for each client\".",
            "thread::Builder::new().spawn(move || …) once, behind accept",
        ]),
    check("counts-who-is-there", 8, counts_who_is_there)
        .stage(2)
        .says("the log says `connected ADDRESS active=N` and `disconnected ADDRESS active=N` for each client: up to 10, and back to 0")
        .reads("Build it, stage 2: places")
        .hints([
            "When a client has left, who subtracts it, and before or after your log line?",
            "The number is the one *after* it: so take the slot, then log; and drop the slot, then log. Book: \"The contract\".",
            "let outcome = converse(stream, &lines); drop(slot); log!(info, \"disconnected {client} active={}\", slots.active())",
        ]),
    check("tells-the-eleventh-that-it-is-full", 10, tells_the_eleventh_that_it_is_full)
        .stage(2)
        .says("with ten clients there, which is the default, the next one reads `Server is full. Try again later.` and the end, no reset; `--help` shows the defaults")
        .reads("Build it, stage 2: places")
        .hints([
            "What does a client see that is connected and never accepted? And one whose connection is simply dropped?",
            "Accept it, say why, and close: only a client that is told can tell its user. Book: \"Build it, stage 2: places\".",
            "match slots.try_acquire() { Some(slot) => start a thread, None => { write_all(FULL); shutdown(Write) } }",
        ]),
    check("gives-a-freed-place-to-the-next", 10, gives_a_freed_place_to_the_next)
        .stage(2)
        .says("when `--max-clients` are there and one leaves, there is a place for exactly one more; who was turned away took none")
        .reads("Build it, stage 2: places")
        .hints([
            "Which line of your program gives the place back, and who reaches it?",
            "A `Slot` gives its place back when it is dropped, so it has to live exactly as long as its client: in the thread, not in the loop. Book: \"Build it, stage 2: places\".",
            "spawn(move || { converse(stream, &lines); drop(slot); log }); impl Drop for Slot { fn drop(&mut self) { active -= 1 } }",
        ]),
];

/// What a client is told for which there is no place; a newline follows.
pub const FULL: &str = "Server is full. Try again later.";

/// Starts the server on a free port.
pub fn echo_server(bench: &mut Bench, args: &[&str]) -> Result<Server, Fault> {
    bench.serve("threaded-echo", [&["--port", "0"], args].concat())
}

/// Says something that nobody can have guessed, and expects its echo.
pub fn expect_echo(bench: &mut Bench, client: &mut Connection) -> Result<(), Fault> {
    let word = bench.random_word(8);
    client.send(format!("{word}\n").as_bytes())?;
    client.expect_line(&format!("ECHO: {word}"))
}

/// Expects to be turned away.
pub fn expect_full(client: &mut Connection) -> Result<(), Fault> {
    client.expect_line(FULL)?;
    client.expect_eof()
}

/// Waits for the log line that says `connected` or `disconnected` of that client, with that many left after it.
pub fn expect_log(server: &mut Server, event: &str, client: SocketAddr, active: usize) -> Result<(), Fault> {
    let words = [event.to_owned(), client.to_string(), format!("active={active}")];
    let what = format!("a line `… {}`", words.join(" "));
    server.program().wait_for_stderr(&what, |line| has_in_order(line, &words).then_some(()))
}

/// Whether these words stand in the line in that order, others before and behind them.
fn has_in_order(line: &str, words: &[String]) -> bool {
    let in_line: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches([',', ':'])).collect();
    in_line.windows(words.len()).any(|window| window == words)
}

/// Opens one connection that gets a place, and waits until the log counts it.
pub fn admit(server: &mut Server, active: usize) -> Result<Connection, Fault> {
    let client = server.connect_as(&active.to_string())?;
    expect_log(server, "connected", client.local_addr(), active)?;
    Ok(client)
}

/// Opens so many connections, one after the other, until so many are there.
pub fn fill(server: &mut Server, places: usize) -> Result<Vec<Connection>, Fault> {
    (1..=places).map(|active| admit(server, active)).collect()
}

/// Waits until the server has that many threads.
pub fn expect_threads(server: &Server, wanted: usize, why: &str) -> Result<(), Fault> {
    let mut now = 0;
    Deadline::after(PATIENCE)
        .try_poll(|| {
            now = server.facts().threads()?;
            Ok::<_, Fault>((now == wanted).then_some(()))
        })?
        .ok_or_else(|| Fault::expected(format!("{wanted} threads, {why}")).got(format!("{now} threads")))
}

fn serves_ten_clients_at_once(bench: &mut Bench) -> Result<(), Fault> {
    // They outlive the server, so that its last words are not about their leaving.
    let mut clients = Vec::new();
    let server = echo_server(bench, &[])?;
    for number in 1..=10 {
        clients.push(server.connect_as(&number.to_string())?);
    }
    // A server that is busy with the first one can't pass by virtue of its backlog.
    for client in clients.iter_mut().rev() {
        expect_echo(bench, client)?;
    }
    clients.iter_mut().try_for_each(|client| expect_echo(bench, client))
}

fn does_not_wait_for_a_silent_client(bench: &mut Bench) -> Result<(), Fault> {
    const AT_ONCE: Duration = Duration::from_millis(100);
    let server = echo_server(bench, &[])?;
    let mut silent = server.connect_as("silent")?;
    let word = bench.random_word(8);
    // Its thread waits for the rest of the line now.
    silent.send_and_wait_until_read(word.as_bytes())?;
    for label in ["A", "B"] {
        let mut client = server.connect_as(label)?;
        let said = bench.random_word(8);
        client.send(format!("{said}\n").as_bytes())?;
        client.wait_for_anything(AT_ONCE + SLACK)?.ok_or_else(|| {
            Fault::expected(format!("an answer in {AT_ONCE:?} (and {SLACK:?} for a slow machine)"))
                .but_waited("nothing")
        })?;
        client.expect_line(&format!("ECHO: {said}"))?;
    }
    silent.send(b"\n")?;
    silent.expect_line(&format!("ECHO: {word}"))
}

fn has_a_thread_for_each_client(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = echo_server(bench, &[])?;
    server.program().wait_until_asleep()?;
    let baseline = server.facts().threads()?;
    let clients = (1..=10).map(|number| server.connect_as(&number.to_string()));
    let mut clients = clients.collect::<Result<Vec<_>, _>>()?;
    let why = format!("one for each of ten clients, and the {baseline} before");
    expect_threads(&server, baseline + 10, &why)?;
    clients.iter_mut().try_for_each(|client| expect_echo(bench, client))?;
    // And still so: whatever is started for a client has been started by now.
    expect_threads(&server, baseline + 10, &why)
}

fn counts_who_is_there(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = echo_server(bench, &[])?;
    let clients = fill(&mut server, 10)?;
    for (gone, client) in clients.into_iter().enumerate() {
        let address = client.local_addr();
        client.close();
        expect_log(&mut server, "disconnected", address, 9 - gone)?;
    }
    Ok(())
}

fn tells_the_eleventh_that_it_is_full(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = echo_server(bench, &[])?;
    let mut clients = fill(&mut server, 10)?;
    expect_full(&mut server.connect_as("11")?)?;
    expect_full(&mut server.connect_as("12")?)?;
    for client in &mut clients {
        expect_echo(bench, client)?;
    }
    let help = bench.run("threaded-echo", ["--help"])?.code(0)?;
    help.stdout_contains("[default: 9998]")?.stdout_contains("[default: 10]")?;
    Ok(())
}

fn gives_a_freed_place_to_the_next(bench: &mut Bench) -> Result<(), Fault> {
    let places = bench.random().usize(2..=5);
    let mut server = echo_server(bench, &["--max-clients", &places.to_string()])?;
    let mut clients = fill(&mut server, places)?;
    for _ in 0..3 {
        expect_full(&mut server.connect_as("late")?)?;
    }
    let leaver = clients.remove(bench.random().usize(..places));
    let address = leaver.local_addr();
    leaver.close();
    expect_log(&mut server, "disconnected", address, places - 1)?;

    clients.push(admit(&mut server, places)?);
    for client in &mut clients {
        expect_echo(bench, client)?;
    }
    expect_full(&mut server.connect_as("late")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_log_is_not_the_end_of_another() {
        let connected = ["connected", "127.0.0.1:50001", "active=1"].map(str::to_owned);
        let line = |text: &str| format!("2025-01-20 14:30:45 INFO {text}");
        assert!(has_in_order(&line("connected 127.0.0.1:50001 active=1"), &connected));
        assert!(has_in_order(&line("connected 127.0.0.1:50001 active=1, total=7"), &connected));
        assert!(!has_in_order(&line("disconnected 127.0.0.1:50001 active=1"), &connected));
        assert!(!has_in_order(&line("connected 127.0.0.1:50001 active=10"), &connected));
    }
}
