//! Lab 25: ten thousand connections.

mod report;

use std::time::{Duration, Instant};

use crate::{Bench, Check, Fault, Lab, Multitude, PATIENCE, SLACK, Server, Signal, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "c10k",
    number: 25,
    title: "Ten thousand connections",
    signatures: include_str!("../../signatures/c10k.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("echoes-to-ten-thousand-clients", 16, echoes_to_ten_thousand_clients)
        .stage(1)
        .says("10,000 clients are connected at the same time (fewer only where the machine allows fewer descriptors), then talk in reverse order, and each gets its own line back; `--help` shows the agreed defaults")
        .reads("Build it, stage 1: descriptors")
        .hints([
            "What is the first thing that your server runs out of? And what does it do while the first client says nothing?",
            "A client is a task and a descriptor. The task must not hold up the loop that accepts; the limit of descriptors must be raised before the first client comes. Book: \"Build it, stage 1: descriptors\".",
            "raise_nofile(max_clients + RESERVED); loop { let stream = next_client(&listener).await; tokio::spawn(handle(stream, …)); }",
        ]),
    check("raises-its-limit-and-refuses-who-is-too-many", 8, raises_its_limit_and_refuses_who_is_too_many)
        .stage(1)
        .says("started with a soft limit of 1,024 descriptors and a hard one above, it raises the soft one and logs `open files: …`; client 1,201 of `--max-clients 1200` is told that the server is full, and has room when another has left")
        .reads("Build it, stage 1: descriptors")
        .hints([
            "Which of the two limits can a process move by itself, and in which direction?",
            "The soft limit may be raised up to the hard one. And whoever finds no seat is told so, and sees FIN behind it: a seat is a permit that is given back when it is dropped. Book: \"Build it, stage 1: descriptors\".",
            "let (soft, hard) = getrlimit(RLIMIT_NOFILE)?; setrlimit(RLIMIT_NOFILE, want.min(hard), hard)?   seats.try_acquire_owned() → Ok: handle, Err: refuse",
        ]),
    check("keeps-memory-small-for-each-connection", 8, keeps_memory_small_for_each_connection)
        .stage(2)
        .says("each connection that has been answered once and is idle costs at most 40 KiB of the process's memory, up to 10,000 of them")
        .reads("Build it, stage 2: what a silent client costs")
        .hints([
            "What does a task keep while its client says nothing? Multiply by ten thousand.",
            "A variable that is alive across an `.await` is a field of the task. A buffer is needed only while bytes are copied, and that never waits. Book: \"Build it, stage 2: what a silent client costs\".",
            "read_piece(stream, |piece| (piece.len(), lines.push(piece)))   // the buffer lives within one poll",
        ]),
    check("shares-its-port-with-a-second-process", 10, shares_its_port_with_a_second_process)
        .stage(3)
        .says("two processes with `--reuse-port` listen on one port, and each gets at least a tenth of 200 clients; without the flag the second one ends with exit code 8")
        .reads("Build it, stage 3: one port, several processes")
        .hints([
            "When does the kernel look whether an address may be taken twice?",
            "SO_REUSEPORT belongs to the socket before it is bound, and to all sockets that share. So it can't be set on a listener that `bind` has made for you. Book: \"Build it, stage 3: one port, several processes\".",
            "Socket::new(…); set_reuse_address(true); set_reuse_port(shares_port); bind(…); listen(backlog); set_nonblocking(true)",
        ]),
    check("drains-at-sigterm", 8, drains_at_sigterm)
        .stage(4)
        .says("at SIGTERM new clients are refused, 1,000 idle ones closed, and a begun line is answered; the process ends with exit code 0 then, or after the grace at the latest")
        .reads("Build it, stage 4: deadlines and the drain")
        .hints([
            "A thousand tasks sleep in a read. Who wakes them?",
            "A watch channel tells all tasks at once. Each of them looks whether a line has begun, and closes if not. The server waits until the last guard is dropped, but no longer than the grace. Book: \"Build it, stage 4: deadlines and the drain\".",
            "drop(listener); stop.send_replace(true); timeout(grace, stop.closed()).await; Ok(())",
        ]),
    check("reports-what-was-measured", 10, report::reports_what_was_measured)
        .stage(5)
        .says("REPORT.md has the table with all of its columns, a row for each of the three servers at 10, 100, 1,000 and about 10,000 connections, and numbers that a measurement can have given")
        .reads("Build it, stage 5: the report")
        .hints([
            "Which row or column does the message name?",
            "The script prints the table as it must be. Numbers that are the same in every row, or that don't grow with the connections, are nobody's measurement. Book: \"Build it, stage 5: the report\".",
            "book/measure/threads-against-async --c10k >> REPORT.md",
        ]),
];

/// So many clients, where the machine allows as many descriptors.
const CLIENTS: u64 = 10_000;

/// Fewer are no crowd.
const FEWEST: u64 = 1000;

/// The grader's own descriptors and the program's beside those of the clients.
const OTHERS: u64 = 200;

/// The soft limit that a shell gives.
const SOFT: u64 = 1024;

/// The length of the word that each client says, with its number behind it.
const WORD: usize = 6;

/// How many clients there can be.
pub fn crowd_size() -> Result<usize, Fault> {
    let size = CLIENTS.min(Multitude::most().saturating_sub(OTHERS));
    ensure(size >= FEWEST, || {
        Fault::skip(format!("needs 1,200 descriptors: {} are allowed (ulimit -Hn)", Multitude::most()))
    })?;
    Ok(size as usize)
}

/// Starts the server on a free port, with more flags, as a shell would: 1,024 descriptors, and the right to more.
pub fn c10k_server(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.limit_open_files_between(SOFT, Multitude::most());
    start(bench, flags)
}

/// The same with the limits that were set before.
pub fn start(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.serve("c10k-server", [&["--port", "0"], flags].concat())
}

/// These clients say a line each, which nobody can have guessed and no two share, and get it back within the limit.
pub fn expect_echoes(
    bench: &mut Bench,
    clients: &mut Multitude,
    who: impl IntoIterator<Item = usize>,
    limit: Duration,
) -> Result<(), Fault> {
    let word = bench.random_word(WORD);
    clients.exchange(who, |n| format!("{word} {n}\n"), |n| format!("ECHO: {word} {n}\n"), limit)
}

/// So long may very many answers take, however slow the machine is.
pub const LONG: Duration = Duration::from_secs(20);

fn echoes_to_ten_thousand_clients(bench: &mut Bench) -> Result<(), Fault> {
    for default in ["127.0.0.1", "9997", "20000", "4096", "60", "10", "65536", "1"] {
        bench.run("c10k-server", ["--help"])?.code(0)?.stdout_contains(&format!("[default: {default}]"))?;
    }

    let size = crowd_size()?;
    let server = c10k_server(bench, &[])?;
    let mut clients = server.multitude()?;
    clients.connect(size)?;
    // In reverse order: the last one waits for ever if the server sits with the first.
    expect_echoes(bench, &mut clients, (0..size).rev(), LONG)?;
    let held = server.facts().descriptors()?;
    ensure(held > size, || {
        Fault::expected(format!("a descriptor for each of {size} clients")).got(format!("{held} descriptors"))
    })
}

fn raises_its_limit_and_refuses_who_is_too_many(bench: &mut Bench) -> Result<(), Fault> {
    const SEATS: usize = 1200;
    const HARD: u64 = 2000;
    const FULL: &str = "Server is full. Try again later.";
    ensure(Multitude::most() >= HARD, || {
        Fault::skip(format!("needs {HARD} descriptors: {} are allowed (ulimit -Hn)", Multitude::most()))
    })?;
    // It wants more than it can have: the hard limit is what it gets.
    bench.limit_open_files_between(SOFT, HARD);
    let mut server = start(bench, &[])?;
    expect_log_of(&mut server, HARD)?;

    let mut server = start(bench, &["--max-clients", "1200"])?;
    expect_log_of(&mut server, SEATS as u64)?;
    let mut clients = server.multitude()?;
    clients.connect(SEATS)?;
    expect_echoes(bench, &mut clients, 0..SEATS, LONG)?;

    let mut one_more = server.connect()?;
    one_more.send(b"Hello\n")?;
    one_more.expect_line(FULL)?;
    one_more.expect_eof()?;
    one_more.close();

    clients.reset()?;
    crate::Deadline::after(PATIENCE)
        .try_poll(|| {
            let mut next = server.connect()?;
            next.send(b"Hello\n")?;
            let answer = next.line()?;
            Ok::<_, Fault>((answer == b"ECHO: Hello\n").then_some(()))
        })?
        .ok_or_else(|| {
            Fault::expected("the next client to be served when all others have left")
                .but_waited("it was told that the server is full")
        })
}

/// Expects a line in the log that tells of a limit of at least so many open files.
fn expect_log_of(server: &mut Server, least: u64) -> Result<(), Fault> {
    const WORDS: &str = "open files: ";
    let limit = server.program().wait_for_stderr("a line with `open files: …`", |line| {
        let (_, told) = line.split_once(WORDS)?;
        told.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    })?;
    ensure(limit >= least, || {
        Fault::expected(format!("the log to tell of {least} open files or more"))
            .got(format!("{WORDS}{limit}"))
    })
}

fn keeps_memory_small_for_each_connection(bench: &mut Bench) -> Result<(), Fault> {
    const MOST_KIB: u64 = 40;
    const STEPS: usize = 10;
    /// What a program touches when it begins to work, and takes for queues in advance.
    const WARM: usize = 50;
    const ROOM_KIB: u64 = 2048;
    let size = crowd_size()?;
    let server = c10k_server(bench, &[])?;
    let mut clients = server.multitude()?;
    clients.connect(WARM)?;
    expect_echoes(bench, &mut clients, 0..WARM, LONG)?;
    let before = server.facts().resident()?;
    // In steps: who needs too much is stopped before the machine feels it.
    for _ in 0..STEPS {
        let first = clients.len();
        clients.connect((size - WARM) / STEPS)?;
        expect_echoes(bench, &mut clients, first..first + (size - WARM) / STEPS, LONG)?;
        let more = (clients.len() - WARM) as u64;
        let kib = server.facts().resident()?.saturating_sub(before) >> 10;
        ensure(kib <= MOST_KIB * more + ROOM_KIB, || {
            Fault::expected(format!("at most {MOST_KIB} KiB of memory for each idle connection"))
                .got(format!("{} KiB for each of {more}", kib / more))
        })?;
    }
    Ok(())
}

fn shares_its_port_with_a_second_process(bench: &mut Bench) -> Result<(), Fault> {
    const CLIENTS: usize = 200;
    const LEAST: usize = CLIENTS / 10;
    let alone = c10k_server(bench, &[])?;
    let port = alone.address().port().to_string();
    let mut second = bench.start("c10k-server", ["--port", &port])?;
    ensure(
        second.wait_for_stdout("nothing", |line| line.contains("listening").then_some(())).is_err(),
        || {
            Fault::expected("a second server without `--reuse-port` to end: the port is taken")
                .got("it listens as well")
        },
    )?;
    second.expect_exit(8)?;
    drop(alone);

    let first = c10k_server(bench, &["--reuse-port"])?;
    let port = first.address().port().to_string();
    let second = bench.serve("c10k-server", ["--port", &port, "--reuse-port"])?;
    let before = [first.facts().descriptors()?, second.facts().descriptors()?];
    let mut clients = first.multitude()?;
    clients.connect(CLIENTS)?;
    expect_echoes(bench, &mut clients, 0..CLIENTS, LONG)?;
    let got = [first.facts().descriptors()? - before[0], second.facts().descriptors()? - before[1]];
    ensure(got.iter().all(|&count| count >= LEAST), || {
        Fault::expected(format!("each of two processes to get at least {LEAST} of {CLIENTS} clients"))
            .got(format!("{} and {}", got[0], got[1]))
    })
}

fn drains_at_sigterm(bench: &mut Bench) -> Result<(), Fault> {
    const IDLE: usize = 1000;
    const GRACE: Duration = Duration::from_millis(500);
    ensure(Multitude::most() >= FEWEST + OTHERS, || Fault::skip("needs 1,200 descriptors (ulimit -Hn)"))?;
    let mut server = c10k_server(bench, &["--grace", "30"])?;
    let mut idle = server.multitude()?;
    idle.connect(IDLE)?;
    expect_echoes(bench, &mut idle, 0..IDLE, LONG)?;
    let mut busy = server.connect_as("B")?;
    let half = bench.random_word(4);
    busy.send_and_wait_until_read(half.as_bytes())?;
    server.program().signal(Signal::SIGTERM)?;
    server.expect_refused()?;
    idle.expect_all_ended(PATIENCE)?;
    drop(idle);
    busy.send(b"-end\n")?;
    busy.expect_line(&format!("ECHO: {half}-end"))?;
    busy.expect_eof()?;
    busy.close();
    // Nobody is there any more: no reason to wait for the rest of the grace.
    server.program().expect_exit(0)?;

    let mut server = c10k_server(bench, &["--grace", "0.5"])?;
    let mut never_ends_its_line = server.connect_as("C")?;
    never_ends_its_line.send_and_wait_until_read(b"and then")?;
    let before = Instant::now();
    server.program().signal(Signal::SIGTERM)?;
    // A second above the grace.
    let end = server.program().wait_for(GRACE + SLACK * 2)?;
    ensure(end.code() == Some(0) && before.elapsed() >= GRACE, || {
        Fault::expected("exit code 0 when the grace is over, and not before")
            .got(format!("{end} after {:.1} s", before.elapsed().as_secs_f64()))
    })
}
