//! Lab 18, hidden half: an echo server with a thread for each client, and never more clients than it has places for.

use std::time::Duration;

use checks::labs::threaded_echo::{
    admit, echo_server, expect_echo, expect_full, expect_log, expect_threads, fill,
};
use checks::{Bench, Check, Connection, Deadline, End, Fault, Lab, PATIENCE, Server, check, ensure};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::threaded_echo::LAB.with(include_str!("../../signatures/threaded-echo.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("confines-a-bad-line-to-its-client", 4, confines_a_bad_line_to_its_client)
        .stage(1)
        .says("a line that is no text comes back as it was, one that is too long ends its own connection, and nobody else notices")
        .reads("What threads share")
        .hints([
            "What happens to the others when one of your threads panics?",
            "A panic ends only its thread; but a lock that this thread held is poisoned, and the `unwrap` of everybody who takes it next panics, too. A peer may send any bytes, so there is nothing to unwrap. Book: \"What threads share\".",
            "keep lines as Vec<u8>; TooLong => write \"ERROR line too long\\n\" and return an error; no lock around all that",
        ]),
    check("frees-a-place-however-a-client-leaves", 8, frees_a_place_however_a_client_leaves)
        .stage(2)
        .says("a place is free again after an orderly end, after a reset, and after half a line")
        .reads("What could go wrong")
        .hints([
            "How many ways out does your thread's function have?",
            "Each `?` is one. What is done at the end of a function is not done there; what `Drop` does, is. Book: \"What could go wrong\".",
            "impl Drop for Slot { … active -= 1 }, and no other line that subtracts",
        ]),
    check("never-admits-one-too-many", 8, never_admits_one_too_many)
        .stage(2)
        .says("of a hundred clients at once exactly ten get a place and ninety are told")
        .reads("What threads share")
        .hints([
            "What can happen between your look at the counter and the moment in which it changes?",
            "Another thread. To look and to take must be one step: `fetch_update`, or both under one lock. And who accepts must have the slot before it accepts the next one. Book: \"What threads share\".",
            "self.active.fetch_update(SeqCst, SeqCst, |n| (n < max).then_some(n + 1)).ok()?; Some(Slot { … })",
        ]),
    check("keeps-nothing-of-those-who-left", 8, keeps_nothing_of_those_who_left)
        .stage(2)
        .says("after a thousand clients the server has as many threads, descriptors and clients as before, and hardly more memory")
        .reads("What could go wrong")
        .hints([
            "What does your accept loop still own of a client that has left?",
            "The stack of a thread that has ended stays as long as somebody may `join` it: a `JoinHandle` in a list keeps 2 MiB of address space. A clone of a stream keeps a descriptor. Book: \"What could go wrong\".",
            "drop what spawn returns; move the stream into the thread, without a clone outside",
        ]),
    check("turns-away-without-a-thread", 4, turns_away_without_a_thread)
        .stage(2)
        .says("a client that is turned away costs no thread, not even a short one")
        .reads("Build it, stage 2: places")
        .hints([
            "In which order does your loop ask for a place and start a thread?",
            "When everything is taken is the worst moment to take more. Ask first, in the accept loop; the few bytes that say no fit into the empty send buffer. Book: \"Build it, stage 2: places\".",
            "accept; match slots.try_acquire() { None => say so here, Some(slot) => spawn(move || … slot …) }",
        ]),
    check("outlives-a-shortage", 8, outlives_a_shortage)
        .stage(3)
        .says("out of descriptors or threads, the server neither ends nor spins, and serves those who wait as soon as others have left")
        .reads("Build it, stage 3: when accept fails")
        .hints([
            "What does `accept` return when there is no descriptor left, and what has become of the client then?",
            "EMFILE, and the client is still in the queue: asked again at once, `accept` says the same. `thread::spawn` panics where `thread::Builder` returns an error. Book: \"Build it, stage 3: when accept fails\".",
            "Err(error) => match accept_backoff(&error) { Retry => continue, Wait(pause) => sleep(pause), Stop => return Err(error) }",
        ]),
];

fn confines_a_bad_line_to_its_client(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = echo_server(bench, &["--max-line", "1000"])?;
    let mut clients = fill(&mut server, 3)?;
    let word = bench.random_word(5);
    let odd = [b"\xff\xfe", word.as_bytes(), b"\xc3\n"].concat();
    clients[0].send(&odd)?;
    clients[0].expect_bytes(&[b"ECHO: ", &odd[..]].concat())?;
    for client in &mut clients {
        expect_echo(bench, client)?;
    }

    let mut greedy = clients.remove(1);
    let address = greedy.local_addr();
    greedy.send(bench.random_word(1500).as_bytes())?;
    greedy.expect_line("ERROR line too long")?;
    greedy.expect_eof()?;
    greedy.close();
    expect_log(&mut server, "disconnected", address, 2)?;
    clients.push(admit(&mut server, 3)?);
    for client in &mut clients {
        expect_echo(bench, client)?;
    }
    Ok(())
}

/// How a client may leave.
const WAYS: [fn(Connection) -> Result<(), Fault>; 3] = [
    |client| {
        client.close();
        Ok(())
    },
    |mut client| {
        client.send_and_wait_until_read(b"Hel")?;
        client.reset()
    },
    |mut client| {
        client.send(b"Hel")?;
        client.fin()?;
        client.expect_line("ECHO: Hel")?;
        client.expect_eof()
    },
];

fn frees_a_place_however_a_client_leaves(bench: &mut Bench) -> Result<(), Fault> {
    const PLACES: usize = 3;
    let mut server = echo_server(bench, &["--max-clients", &PLACES.to_string()])?;
    for leave in WAYS {
        for (gone, client) in fill(&mut server, PLACES)?.into_iter().enumerate() {
            let address = client.local_addr();
            leave(client)?;
            expect_log(&mut server, "disconnected", address, PLACES - 1 - gone)?;
        }
    }
    for mut client in fill(&mut server, PLACES)? {
        expect_echo(bench, &mut client)?;
    }
    Ok(())
}

fn never_admits_one_too_many(bench: &mut Bench) -> Result<(), Fault> {
    const ROUNDS: usize = 10;
    let mut server = echo_server(bench, &[])?;
    server.program().wait_until_asleep()?;
    let threads = server.facts().threads()?;
    // Whether two threads meet is chance, so it is tried often: with clients that come while the server accepts, and with
    // such as are all there before it does.
    for round in 0..ROUNDS {
        bench.remark(format!("round {} of {ROUNDS}", round + 1));
        a_crowd_comes(bench, &mut server, round % 2 == 1)?;
        expect_threads(&server, threads, "when the crowd has left")?;
    }
    Ok(())
}

fn a_crowd_comes(bench: &mut Bench, server: &mut Server, all_before: bool) -> Result<(), Fault> {
    const PLACES: usize = 10;
    const CLIENTS: usize = 100;
    if all_before {
        server.program().pause()?;
    }
    let clients = (1..=CLIENTS).map(|number| server.connect_as(&number.to_string()));
    let mut clients = clients.collect::<Result<Vec<_>, _>>()?;
    if all_before {
        server.program().resume()?;
    }
    let told = wait_for_ends(&mut clients, CLIENTS - PLACES)?;
    ensure(told == CLIENTS - PLACES, || {
        Fault::expected(format!("{PLACES} of {CLIENTS} clients served, and {} told", CLIENTS - PLACES))
            .got(format!("{} that are not told anything", CLIENTS - told))
    })?;
    for client in &mut clients {
        match client.wait_for_end(Duration::ZERO)? {
            None => expect_echo(bench, client)?,
            Some(End::Fin | End::Reset) => expect_full(client)?,
        }
    }
    Ok(())
}

/// Waits until at least so many of the connections have ended, and says how many have.
fn wait_for_ends(clients: &mut [Connection], enough: usize) -> Result<usize, Fault> {
    let mut ended = 0;
    Deadline::after(PATIENCE).try_poll(|| {
        ended = 0;
        for client in &mut *clients {
            ended += usize::from(client.wait_for_end(Duration::ZERO)?.is_some());
        }
        Ok::<_, Fault>((ended >= enough).then_some(()))
    })?;
    Ok(ended)
}

fn keeps_nothing_of_those_who_left(bench: &mut Bench) -> Result<(), Fault> {
    const TURNS: usize = 100;
    let mut server = echo_server(bench, &[])?;
    server.program().wait_until_asleep()?;
    let threads = server.facts().threads()?;
    // One turn first: what the server gets once and keeps (memory for each of ten threads) is no leak.
    ten_come_and_go(bench, &server, threads)?;
    server.program().wait_until_asleep()?;
    let facts = server.facts();
    let (files, resident, space) = (facts.descriptors()?, facts.resident()?, facts.virtual_memory()?);
    for _ in 0..TURNS {
        ten_come_and_go(bench, &server, threads)?;
    }
    server.expect_descriptors_back_to(files)?;
    for (what, before, now, most) in [
        ("resident memory", resident, facts.resident()?, 4 << 20),
        ("address space", space, facts.virtual_memory()?, 256 << 20),
    ] {
        let grown = now.saturating_sub(before);
        ensure(grown <= most, || {
            Fault::expected(format!("at most {} MiB more {what} after {} clients", most >> 20, TURNS * 10))
                .got(format!("{} MiB more", grown >> 20))
        })?;
    }
    let mut last = admit(&mut server, 1)?;
    expect_echo(bench, &mut last)
}

fn ten_come_and_go(bench: &mut Bench, server: &Server, threads_before: usize) -> Result<(), Fault> {
    let clients = (0..10).map(|_| server.connect());
    let mut clients = clients.collect::<Result<Vec<_>, _>>()?;
    for client in &mut clients {
        expect_echo(bench, client)?;
    }
    // All ten are there at once now, every time: the C library keeps memory for as many threads as ever were.
    clients.iter_mut().try_for_each(Connection::fin)?;
    clients.iter_mut().try_for_each(Connection::expect_eof)?;
    expect_threads(server, threads_before, "as before the clients")
}

fn turns_away_without_a_thread(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_own_process_numbers()?;
    const PLACES: usize = 3;
    let mut server = echo_server(bench, &["--max-clients", &PLACES.to_string()])?;
    server.program().wait_until_asleep()?;
    let baseline = server.facts().threads()?;
    let mut clients = fill(&mut server, PLACES)?;
    let newest = newest_thread(&server, baseline + PLACES)?;
    for _ in 0..20 {
        expect_full(&mut server.connect_as("late")?)?;
    }
    let leaver = clients.remove(0);
    let address = leaver.local_addr();
    leaver.close();
    expect_log(&mut server, "disconnected", address, PLACES - 1)?;
    // Its thread writes that line shortly before it ends.
    expect_threads(&server, baseline + PLACES - 1, "when one client has left")?;

    // Threads that lived for microseconds are seen by the numbers that they took.
    clients.push(admit(&mut server, PLACES)?);
    let started = newest_thread(&server, baseline + PLACES)?.saturating_sub(newest);
    ensure(started == 1, || {
        Fault::expected("one new thread, for the one client that got a place")
            .got(format!("{started}, after 20 clients that got none"))
    })
}

/// The highest number of its threads, once there are so many.
fn newest_thread(server: &Server, threads: usize) -> Result<u32, Fault> {
    expect_threads(server, threads, "one for each client with a place, and those before")?;
    Ok(server.facts().thread_ids()?.into_iter().max().unwrap_or(0))
}

fn outlives_a_shortage(bench: &mut Bench) -> Result<(), Fault> {
    bench.limit_open_files(24);
    waits_for_descriptors(bench)?;
    bench.limit_open_files(200);
    bench.limit_tasks(40);
    goes_on_without_threads(bench)
}

fn waits_for_descriptors(bench: &mut Bench) -> Result<(), Fault> {
    const MOST_FILES: usize = 24;
    const SECOND: Duration = Duration::from_secs(1);
    const CPU: Duration = Duration::from_millis(200);
    let mut server = echo_server(bench, &["--max-clients", "100"])?;
    let clients = (1..=40).map(|number| server.connect_as(&number.to_string()));
    let mut clients = clients.collect::<Result<Vec<_>, _>>()?;
    let mut files = 0;
    Deadline::after(PATIENCE)
        .try_poll(|| {
            files = server.facts().descriptors()?;
            Ok::<_, Fault>((files == MOST_FILES).then_some(()))
        })?
        .ok_or_else(|| {
            Fault::expected("the server to use all 24 descriptors for 40 clients")
                .got(format!("{files} of them"))
        })?;
    // Some wait in the queue now, and there is no descriptor for them.
    let before = server.facts().cpu()?;
    let used = Deadline::after(SECOND).try_poll(|| {
        let used = server.facts().cpu()?.saturating_sub(before);
        Ok::<_, Fault>((used >= CPU).then_some(used))
    })?;
    if let Some(used) = used {
        return Err(Fault::expected("the server to wait while it has no descriptor left")
            .got(format!("{used:?} of CPU time used in {SECOND:?}")));
    }
    let mut waiting = clients.split_off(30);
    for client in clients {
        client.close();
    }
    for client in &mut waiting {
        expect_echo(bench, client)?;
    }
    server.program().expect_running()
}

/// Whoever gets no thread is left alone; the server stays, and serves the next as soon as others have left.
fn goes_on_without_threads(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = echo_server(bench, &["--max-clients", "100"])?;
    server.program().wait_until_asleep()?;
    let baseline = server.facts().threads()?;
    let clients = (1..=60).map(|number| server.connect_as(&number.to_string()));
    let clients = clients.collect::<Result<Vec<_>, _>>()?;
    server.program().expect_running()?;
    for client in clients {
        client.close();
    }
    expect_threads(&server, baseline, "as before the clients")?;
    expect_echo(bench, &mut server.connect_as("last")?)
}
