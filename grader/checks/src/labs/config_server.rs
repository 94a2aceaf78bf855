//! Lab 26: a configuration server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use wire::bytes::escape;
use wire::peer::Script;

use crate::{Bench, Check, Connection, Fault, Lab, Server, check, ensure, play};

use super::framing::frame;

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "config-server",
    number: 26,
    title: "A configuration server",
    signatures: include_str!("../../signatures/config-server.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("refuses-what-is-no-request", 8, refuses_what_is_no_request)
        .stage(1)
        .says("before `HELLO` everything is answered with `ERR 401`; unknown verbs, bad paths and values with `ERR 400`, and the session goes on")
        .reads("Build it, stage 1: requests and sessions")
        .hints([
            "Who may ask for what, and in which order? Is `a..b` a path?",
            "Three gates, one behind the other: has this session said hello, is the verb one of nine, are its parts paths and values. A refusal is a reply like any other. Book: \"The contract\".",
            "if !greeted && !HELLO { ERR 401 }; let (verb, rest) = text.split_once(' ')…; for name in path.split('.') { empty? letters? }",
        ]),
    check("keeps-a-candidate-to-itself", 10, keeps_a_candidate_to_itself)
        .stage(2)
        .says("what one session has staged it sees itself, and nobody else does")
        .reads("Build it, stage 2: a candidate")
        .hints([
            "Where do you put what `SET` brings? Who else looks there?",
            "A candidate belongs to its session: a map of changes, which lies over the running configuration when this session reads. Book: \"Build it, stage 2: a candidate\".",
            "match self.candidate.get(path) { Some(change) => change, None => running.map.get(path) }",
        ]),
    check("commits-for-everybody", 10, commits_for_everybody)
        .stage(3)
        .says("after `COMMIT` every session sees the new values, those that were there before too")
        .reads("Build it, stage 3: commit")
        .hints([
            "How many running configurations are there in your server?",
            "One, which all sessions share. Each request looks at it anew. Book: \"Build it, stage 3: commit\".",
            "let running = store.running(); … on COMMIT: next = clone, apply, put in its place, reply OK version",
        ]),
    check("shows-and-drops-a-candidate", 10, shows_and_drops_a_candidate)
        .stage(3)
        .says("`DIFF` shows what a commit would add, take away and change, in the order of paths, and `ROLLBACK` drops it")
        .reads("Build it, stage 2: a candidate")
        .hints([
            "A change to the value that is there already: is it a difference?",
            "Compare each change with what is running now: nothing there before is +, nothing after is -, both is ~. Equal ones don't count. A BTreeMap has the order. Book: \"The contract\".",
            "match (running.get(path), change) { (None, Some(new)) => +, (Some(old), Some(new)) => ~, (Some(_), None) => - }; ROLLBACK: candidate.clear()",
        ]),
    check("counts-commits-that-change-something", 6, counts_commits_that_change_something)
        .stage(3)
        .says("the version grows by one with each commit that changes something, and not otherwise")
        .reads("Build it, stage 3: commit")
        .hints([
            "How many versions do three changes in one commit make? And a commit of nothing?",
            "A version is a state that was in force. What sets a path to the value that it has makes no new state. Book: \"The contract\".",
            "let changes = those that differ from the map; if changes.is_empty() { return Ok(self.version) }; self.version += 1",
        ]),
    check("has-the-same-configuration-after-a-restart", 12, has_the_same_configuration_after_a_restart)
        .stage(4)
        .says("with `--store`, a server that is killed and started again has the same values and the same version, and its file is as the contract says")
        .reads("Build it, stage 4: the file")
        .hints([
            "Nobody asks your server before it is killed. When is the last moment to save?",
            "Before the reply: `OK` is a promise. The version is part of what is saved. Book: \"Build it, stage 4: the file\".",
            "next.save(file)?; running = next; reply OK      # version N, then path=value for each, in order",
        ]),
    check("client-sends-each-line-and-prints-what-comes", 4, client_sends_each_line_and_prints_what_comes)
        .stage(5)
        .says("`config-client` sends each line of its input as a request, and prints every reply and event as it comes")
        .reads("Build it, stage 5: the client")
        .hints([
            "Your client waits for the next line of its user. Who prints the event that comes meanwhile?",
            "Two directions, two threads: one sends the lines, and the other prints what comes, until the server closes. Book: \"Build it, stage 5: the client\".",
            "spawn: for line in lines { write_frame(line) }; shutdown(Write).   here: while let Some(frame) = next()? { say(frame) }",
        ]),
];

/// Starts the server on a free port.
pub fn config_server(bench: &mut Bench, args: &[&str]) -> Result<Server, Fault> {
    bench.serve("config-server", [&["--port", "0"], args].concat())
}

/// Starts it with a configuration in this file.
pub fn config_server_with(bench: &mut Bench, file: &str) -> Result<Server, Fault> {
    config_server(bench, &["--store", file])
}

/// A directory of the check's own in which the program may write, and a file's name in it.
pub fn store(bench: &Bench) -> Result<(PathBuf, String), Fault> {
    let directory = bench.scratch().join("conf");
    fs::create_dir(&directory)?;
    // The program may be another user's, and renames files over ours.
    fs::set_permissions(&directory, Permissions::from_mode(0o777))?;
    let file = directory.join("running.conf").display().to_string();
    Ok((directory, file))
}

/// Opens a session in which that version is running.
pub fn hello(server: &Server, name: &str, version: u64) -> Result<Connection, Fault> {
    let mut client = server.connect_as(name)?;
    ask(&mut client, &format!("HELLO {}", name.to_lowercase()), &format!("OK {version}"))?;
    Ok(client)
}

/// Sends a request without waiting for its reply.
pub fn say(client: &mut Connection, request: &str) -> Result<(), Fault> {
    client.send(&frame(request.as_bytes()))
}

/// Sends a request, and expects this reply.
pub fn ask(client: &mut Connection, request: &str, reply: &str) -> Result<(), Fault> {
    say(client, request)?;
    expect(client, reply)
}

/// Expects a frame with this text.
pub fn expect(client: &mut Connection, text: &str) -> Result<(), Fault> {
    let got = next(client)?;
    ensure(got == text.as_bytes(), || {
        Fault::expected(format!("a frame {}", short(text.as_bytes()))).got_bytes(text.as_bytes(), &got)
    })
}

/// Sends a request, and expects a reply that begins so.
pub fn ask_for(client: &mut Connection, request: &str, beginning: &str) -> Result<(), Fault> {
    say(client, request)?;
    let got = next(client)?;
    ensure(got.starts_with(beginning.as_bytes()), || {
        Fault::expected(format!("a frame that begins with {beginning:?}")).got(short(&got))
    })
}

/// The payload of the next frame.
pub fn next(client: &mut Connection) -> Result<Vec<u8>, Fault> {
    const MOST: u32 = 1 << 20;
    let header = client.take(4)?;
    let length = u32::from_be_bytes(header.as_slice().try_into().expect("four bytes were taken"));
    ensure(length <= MOST, || {
        Fault::expected("the length of a frame in four bytes, at most 1 MiB").got(escape(&header))
    })?;
    client.take(length as usize)
}

/// As much of a text as a message has room for.
fn short(text: &[u8]) -> String {
    let shown = escape(&text[..text.len().min(200)]);
    if text.len() > 200 { format!("{shown}… ({} bytes)", text.len()) } else { shown }
}

/// Plays a `.peer` script against the server.
pub fn play_script(script: &str, server: &Server) -> Result<(), Fault> {
    play(&Script::parse(script).map_err(Fault::infra)?, server)
}

fn refuses_what_is_no_request(bench: &mut Bench) -> Result<(), Fault> {
    let server = config_server(bench, &[])?;
    let mut client = server.connect()?;
    for early in ["GET a", "SET a b", "COMMIT", "FOO"] {
        ask(&mut client, early, "ERR 401 hello first")?;
    }
    ask(&mut client, "HELLO ana", "OK 0")?;

    let long = ["x".repeat(64), "y".repeat(63)].join(".");
    let (too_long, value) = (format!("{long}z"), "v".repeat(4096));
    for bad in ["FOO", "", "GETa", "GET", "GET ", "SET a", "SET", "DELETE", "GET a..b", "GET .a", "GET a."] {
        ask_for(&mut client, bad, "ERR 400 ")?;
    }
    for bad in
        ["GET A", "GET é", "GET a/b", "GET a  b", "WATCH if.", "DELETE a b", "SET a\nb c", "SET a b\nc"]
    {
        ask_for(&mut client, bad, "ERR 400 ")?;
    }
    ask_for(&mut client, &format!("GET {too_long}"), "ERR 400 ")?;
    ask_for(&mut client, &format!("SET a {value}w"), "ERR 400 ")?;
    client.send(&frame(b"SET a \xff"))?;
    let reply = next(&mut client)?;
    ensure(reply.starts_with(b"ERR 400 "), || {
        Fault::expected("`ERR 400 …` for bytes that are no text").got(short(&reply))
    })?;

    // What is just good enough, and a path that is good and not there.
    ask(&mut client, &format!("SET {long} {value}"), "OK")?;
    ask(&mut client, &format!("GET {long}"), &format!("VALUE {value}"))?;
    let word = bench.random_word(6);
    ask(&mut client, &format!("GET {word}.a_b-9"), "ERR 404 not found")?;
    ask(&mut client, &format!("DELETE {word}"), "ERR 404 not found")?;
    ask(&mut client, "QUIT", "BYE")?;
    client.expect_eof()?;

    let help = bench.run("config-server", ["--help"])?.code(0)?;
    help.stdout_contains("[default: 7070]")?.stdout_contains("[default: 64]")?;
    Ok(())
}

fn keeps_a_candidate_to_itself(bench: &mut Bench) -> Result<(), Fault> {
    let server = config_server(bench, &[])?;
    let [path, other, first, second] = [(); 4].map(|()| bench.random_word(6));
    let mut a = hello(&server, "A", 0)?;
    let mut b = hello(&server, "B", 0)?;
    ask(&mut a, &format!("SET {path} {first}  x "), "OK")?;
    ask(&mut a, &format!("GET {path}"), &format!("VALUE {first}  x "))?;
    ask(&mut b, &format!("GET {path}"), "ERR 404 not found")?;
    ask(&mut b, &format!("DELETE {path}"), "ERR 404 not found")?;

    // Each has its own, also for the same path.
    ask(&mut b, &format!("SET {path} {second}"), "OK")?;
    ask(&mut a, &format!("SET {other} "), "OK")?;
    ask(&mut a, &format!("GET {other} {path}"), &format!("VALUE \n{first}  x "))?;
    ask(&mut b, &format!("GET {path}"), &format!("VALUE {second}"))?;
    ask(&mut a, &format!("DELETE {path}"), "OK")?;
    ask(&mut a, &format!("GET {path}"), "ERR 404 not found")?;
    ask(&mut a, &format!("GET {other} {path}"), "ERR 404 not found")?;
    ask(&mut b, &format!("GET {path}"), &format!("VALUE {second}"))?;
    hello(&server, "C", 0).map(drop)
}

fn commits_for_everybody(bench: &mut Bench) -> Result<(), Fault> {
    let server = config_server(bench, &[])?;
    let [path, other, first, second] = [(); 4].map(|()| bench.random_word(6));
    let mut a = hello(&server, "A", 0)?;
    let mut b = hello(&server, "B", 0)?;
    ask(&mut a, &format!("SET {path} {first}"), "OK")?;
    ask(&mut a, &format!("SET {other} {second}"), "OK")?;
    ask(&mut a, "COMMIT", "OK 1")?;
    let mut c = hello(&server, "C", 1)?;
    for client in [&mut a, &mut b, &mut c] {
        ask(client, &format!("GET {path}"), &format!("VALUE {first}"))?;
        ask(client, &format!("GET {other} {path}"), &format!("VALUE {second}\n{first}"))?;
    }
    ask(&mut b, &format!("DELETE {path}"), "OK")?;
    ask(&mut b, "COMMIT", "OK 2")?;
    for client in [&mut a, &mut b, &mut c] {
        ask(client, &format!("GET {path}"), "ERR 404 not found")?;
        ask(client, &format!("GET {other}"), &format!("VALUE {second}"))?;
    }
    drop(server);

    let server = config_server(bench, &[])?;
    play_script(include_str!("../../../../fixtures/transcripts/config_basic.peer"), &server)
}

fn shows_and_drops_a_candidate(bench: &mut Bench) -> Result<(), Fault> {
    let server = config_server(bench, &[])?;
    let word = bench.random_word(5);
    let mut client = hello(&server, "A", 0)?;
    ask(&mut client, "DIFF", "DIFF 0")?;
    for path in ["b", "c", "d", "e"] {
        ask(&mut client, &format!("SET {path} old-{word}"), "OK")?;
    }
    ask(&mut client, "COMMIT", "OK 1")?;
    ask(&mut client, "DIFF", "DIFF 0")?;

    // Not in the order of paths.
    for request in
        ["SET z {}", "DELETE d", "SET b new-{}", "SET a.b = {}", "SET c old-{}", "SET a {}", "DELETE a"]
    {
        ask(&mut client, &request.replace("{}", &word), "OK")?;
    }
    let diff = format!("DIFF 4\n+a.b== {word}\n~b old-{word} -> new-{word}\n-d\n+z={word}");
    ask(&mut client, "DIFF", &diff)?;
    ask(&mut hello(&server, "B", 1)?, "DIFF", "DIFF 0")?;

    ask(&mut client, "ROLLBACK", "OK")?;
    ask(&mut client, "DIFF", "DIFF 0")?;
    ask(&mut client, "GET b d", &format!("VALUE old-{word}\nold-{word}"))?;
    ask(&mut client, "COMMIT", "OK 1")?;
    ask(&mut client, "GET z", "ERR 404 not found")
}

fn counts_commits_that_change_something(bench: &mut Bench) -> Result<(), Fault> {
    let server = config_server(bench, &[])?;
    let mut client = hello(&server, "A", 0)?;
    ask(&mut client, "COMMIT", "OK 0")?;
    let mut version = 0;
    for _ in 0..3 {
        version += 1;
        let word = bench.random_word(6);
        for path in ["a", "b", "c"] {
            ask(&mut client, &format!("SET {path} {word}"), "OK")?;
        }
        ask(&mut client, "COMMIT", &format!("OK {version}"))?;
        ask(&mut client, "COMMIT", &format!("OK {version}"))?;
        // To what is there already, and there and back again.
        ask(&mut client, &format!("SET a {word}"), "OK")?;
        ask(&mut client, "DELETE b", "OK")?;
        ask(&mut client, &format!("SET b {word}"), "OK")?;
        ask(&mut client, "COMMIT", &format!("OK {version}"))?;
    }
    hello(&server, "B", version).map(drop)
}

fn has_the_same_configuration_after_a_restart(bench: &mut Bench) -> Result<(), Fault> {
    let (_, file) = store(bench)?;
    let [path, first, second] = [(); 3].map(|()| bench.random_word(6));
    let mut server = config_server_with(bench, &file)?;
    let mut client = hello(&server, "A", 0)?;
    for request in [format!("SET {path}.a {first}"), format!("SET {path}-b = {second} "), "SET gone x".into()]
    {
        ask(&mut client, &request, "OK")?;
    }
    ask(&mut client, "COMMIT", "OK 1")?;
    ask(&mut client, "DELETE gone", "OK")?;
    ask(&mut client, "COMMIT", "OK 2")?;
    ask(&mut client, &format!("SET {path}.c not committed"), "OK")?;
    bench.remark("killed, and started again");
    server.program().kill();

    let mut server = config_server_with(bench, &file)?;
    let mut client = hello(&server, "A", 2)?;
    ask(&mut client, &format!("GET {path}.a {path}-b"), &format!("VALUE {first}\n= {second} "))?;
    ask(&mut client, "GET gone", "ERR 404 not found")?;
    ask(&mut client, &format!("GET {path}.c"), "ERR 404 not found")?;
    server.program().kill();

    let wanted = format!("# version 2\n{path}-b== {second} \n{path}.a={first}\n");
    let got = fs::read(&file)
        .map_err(|error| Fault::expected(format!("the file {file}")).got(error.to_string()))?;
    ensure(got == wanted.as_bytes(), || {
        Fault::expected("the version and sorted `path=value` lines in the file")
            .got_bytes(wanted.as_bytes(), &got)
    })?;

    fs::write(&file, format!("# version 41\n{path}={second}\n"))?;
    let server = config_server_with(bench, &file)?;
    let mut client = hello(&server, "A", 41)?;
    ask(&mut client, &format!("SET {path} {first}"), "OK")?;
    ask(&mut client, "COMMIT", "OK 42")
}

fn client_sends_each_line_and_prints_what_comes(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let [request, value] = [(); 2].map(|()| bench.random_word(6));
    let mut program = bench.start("config-client", [listener.address().to_string()])?;
    let mut server = listener.accept(program.pid())?;
    program.write_stdin(format!("HELLO {request}\n").as_bytes())?;
    expect(&mut server, &format!("HELLO {request}"))?;
    say(&mut server, "OK 7")?;
    program.expect_line("OK 7")?;
    // Nobody has asked for these, and nothing more has been typed.
    say(&mut server, &format!("EVENT 8 a {value}"))?;
    program.expect_line(&format!("EVENT 8 a {value}"))?;
    program.write_stdin("SET tên  x \nDIFF\n".as_bytes())?;
    expect(&mut server, "SET tên  x ")?;
    expect(&mut server, "DIFF")?;
    program.close_stdin();
    server.expect_eof()?;
    say(&mut server, "OK")?;
    say(&mut server, "DIFF 1\n+a=b")?;
    server.close();
    program.expect_exit(0)?;
    let wanted = format!("OK 7\nEVENT 8 a {value}\nOK\nDIFF 1\n+a=b\n");
    let printed = program.stdout();
    ensure(printed == wanted.as_bytes(), || {
        Fault::expected("these replies on stdout").got_bytes(wanted.as_bytes(), &printed)
    })
}
