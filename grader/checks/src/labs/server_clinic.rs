//! Lab 24: a server with eight faults, to be reproduced, mended, and kept mended; and a guide for the next person.

mod guide;
mod reproduce;
mod stats;

use std::time::{Duration, Instant};

pub use reproduce::{Case, reproduces};
pub use stats::{Stats, ask, understand_stats};

use crate::{Bench, Check, Connection, Deadline, Fault, Lab, PATIENCE, SLACK, Server, check, ensure, play};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "server-clinic",
    number: 24,
    title: "A server with eight faults",
    signatures: include_str!("../../signatures/server-clinic.toml"),
    checks: CHECKS,
};

/// What every hint about a reproduction comes to.
const SCRIPTS: &str = "A script in `diagnosis.toml` is played against buggy-server, and the symptom of this fault must be there; then against your fixed-server, where every line must come true. Book: \"Build it, stage 1: reproduce\".";

const CHECKS: &[Check] = &[
    check("reproduces-the-clients-that-never-leave", 3, reproduces_the_list)
        .stage(1)
        .says("the script of B1 makes buggy-server count a client that has left, and fixed-server count right")
        .reads("Build it, stage 1: reproduce")
        .hints(["Who does the server believe is connected when nobody is?", SCRIPTS, "connect / A> \"hello\\n\" / A< line \"ECHO: HELLO\" / A fin / stats /^STATS active=1 /"]),
    check("reproduces-the-strange-line", 3, reproduces_the_text)
        .stage(1)
        .says("the script of B2 ends buggy-server by a line, and fixed-server goes on")
        .reads("Build it, stage 1: reproduce")
        .hints(["Which bytes can a client send that the code does not expect?", SCRIPTS, "connect / > hex ff0a / < line \"ERROR: Invalid encoding\""]),
    check("reproduces-the-growing-queue", 3, reproduces_the_queue)
        .stage(1)
        .says("the script of B3 makes buggy-server keep more requests than `--queue-size`, and fixed-server no more")
        .reads("Build it, stage 1: reproduce")
        .hints(["How many requests does it take, and how do you write as many into one line of a script?", SCRIPTS, "connect / > \"ping\\n\" times 1001 / stats /queue=1000\\/1000$/"]),
    check("reproduces-the-half-open-connection", 3, reproduces_the_cleanup)
        .stage(1)
        .says("the script of B4 leaves buggy-server with a descriptor of a client that has closed, and fixed-server without")
        .reads("Build it, stage 1: reproduce")
        .hints(["What must a client do so that `ss` shows CLOSE-WAIT?", SCRIPTS, "connect / A> \"hello\\n\" / A< line \"ECHO: HELLO\" / A fin / A< eof 1.0"]),
    check("reproduces-the-client-that-says-nothing", 3, reproduces_the_idle_client)
        .stage(1)
        .says("the script of B5 keeps a client silent for three times the limit on buggy-server, and fixed-server closes it")
        .reads("Build it, stage 1: reproduce")
        .hints(["With `--idle-timeout 0.5`, when must the server have closed a client that says nothing?", SCRIPTS, "connect / open / < eof 1.6"]),
    check("forgets-clients-that-have-left", 8, forgets_clients_that_have_left)
        .stage(2)
        .says("after 300 clients that left in four ways `active` counts who is connected, and the server has grown by at most 2 MiB")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "On how many ways can a conversation end? Which of them pass the line that takes the client off the list?",
            "A value whose Drop does it is on every way, also that of an error. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "let seat = admit()?; spawn(async move { serve(…).await; drop(seat) })   impl Drop for Seat { active -= 1 }",
        ]),
    check("answers-bytes-that-are-no-text", 8, answers_bytes_that_are_no_text)
        .stage(2)
        .says("a line that is no UTF-8 is answered `ERROR: Invalid encoding`, and the same connection and all others go on")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "Is a strange line an error of the server, of the connection, or of the line?",
            "Of the line: it has an answer of its own. To catch the panic, or to close the connection, is to treat it as something else. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "match str::from_utf8(line) { Ok(text) => …, Err(_) => \"ERROR: Invalid encoding\\n\" }",
        ]),
    check("keeps-only-the-last-requests", 8, keeps_only_the_last_requests)
        .stage(2)
        .says("after 50,000 requests STATS says `queue=1000/1000`, and the server has grown by at most 8 MiB")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "What happens to the 1,001st request?",
            "Whatever grows needs a limit, and a rule for what goes when it is reached: here the oldest. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "kept.push_back(text); if kept.len() > size { kept.pop_front(); }   // a VecDeque",
        ]),
    check("closes-what-clients-have-closed", 8, closes_what_clients_have_closed)
        .stage(2)
        .says("a client that has closed its side sees the server's FIN within a second, and after 200 clients no descriptor is left")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "Who still owns the socket when its task has ended?",
            "A socket is closed when its last owner goes; one clone, one half or one `Arc` in a list is enough to keep it. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "the task owns the stream, and nobody else: no writer in the list",
        ]),
    check("closes-idle-clients-and-slow-drips", 8, closes_idle_clients_and_slow_drips)
        .stage(2)
        .says("with `--idle-timeout 0.5` a silent client is closed after that time, one that sends a byte every 0.3 seconds too, and one that completes a line as often is not")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "A client sends one byte every 0.3 seconds and never a newline. Which of your timers runs out?",
            "A timeout around each read begins anew with every byte. One deadline a client, moved by complete lines only, does not. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "select! { got = read_some(…) => …, () = &mut deadline => close }   a line: deadline.as_mut().reset(now + idle)",
        ]),
    check("speaks-the-same-protocol", 6, speaks_the_same_protocol)
        .stage(2)
        .says("a conversation that buggy-server gets right goes the same way with fixed-server; too long lines end it, and `--help` shows the agreed defaults")
        .reads("The contract")
        .hints([
            "Have you mended a fault by taking something away?",
            "Play the transcript by hand against both servers, and compare. Book: \"The contract\".",
            "a line without its `\\n` and one `\\r`; STATS alone is a question; to_ascii_uppercase; at the end of the stream what is left is a line too",
        ]),
    check("serves-a-hundred-clients-at-once", 3, serves_a_hundred_clients_at_once)
        .stage(2)
        .says("100 clients are connected and send 20 lines each, and none of the 2,000 requests fails")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "How many may be connected at once by default: 99, 100 or 101?",
            "`--max-clients` is how many are served, so it is the next one that is turned away. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "if active >= max_clients { turn away }   before this client is counted",
        ]),
    check("debug-guide-asks-so-that-it-can-be-checked", 3, guide::debug_guide_asks_so_that_it_can_be_checked)
        .stage(3)
        .says("`debug-guide` lists the faults and shows its three pages; a prompt holds the whole reproduction, one question, and a form to verify the answer")
        .reads("Build it, stage 3: ask so that you can check the answer")
        .hints([
            "Could somebody who has only your prompt make the fault happen?",
            "Without the script nobody can try an answer, and without the form nobody does. Book: \"Build it, stage 3: ask so that you can check the answer\".",
            "## What I ran (with entry.reproduce) / ## What I expected / ## What I saw / ## The smallest code / ## One question …? / ## Verification form (three `- [ ]`)",
        ]),
];

/// What a client is told that finds no seat.
pub const FULL: &str = "Server is full. Try again later.";

/// Starts the student's server on a free port, with more flags.
pub fn fixed_server(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.serve("fixed-server", [&["--port", "0"], flags].concat())
}

/// Says something that nobody can have guessed, and expects it in capitals.
pub fn echo(bench: &mut Bench, client: &mut Connection) -> Result<(), Fault> {
    let word = bench.random_word(8);
    client.send(format!("{word}\n").as_bytes())?;
    client.expect_line(&format!("ECHO: {}", word.to_ascii_uppercase()))
}

/// Lets a client that has been served leave, in one of four ways.
fn leave(mut client: Connection, way: usize) -> Result<(), Fault> {
    match way % 4 {
        0 => {
            client.fin()?;
            client.expect_eof()?;
        }
        1 => client.close(),
        2 => {
            client.send(b"half a line")?;
            client.close();
        }
        _ => client.reset()?,
    }
    Ok(())
}

fn reproduces_the_list(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::List)
}

fn reproduces_the_text(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::Text)
}

fn reproduces_the_queue(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::Queue)
}

fn reproduces_the_cleanup(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::Cleanup)
}

fn reproduces_the_idle_client(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::Idle)
}

fn forgets_clients_that_have_left(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 300;
    const MIB: u64 = 1 << 20;
    let server = fixed_server(bench, &[])?;
    let mut asker = server.connect_as("A")?;
    echo(bench, &mut asker)?;
    let before = server.facts().resident()?;
    for way in 0..CLIENTS {
        let mut client = server.connect()?;
        echo(bench, &mut client)?;
        leave(client, way)?;
    }
    let mut last = ask(&mut asker)?;
    Deadline::after(PATIENCE).try_poll(|| {
        last = ask(&mut asker)?;
        Ok::<_, Fault>((last.active == 1).then_some(()))
    })?;
    ensure(last.active == 1 && last.total == CLIENTS as u64 + 1, || {
        Fault::expected(format!("active=1 total={} when {CLIENTS} clients have left", CLIENTS + 1))
            .got(format!("active={} total={}", last.active, last.total))
    })?;
    server.facts().expect_growth_within(before, 2 * MIB)
}

fn answers_bytes_that_are_no_text(bench: &mut Bench) -> Result<(), Fault> {
    let server = fixed_server(bench, &[])?;
    let mut other = server.connect_as("B")?;
    let mut client = server.connect_as("A")?;
    let word = bench.random_word(5);
    // No UTF-8 at all; a letter that breaks off; a byte that continues nothing.
    let strange: [Vec<u8>; 3] =
        [vec![0xff], [word.as_bytes(), b"\xe1\xba"].concat(), [b"\xbf", word.as_bytes()].concat()];
    for line in &strange {
        client.send(&[line.as_slice(), b"\n"].concat())?;
        client.expect_line("ERROR: Invalid encoding")?;
        echo(bench, &mut client)?;
    }
    echo(bench, &mut other)
}

fn keeps_only_the_last_requests(bench: &mut Bench) -> Result<(), Fault> {
    const REQUESTS: usize = 50_000;
    const MIB: u64 = 1 << 20;
    let server = fixed_server(bench, &[])?;
    let mut client = server.connect()?;
    echo(bench, &mut client)?;
    let before = server.facts().resident()?;
    let line = bench.random_word(200);
    let answer = format!("ECHO: {}\n", line.to_ascii_uppercase());
    // All at once: the server sets the pace.
    client.send(format!("{line}\n").repeat(REQUESTS).as_bytes())?;
    let answers = client.take(answer.len() * REQUESTS)?;
    let is_right = answers.chunks(answer.len()).all(|one| one == answer.as_bytes());
    ensure(is_right, || Fault::expected(format!("{REQUESTS} times the same answer")).got("other bytes"))?;
    let queue = ask(&mut client)?.queue;
    ensure(queue == (1000, 1000), || {
        Fault::expected(format!("queue=1000/1000 after {REQUESTS} requests"))
            .got(format!("queue={}/{}", queue.0, queue.1))
    })?;
    server.facts().expect_growth_within(before, 8 * MIB)
}

fn closes_what_clients_have_closed(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 200;
    let mut server = fixed_server(bench, &[])?;
    let mut first = server.connect()?;
    echo(bench, &mut first)?;
    first.fin()?;
    first.expect_eof_within(Duration::from_secs(1) + SLACK)?;
    first.close();

    server.program().wait_until_asleep()?;
    let baseline = server.facts().descriptors()?;
    for way in 0..CLIENTS {
        let mut client = server.connect()?;
        echo(bench, &mut client)?;
        leave(client, way)?;
    }
    server.expect_descriptors_back_to(baseline)
}

fn closes_idle_clients_and_slow_drips(bench: &mut Bench) -> Result<(), Fault> {
    const IDLE: Duration = Duration::from_millis(500);
    const PAUSE: Duration = Duration::from_millis(300);
    let server = fixed_server(bench, &["--idle-timeout", "0.5"])?;

    let before = Instant::now();
    let mut silent = server.connect_as("A")?;
    silent.expect_eof_within(IDLE + IDLE / 5 + SLACK)?;
    let took = before.elapsed();
    ensure(took >= IDLE, || {
        Fault::expected(format!("a silent client to be left in peace for {IDLE:?}"))
            .got(format!("it was closed after {:.2} s", took.as_secs_f64()))
    })?;
    silent.close();

    let mut drip = server.connect_as("B")?;
    drip.drip_until_ended(PAUSE, 6)?;
    if drip.wait_for_end(Duration::ZERO)?.is_none() {
        return Err(Fault::expected("a client that never completes a line to be closed")
            .but_waited(format!("it is still connected after six bytes, one every {PAUSE:?}")));
    }
    drip.expect_eof()?;
    drip.close();

    talks_on(bench, &server, PAUSE, IDLE - PAUSE / 3)
}

/// Expects a client to be served on that completes a line after each pause. If more than `limit` was between two lines, the
/// machine was so slow that the server may rightly lose its patience: then it begins anew.
fn talks_on(bench: &mut Bench, server: &Server, pause: Duration, limit: Duration) -> Result<(), Fault> {
    let mut last = Ok(());
    for _ in 0..5 {
        let mut talker = server.connect_as("C")?;
        let mut lines = 0;
        while lines < 3 {
            let before = Instant::now();
            last = talker.expect_nothing_for(pause).and_then(|()| echo(bench, &mut talker));
            if before.elapsed() > limit {
                break;
            }
            last.clone()?;
            lines += 1;
        }
        if lines == 3 {
            return Ok(());
        }
    }
    last
}

fn speaks_the_same_protocol(bench: &mut Bench) -> Result<(), Fault> {
    let server = fixed_server(bench, &[])?;
    let script = include_str!("../../../../fixtures/transcripts/buggy_basic.peer");
    play(&wire::peer::Script::parse(script).map_err(Fault::infra)?, &server)?;

    let mut long = server.connect()?;
    long.send_until_refused(&[b'x'; 7000], 10)?;
    long.expect_eof()?;

    for default in ["127.0.0.1", "9996", "100", "1000", "30", "10", "5"] {
        bench.run("fixed-server", ["--help"])?.code(0)?.stdout_contains(&format!("[default: {default}]"))?;
    }
    Ok(())
}

fn serves_a_hundred_clients_at_once(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 100;
    const REQUESTS: usize = 20;
    let server = fixed_server(bench, &[])?;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(server.connect()?);
    }
    // In reverse order: the last one waits in the queue of a server that sits with the first.
    for client in clients.iter_mut().rev() {
        let word = bench.random_word(12);
        client.send(format!("{word}\n").repeat(REQUESTS).as_bytes())?;
        let answers = format!("ECHO: {}\n", word.to_ascii_uppercase()).repeat(REQUESTS);
        client.expect_bytes(answers.as_bytes())?;
    }
    Ok(())
}
