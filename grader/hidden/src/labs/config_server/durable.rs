//! What is promised is on disk.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use checks::labs::config_server::{ask, ask_for, config_server_with, expect, hello, next, say, store};
use checks::labs::framing::frame;
use checks::{Bench, Connection, Fault, PATIENCE, ensure};

pub(super) fn replaces_the_file_before_ok(bench: &mut Bench) -> Result<(), Fault> {
    let (_, file) = store(bench)?;
    let server = config_server_with(bench, &file)?;
    let mut client = hello(&server, "A", 0)?;
    ask(&mut client, "SET path before", "OK")?;
    ask(&mut client, "COMMIT", "OK 1")?;
    for version in 2..=6 {
        let mut old = fs::File::open(&file)?;
        let word = bench.random_word(8);
        ask(&mut client, &format!("SET path {word}"), "OK")?;
        ask(&mut client, "COMMIT", &format!("OK {version}"))?;

        let wanted = format!("# version {version}\npath={word}\n");
        let now = fs::read(&file)?;
        ensure(now == wanted.as_bytes(), || {
            Fault::expected("the new configuration in the file when `OK` comes")
                .got_bytes(wanted.as_bytes(), &now)
        })?;
        ensure(fs::metadata(&file)?.ino() != old.metadata()?.ino(), || {
            Fault::expected("another file under the name (another inode)").got("the same one, written over")
        })?;
        let mut still = String::new();
        old.read_to_string(&mut still)?;
        ensure(still.starts_with(&format!("# version {}\n", version - 1)), || {
            Fault::expected("the old configuration for whoever has the old file open")
                .got(format!("{still:?}"))
        })?;
    }
    Ok(())
}

/// What may be in force after a kill: what was promised last, or what was asked for and not promised yet.
struct History {
    promised: (u64, String),
    asked: Option<String>,
}

impl History {
    /// Which of the two the server has after its restart; that is what counts from then on.
    fn settle(&mut self, version: u64) -> Result<(), Fault> {
        let (promised, _) = self.promised;
        match (version.checked_sub(promised), self.asked.take()) {
            (Some(0), _) => Ok(()),
            (Some(1), Some(asked)) => {
                self.promised = (version, asked);
                Ok(())
            }
            _ => Err(Fault::expected(format!(
                "version {promised}, which had its `OK`, or the commit behind it"
            ))
            .got(format!("version {version}"))),
        }
    }
}

/// How many paths the configuration has, so that to write it takes much longer than to kill who writes.
const PATHS: usize = 8_000;

/// The two paths that change in every commit: the first line of the file and the last.
const ENDS: [&str; 2] = ["a.first", "z.last"];

pub(super) fn survives_a_kill_at_any_moment(bench: &mut Bench) -> Result<(), Fault> {
    const ROUNDS: usize = 20;
    let (_, file) = store(bench)?;
    let filler: String = (0..PATHS).map(|number| format!("m.{number:05}={}\n", "x".repeat(60))).collect();
    fs::write(&file, format!("# version 7\n{}=start\n{filler}{}=start\n", ENDS[0], ENDS[1]))?;

    let mut history = History { promised: (7, "start".to_owned()), asked: None };
    for round in 1..=ROUNDS {
        bench.remark(format!("round {round} of {ROUNDS}"));
        let mut server = config_server_with(bench, &file)?;
        let mut client = server.connect()?;
        say(&mut client, "HELLO a")?;
        history.settle(version_in(&next(&mut client)?, "OK ")?)?;
        expect_whole(&mut client, &file, &history.promised)?;

        let word = bench.random_word(8);
        let version = history.promised.0 + 1;
        client.send(&commit_of(&word))?;
        for reply in ["OK".to_owned(), "OK".to_owned(), format!("OK {version}")] {
            let got = next(&mut client)?;
            ensure(got == reply.as_bytes(), || {
                Fault::expected(format!("the reply {reply:?}")).got(String::from_utf8_lossy(&got))
            })?;
        }
        history.promised = (version, word);
        // In every second round at once, in the others somewhere in the next commit.
        if round % 2 == 0 {
            let word = bench.random_word(8);
            client.send(&commit_of(&word))?;
            history.asked = Some(word);
            client.wait_for_end(Duration::from_micros(bench.random().u64(..20_000)))?;
        }
        server.program().kill();
        bench.remark("SIGKILL");
        let (last, _) = client.read_to_end(PATIENCE)?;
        // It may have got as far as the promise.
        if last.ends_with(&frame(format!("OK {}", version + 1).as_bytes())) {
            history.promised = (version + 1, history.asked.take().unwrap_or_default());
        }
    }
    Ok(())
}

/// A change of both ends, and its commit, in one go.
fn commit_of(word: &str) -> Vec<u8> {
    let sets = ENDS.map(|path| frame(format!("SET {path} {word}").as_bytes()));
    [sets.concat(), frame(b"COMMIT")].concat()
}

/// Expects this version in the session and in the file, and nothing of it to be missing.
fn expect_whole(client: &mut Connection, file: &str, (version, word): &(u64, String)) -> Result<(), Fault> {
    ask(
        client,
        &format!("GET {} m.01000 {}", ENDS[0], ENDS[1]),
        &format!("VALUE {word}\n{}\n{word}", "x".repeat(60)),
    )?;
    let text = fs::read_to_string(file)?;
    let first = text.lines().next().unwrap_or_default();
    let on_disk = version_in(first.as_bytes(), "# version ")?;
    let lines = text.lines().count();
    ensure(on_disk == *version && lines == PATHS + 3, || {
        Fault::expected(format!("version {version} and {} lines in the file", PATHS + 3))
            .got(format!("version {on_disk} and {lines} lines"))
    })
}

fn version_in(text: &[u8], before: &str) -> Result<u64, Fault> {
    let text = String::from_utf8_lossy(text);
    let version = text.strip_prefix(before).and_then(|version| version.parse().ok());
    version.ok_or_else(|| Fault::expected(format!("`{before}N`")).got(format!("{text:?}")))
}

pub(super) fn says_that_the_store_failed(bench: &mut Bench) -> Result<(), Fault> {
    let (directory, file) = store(bench)?;
    let away = directory.with_file_name("moved");
    let server = config_server_with(bench, &file)?;
    let [old, new] = [(); 2].map(|()| bench.random_word(6));
    let mut a = hello(&server, "A", 0)?;
    let mut b = hello(&server, "B", 0)?;
    ask(&mut a, "WATCH path", "OK")?;
    ask(&mut b, &format!("SET path {old}"), "OK")?;
    ask(&mut b, "COMMIT", "OK 1")?;
    expect(&mut a, &format!("EVENT 1 path {old}"))?;
    let before = fs::read(&file)?;

    bench.remark("the directory of the store is gone");
    fs::rename(&directory, &away)?;
    ask(&mut b, &format!("SET path {new}"), "OK")?;
    ask_for(&mut b, "COMMIT", "ERR 500 ")?;
    ask(&mut a, "GET path", &format!("VALUE {old}"))?;
    ask(&mut b, "DIFF", &format!("DIFF 1\n~path {old} -> {new}"))?;

    bench.remark("it is back");
    fs::rename(&away, &directory)?;
    let after = fs::read(&file)?;
    ensure(after == before, || Fault::expected("the file as it was").got_bytes(&before, &after))?;
    ask(&mut b, "COMMIT", "OK 2")?;
    expect(&mut a, &format!("EVENT 2 path {new}"))?;
    ask(&mut a, "GET path", &format!("VALUE {new}"))
}
