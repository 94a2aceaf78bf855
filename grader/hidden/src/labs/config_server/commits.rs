//! Many sessions, one configuration.

use std::time::Duration;

use checks::labs::config_server::{ask, config_server, expect, hello, next, play_script, say};
use checks::labs::framing::frame;
use checks::{Bench, Connection, Deadline, Fault, PATIENCE, Server, ensure};

pub(super) fn never_overwrites_a_newer_change(bench: &mut Bench) -> Result<(), Fault> {
    let server = config_server(bench, &[])?;
    let [one, two] = [(); 2].map(|()| bench.random_word(6));
    let mut a = hello(&server, "A", 0)?;
    let mut b = hello(&server, "B", 0)?;
    // The base is what runs when the first change is staged, not when the session began.
    ask(&mut a, &format!("SET shared {one}"), "OK")?;
    ask(&mut a, "SET gone x", "OK")?;
    ask(&mut a, "COMMIT", "OK 1")?;
    ask(&mut b, &format!("SET shared {two}"), "OK")?;
    ask(&mut b, "COMMIT", "OK 2")?;

    // Different paths: both.
    ask(&mut a, "SET a.mtu 1", "OK")?;
    ask(&mut b, "SET b.mtu 1", "OK")?;
    ask(&mut a, "COMMIT", "OK 3")?;
    ask(&mut b, "COMMIT", "OK 4")?;

    // The same path, and others with it: all or nothing, and the first in order is named.
    for request in ["SET z 1", &format!("SET shared {two}-b"), "DELETE gone", "SET b.mtu 2"] {
        ask(&mut b, request, "OK")?;
    }
    ask(&mut a, &format!("SET shared {one}-a"), "OK")?;
    ask(&mut a, "DELETE gone", "OK")?;
    ask(&mut a, "SET gone again", "OK")?;
    ask(&mut a, "COMMIT", "OK 5")?;
    ask(&mut b, "COMMIT", "ERR 409 conflict gone")?;
    ask(&mut a, "GET shared gone b.mtu", &format!("VALUE {one}-a\nagain\n1"))?;
    ask(&mut a, "GET z", "ERR 404 not found")?;
    // It is kept, and refused again.
    ask(&mut b, "GET shared z", &format!("VALUE {two}-b\n1"))?;
    ask(&mut b, "COMMIT", "ERR 409 conflict gone")?;

    // What was taken away is a change, too.
    ask(&mut b, "ROLLBACK", "OK")?;
    ask(&mut b, &format!("SET shared {two}"), "OK")?;
    ask(&mut a, "DELETE shared", "OK")?;
    ask(&mut a, "COMMIT", "OK 6")?;
    ask(&mut b, "COMMIT", "ERR 409 conflict shared")?;
    ask(&mut b, "ROLLBACK", "OK")?;
    ask(&mut b, &format!("SET shared {two}"), "OK")?;
    ask(&mut b, "COMMIT", "OK 7")?;
    drop(server);

    let server = config_server(bench, &[])?;
    play_script(include_str!("../../../../../fixtures/transcripts/config_conflict.peer"), &server)
}

pub(super) fn shows_all_of_a_commit_or_nothing(bench: &mut Bench) -> Result<(), Fault> {
    const PATHS: usize = 2000;
    const COMMITS: usize = 30;
    let server = config_server(bench, &[])?;
    let mut writer = hello(&server, "A", 0)?;
    let mut reader = hello(&server, "B", 0)?;
    let word = bench.random_word(4);
    let path = |number: usize| format!("{word}.{number:04}");
    let get = format!("GET {} {}", path(0), path(PATHS - 1));
    let mut pairs = 0;
    for commit in 1..=COMMITS {
        let sets: Vec<u8> = (0..PATHS)
            .flat_map(|number| frame(format!("SET {} {commit}", path(number)).as_bytes()))
            .collect();
        writer.send(&sets)?;
        writer.expect_bytes(&frame(b"OK").repeat(PATHS))?;
        say(&mut writer, "COMMIT")?;
        // Reading all the while, until the commit is answered.
        while writer.wait_for_anything(Duration::ZERO)?.is_none() {
            say(&mut reader, &get)?;
            expect_a_pair(&next(&mut reader)?, commit)?;
            pairs += 1;
        }
        expect(&mut writer, &format!("OK {commit}"))?;
        ask(&mut reader, &get, &format!("VALUE {commit}\n{commit}"))?;
    }
    bench.remark(format!("{pairs} times read while commits ran"));
    Ok(())
}

/// Both values of the commit that runs, or both of the one before it.
fn expect_a_pair(reply: &[u8], commit: usize) -> Result<(), Fault> {
    let before = match commit {
        1 => "ERR 404 not found".to_owned(),
        _ => format!("VALUE {0}\n{0}", commit - 1),
    };
    let after = format!("VALUE {commit}\n{commit}");
    ensure([before.as_bytes(), after.as_bytes()].contains(&reply), || {
        Fault::expected(format!("{before:?} or {after:?} while commit {commit} runs"))
            .got(String::from_utf8_lossy(reply))
    })
}

pub(super) fn leaves_nothing_of_a_session_that_died(bench: &mut Bench) -> Result<(), Fault> {
    const ROUNDS: u64 = 3;
    let server = config_server(bench, &["--max-sessions", "2"])?;
    let word = bench.random_word(6);
    let mut a = hello(&server, "A", 0)?;
    let with_one = server.facts().descriptors()?;
    let mut doomed = hello(&server, "B", 0)?;
    for version in 1..=ROUNDS {
        ask(&mut doomed, &format!("SET path {word}"), "OK")?;
        ask(&mut doomed, "WATCH path", "OK")?;
        // In the middle of its next request.
        doomed.send_and_wait_until_read(&frame(b"SET other x")[..7])?;

        let mut late = server.connect_as("late")?;
        expect(&mut late, "ERR 503 all sessions are taken")?;
        late.expect_eof()?;
        doomed.reset()?;

        ask(&mut a, "DIFF", "DIFF 0")?;
        ask(&mut a, &format!("SET path {version}"), "OK")?;
        ask(&mut a, "COMMIT", &format!("OK {version}"))?;
        server.expect_descriptors_back_to(with_one)?;
        doomed = next_session(&server, version)?;
        ask(&mut doomed, "GET path", &format!("VALUE {version}"))?;
    }
    Ok(())
}

/// Opens a session as soon as there is a place for it: it may be free a moment after its connection is gone.
fn next_session(server: &Server, version: u64) -> Result<Connection, Fault> {
    let session = Deadline::after(PATIENCE).try_poll(|| {
        let mut client = server.connect_as("B")?;
        say(&mut client, "HELLO b")?;
        let is_in = next(&mut client)? == format!("OK {version}").as_bytes();
        Ok::<_, Fault>(is_in.then_some(client))
    })?;
    session.ok_or_else(|| {
        Fault::expected("the place of the session that died, for the next one").but_waited("no `OK`")
    })
}
