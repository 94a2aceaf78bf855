//! Lab 24, hidden half: a server with eight faults.

use checks::labs::async_echo::last_metrics;
use checks::labs::server_clinic::{Case, FULL, ask, echo, fixed_server, reproduces};
use checks::{Bench, Check, Connection, Deadline, Fault, Lab, PATIENCE, Server, Signal, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::server_clinic::LAB.with(include_str!("../../signatures/server-clinic.toml"), CHECKS);

/// What every hint about a reproduction comes to.
const SCRIPTS: &str = "A script in `diagnosis.toml` is played against buggy-server, and the symptom of this fault must be there; then against your fixed-server, where every line must come true. Book: \"Build it, stage 1: reproduce\".";

const CHECKS: &[Check] = &[
    check("reproduces-the-sixth-client", 3, reproduces_the_limit)
        .stage(1)
        .says("the script of B6 takes buggy-server its last descriptor and its life, and not fixed-server's")
        .reads("Build it, stage 1: reproduce")
        .hints(["How many clients must be connected at the same time? A step that does not come true ends the script.", SCRIPTS, "connect / A open / B open / … / F open / D< line \"Server is full. Try again later.\""]),
    check("reproduces-the-wrong-numbers", 3, reproduces_the_metrics)
        .stage(1)
        .says("the script of B7 leaves wrong numbers in the METRICS of buggy-server, and right ones in those of fixed-server")
        .reads("Build it, stage 1: reproduce")
        .hints(["Send three lines and leave. Which of the seven numbers is wrong then?", SCRIPTS, "connect / > \"one\\n\" / < line \"ECHO: ONE\" / fin"]),
    check("reproduces-the-lost-line", 3, reproduces_the_shutdown)
        .stage(1)
        .says("the script of B8 loses a begun line at SIGINT on buggy-server, and none on fixed-server")
        .reads("Build it, stage 1: reproduce")
        .hints(["What must a client have sent when the signal comes, and what must it not have sent?", SCRIPTS, "connect / > \"hel\" / signal INT / > \"lo\\n\" / < line \"ECHO: HELLO\""]),
    check("turns-away-more-clients-than-its-limit", 8, turns_away_more_clients_than_its_limit)
        .stage(2)
        .says("with `--max-clients 3` the fourth is told that the server is full, and served when one has left; with 32 descriptors it survives 60 clients")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "Two limits: one that you set, and one that the machine sets. What happens at each?",
            "At yours a client is told, and closed in order. At the machine's `accept` fails, which is no reason to end: rest for a moment, and try again. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "match listener.accept().await { Ok(client) => admit or refuse, Err(_) => sleep(REST).await }",
        ]),
    check("counts-what-happens", 8, counts_what_happens)
        .stage(2)
        .says("METRICS comes at every interval and at the end, and its numbers are those of the load, also after errors")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "Where in the code does each of the numbers become true?",
            "A number belongs where the thing happens: bytes at the read, a request at its answer, a client gone at the end of its seat. Whatever is counted at the end of a conversation is lost with those that end badly. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "received(n) after each read; answered() and sent(len) with each answer; rejected() before the refusal; active = seats taken",
        ]),
    check("finishes-begun-lines-at-the-end", 8, finishes_begun_lines_at_the_end)
        .stage(2)
        .says("after SIGINT or SIGTERM clients are refused, idle ones closed, a begun line is answered; then METRICS and exit code 0, after the grace at the latest; a second signal: 130")
        .reads("Build it, stage 2: mend, one fault at a time")
        .hints([
            "Who must hear of the signal, and what does each of them do then?",
            "Drop the listener; tell each task, which finishes its line; wait until no task is left, no longer than the grace. Book: \"Build it, stage 2: mend, one fault at a time\".",
            "signal.await; drop(listener); stop.send_replace(true); timeout(grace, stop.closed()).await; log metrics; Ok(())",
        ]),
];

fn reproduces_the_limit(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::Limit)
}

fn reproduces_the_metrics(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::Metrics)
}

fn reproduces_the_shutdown(bench: &mut Bench) -> Result<(), Fault> {
    reproduces(bench, Case::Shutdown)
}

fn turns_away_more_clients_than_its_limit(bench: &mut Bench) -> Result<(), Fault> {
    let server = fixed_server(bench, &["--max-clients", "3"])?;
    let mut seated = Vec::new();
    for _ in 0..3 {
        let mut client = server.connect()?;
        echo(bench, &mut client)?;
        seated.push(client);
    }
    expect_full(&server)?;
    seated.pop().expect("there are three").close();
    let next = Deadline::after(PATIENCE).try_poll(|| {
        let mut client = server.connect()?;
        client.send(b"seat?\n")?;
        let line = client.line()?;
        Ok::<_, Fault>((line == b"ECHO: SEAT?\n").then_some(client))
    })?;
    let Some(next) = next else {
        return Err(Fault::expected("the next client to be served when one has left")
            .but_waited("all were turned away"));
    };
    expect_full(&server)?;
    drop((next, seated));

    bench.limit_open_files(32);
    let mut server = fixed_server(bench, &[])?;
    let mut clients = Vec::new();
    for _ in 0..60 {
        clients.push(server.connect()?);
    }
    for client in &mut clients[..5] {
        echo(bench, client)?;
    }
    drop(clients);
    echo(bench, &mut server.connect()?)?;
    server.program().expect_running()
}

/// Expects the next client to be told that there is no seat, and to be closed in order; it says something at once.
fn expect_full(server: &Server) -> Result<(), Fault> {
    let mut client = server.connect()?;
    client.send(b"hello\n")?;
    client.expect_line(FULL)?;
    client.expect_eof()?;
    client.close();
    Ok(())
}

fn counts_what_happens(bench: &mut Bench) -> Result<(), Fault> {
    const PREFIX: u64 = 6;
    const CLIENTS: u64 = 3;
    let flags = ["--metrics-interval", "0.1", "--max-clients", "3"];
    let mut server = fixed_server(bench, &flags)?;
    let (mut requests, mut bytes_in, mut bytes_out) = (0, 0, 0);
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = server.connect()?;
        for _ in 0..bench.random().u64(1..=5) {
            let length = bench.random().usize(1..=300);
            let line = bench.random_word(length);
            client.send(format!("{line}\n").as_bytes())?;
            client.expect_line(&format!("ECHO: {}", line.to_ascii_uppercase()))?;
            requests += 1;
            bytes_in += length as u64 + 1;
            bytes_out += PREFIX + length as u64 + 1;
        }
        clients.push(client);
    }
    expect_full(&server)?;
    wait_for_metrics(&server, &format!(" active={CLIENTS} total={} ", CLIENTS + 1))?;

    // A line that is no text; STATS, whose bytes count and which is no request itself; half a line, and a reset.
    let mut strange = clients.pop().expect("there are three");
    strange.send(b"\xff\n")?;
    strange.expect_line("ERROR: Invalid encoding")?;
    (requests, bytes_in, bytes_out) = (requests + 1, bytes_in + 2, bytes_out + 24);
    strange.close();
    let mut rude = clients.pop().expect("there are two");
    rude.send(b"STATS\n")?;
    let stats = rude.line()?;
    let got = checks::labs::server_clinic::understand_stats(&stats)?.requests;
    ensure(got == requests, || {
        Fault::expected(format!("requests={requests} in STATS")).got(format!("requests={got}"))
    })?;
    (bytes_in, bytes_out) = (bytes_in + 6, bytes_out + stats.len() as u64);
    rude.send_and_wait_until_read(b"Hel")?;
    rude.reset()?;
    bytes_in += 3;
    drop(clients);
    wait_for_metrics(&server, " active=0 ")?;

    server.signal(Signal::SIGINT)?;
    server.program().expect_exit(0)?;
    let got = last_metrics(&mut server)?;
    let expected = [requests, 0, CLIENTS + 1, bytes_in, bytes_out, 1];
    ensure(got == expected, || {
        let told = |[requests, active, total, bytes_in, bytes_out, rejected]: [u64; 6]| {
            format!(
                "requests={requests} active={active} total={total} bytes_in={bytes_in} bytes_out={bytes_out} rejected={rejected}"
            )
        };
        Fault::expected(format!("{} in the last METRICS", told(expected))).got(told(got))
    })
}

fn wait_for_metrics(server: &Server, words: &str) -> Result<(), Fault> {
    server.wait_for_stderr(&format!("METRICS with {words:?}"), |line| {
        (line.contains("METRICS ") && line.contains(words)).then_some(())
    })
}

fn finishes_begun_lines_at_the_end(bench: &mut Bench) -> Result<(), Fault> {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut server = fixed_server(bench, &["--grace", "30"])?;
        let mut idle = server.connect_as("A")?;
        echo(bench, &mut idle)?;
        let mut busy = signal_within_a_line(bench, &server, signal)?;
        idle.expect_eof()?;
        idle.close();
        busy.send(b"-end\n")?;
        busy.expect_line("ECHO: HALF-END")?;
        busy.expect_eof()?;
        busy.close();
        // Nobody is there any more: no reason to wait for the rest of the grace.
        server.program().expect_exit(0)?;
        last_metrics(&mut server)?;
    }

    let mut server = fixed_server(bench, &["--grace", "0.3"])?;
    let _never_ends_its_line = signal_within_a_line(bench, &server, Signal::SIGINT)?;
    server.program().expect_exit(0)?;
    last_metrics(&mut server)?;

    let mut server = fixed_server(bench, &["--grace", "30"])?;
    let _waits = signal_within_a_line(bench, &server, Signal::SIGINT)?;
    server.signal(Signal::SIGTERM)?;
    server.program().expect_exit(130)
}

/// Begins a line, waits until the server has read that, sends the signal, and waits until new clients are refused.
fn signal_within_a_line(bench: &mut Bench, server: &Server, signal: Signal) -> Result<Connection, Fault> {
    let mut client = server.connect_as("B")?;
    echo(bench, &mut client)?;
    ask(&mut client)?;
    client.send_and_wait_until_read(b"half")?;
    server.signal(signal)?;
    server.expect_refused()?;
    Ok(client)
}
