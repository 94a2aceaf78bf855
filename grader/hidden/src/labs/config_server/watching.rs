//! Those who watch, and those who don't wait for them.

use std::time::{Duration, Instant};

use checks::labs::config_server::{ask, config_server, expect, hello, next, say};
use checks::labs::framing::frame;
use checks::{Bench, Connection, Fault, PATIENCE, SLACK, Server, ensure};

pub(super) fn tells_watchers_of_their_own_paths(bench: &mut Bench) -> Result<(), Fault> {
    let server = config_server(bench, &[])?;
    let [one, two] = [(); 2].map(|()| bench.random_word(5));
    let mut watcher = hello(&server, "W", 0)?;
    let mut a = hello(&server, "A", 0)?;
    let mut b = hello(&server, "B", 0)?;
    ask(&mut watcher, "WATCH if", "OK")?;
    // Within the first: no event comes twice.
    ask(&mut watcher, "WATCH if.eth0", "OK")?;
    ask(&mut b, "WATCH if.eth0.mtu", "OK")?;

    for request in
        ["SET iface.x {}", "SET if.eth0.mtu {}", "SET if-x {}", "SET if up", "SET i.f {}", "SET if.a-b {}"]
    {
        ask(&mut a, &request.replace("{}", &one), "OK")?;
    }
    // Nobody is told of a candidate.
    watcher.expect_silence()?;
    ask(&mut a, "COMMIT", "OK 1")?;
    expect(&mut watcher, "EVENT 1 if up")?;
    expect(&mut watcher, &format!("EVENT 1 if.a-b {one}"))?;
    expect(&mut watcher, &format!("EVENT 1 if.eth0.mtu {one}"))?;
    expect(&mut b, &format!("EVENT 1 if.eth0.mtu {one}"))?;

    // The committer's own event comes behind its OK, and what changes nothing is no event.
    ask(&mut b, &format!("SET if.eth0.mtu {two} {two}"), "OK")?;
    ask(&mut b, "DELETE if", "OK")?;
    ask(&mut b, &format!("SET if.a-b {one}"), "OK")?;
    ask(&mut b, "COMMIT", "OK 2")?;
    expect(&mut b, &format!("EVENT 2 if.eth0.mtu {two} {two}"))?;
    expect(&mut watcher, "EVENT 2 if -")?;
    expect(&mut watcher, &format!("EVENT 2 if.eth0.mtu {two} {two}"))?;

    // Two who commit in turns, without waiting for anything: the watcher sees them in the order of versions.
    const TURNS: u64 = 40;
    for turn in 0..TURNS {
        let (client, path) = if turn % 2 == 0 { (&mut a, "if.a") } else { (&mut b, "if.b") };
        client.send(&[frame(format!("SET {path} {turn}").as_bytes()), frame(b"COMMIT")].concat())?;
    }
    for version in 3..3 + TURNS {
        let event = next(&mut watcher)?;
        ensure(event.starts_with(format!("EVENT {version} if.").as_bytes()), || {
            Fault::expected(format!("the event of version {version} next"))
                .got(String::from_utf8_lossy(&event))
        })?;
    }
    watcher.expect_silence()
}

/// How many changes a commit has here, of 4 KiB each: twice what may wait for a watcher.
const PATHS: usize = 500;

pub(super) fn never_waits_for_a_watcher(bench: &mut Bench) -> Result<(), Fault> {
    const MIB: u64 = 1 << 20;
    const COMMITS: u64 = 4;
    const AT_ONCE: Duration = Duration::from_millis(250);
    let server = config_server(bench, &[])?;
    let mut a = hello(&server, "A", 0)?;
    // What such commits cost without watchers, in memory and on a busy machine in time, is no matter here.
    let mut longest = Duration::ZERO;
    for version in 1..=2 {
        longest = longest.max(commit_much(&mut a, version, PATIENCE)?);
    }
    let limit = (AT_ONCE + SLACK).max(longest * 8);
    let mut keen = hello(&server, "keen", 2)?;
    ask(&mut keen, "WATCH small", "OK")?;
    let without = server.facts().descriptors()?;
    let before = server.facts().peak_resident()?;
    let mut deaf = deaf_watcher(&server)?;

    // A little goes into the kernel's buffers and the queue, and is there when the watcher looks at last.
    ask(&mut a, "SET small x", "OK")?;
    ask(&mut a, "COMMIT", "OK 3")?;
    expect(&mut keen, "EVENT 3 small x")?;
    expect(&mut deaf, "EVENT 3 small x")?;
    for version in 4..4 + COMMITS {
        commit_much(&mut a, version, limit)?;
    }
    server.facts().expect_growth_within(before, 5 * MIB)?;
    server.expect_descriptors_back_to(without)?;

    // Those who read are told as before.
    ask(&mut a, "SET small y", "OK")?;
    let version = 4 + COMMITS;
    ask(&mut a, "COMMIT", &format!("OK {version}"))?;
    expect(&mut keen, &format!("EVENT {version} small y"))
}

/// Opens a session that watches everything here, and will read no more.
fn deaf_watcher(server: &Server) -> Result<Connection, Fault> {
    let mut deaf = server.connect_with_small_buffer()?;
    ask(&mut deaf, "HELLO deaf", "OK 2")?;
    ask(&mut deaf, "WATCH much", "OK")?;
    ask(&mut deaf, "WATCH small", "OK")?;
    Ok(deaf)
}

/// Changes many long values, and commits them: the `OK` must come within the limit. Returns how long it took.
fn commit_much(client: &mut Connection, version: u64, limit: Duration) -> Result<Duration, Fault> {
    let mut value = version.to_string().repeat(4096);
    value.truncate(4096);
    let sets: Vec<u8> =
        (0..PATHS).flat_map(|number| frame(format!("SET much.{number} {value}").as_bytes())).collect();
    client.send(&sets)?;
    client.expect_bytes(&frame(b"OK").repeat(PATHS))?;
    let began = Instant::now();
    say(client, "COMMIT")?;
    client.wait_for_anything(limit)?.ok_or_else(|| {
        Fault::expected(format!("`OK` within {limit:.2?}, slack for a slow machine included"))
            .but_waited(format!("nothing after {:.2?}", began.elapsed()))
    })?;
    expect(client, &format!("OK {version}"))?;
    Ok(began.elapsed())
}
