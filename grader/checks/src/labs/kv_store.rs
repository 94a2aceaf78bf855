//! Lab 14: a store of keys and values.

use crate::{Bench, Check, Connection, Ended, Fault, Lab, PATIENCE, Server, check, hex, play};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "kv-store",
    number: 14,
    title: "A store of keys and values",
    signatures: include_str!("../../signatures/kv-store.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("answers-error-for-a-missing-key", 10, answers_error_for_a_missing_key)
        .stage(1)
        .says("`GET` and `DELETE` of a key that isn't there give `ERROR`, also when it was there before")
        .reads("Build it, stage 1: what a line means")
        .hints([
            "Your map says whether it had the key. What becomes of that?",
            "`HashMap::get` and `HashMap::remove` return an `Option`: `None` is the answer `ERROR`, for both commands. Book: \"The contract\".",
            "match self.0.remove(&key) { Some(_) => Reply::Ok, None => Reply::Error }",
        ]),
    check("sets-gets-and-deletes", 14, sets_gets_and_deletes)
        .stage(2)
        .says("`SET`, `GET`, `DELETE` and `GET` on one connection are answered with `OK`, the value, `OK` and `ERROR`, each with its newline")
        .reads("Build it, stage 2: the server")
        .hints([
            "How does a client know that your reply is complete? And may it say something else after it?",
            "Every reply is a line, and ends like one. After a reply comes the next command, until the client has finished. Book: \"The contract\".",
            "loop { line = read_line()?; reply = parse(line).map(apply) or ERROR; write_all(reply + \"\\n\")? }",
        ]),
    check("keeps-every-space-of-a-value", 8, keeps_every_space_of_a_value)
        .stage(2)
        .says("`SET k a  b c` is read as `a  b c`: a value keeps all its spaces")
        .reads("Build it, stage 1: what a line means")
        .hints([
            "How many pieces does your line fall into when its value has spaces in it?",
            "Only the first space behind the verb and the first behind the key mean something. All others are part of the value, also at its ends. Book: \"Build it, stage 1: what a line means\".",
            "let (verb, rest) = line.split_once(' ')…; let (key, value) = rest.split_once(' ')…",
        ]),
    check("answers-every-command-of-one-segment", 8, answers_every_command_of_one_segment)
        .stage(2)
        .says("four commands that arrive in one segment get four replies, in order")
        .reads("Build it, stage 2: the server")
        .hints([
            "One read may return more than one command. Where do the bytes after the first newline go?",
            "They are in the buffer of your `BufReader`. It lives as long as the connection. Book: \"What could go wrong\".",
            "let mut reader = BufReader::new(stream); loop { read_line(&mut reader, max)? … }",
        ]),
    check("keeps-values-for-the-next-client", 10, keeps_values_for_the_next_client)
        .stage(2)
        .says("what the first client has stored, the second one reads")
        .reads("Build it, stage 2: the server")
        .hints([
            "How long does your store live?",
            "The store belongs to the server, not to a connection: it is lent to each of them. Book: \"Build it, stage 2: the server\".",
            "loop { let (stream, client) = listener.accept()?; serve_client(stream, store, cfg) }",
        ]),
    check("client-prints-the-reply", 10, client_prints_the_reply)
        .stage(3)
        .says("`kv-client` sends one command, prints the reply, and ends with exit code 0, or with 1 if the reply is `ERROR`")
        .reads("Build it, stage 3: the client")
        .hints([
            "A script runs your client. How does it learn that there is no such key?",
            "The line says which reply it is: `ERROR` is `Reply::Error`, and the given `main` makes an exit code of that. Book: \"Build it, stage 3: the client\".",
            "match line { \"OK\" => Reply::Ok, \"ERROR\" => Reply::Error, _ => Reply::Value(line) }",
        ]),
];

/// Starts the server on a free port.
pub fn kv_server(bench: &mut Bench, args: &[&str]) -> Result<Server, Fault> {
    bench.serve("kv-server", [&["--port", "0"], args].concat())
}

/// Sends one command, and expects this reply; both without their newlines.
pub fn expect_reply(client: &mut Connection, command: &str, reply: &str) -> Result<(), Fault> {
    client.send(format!("{command}\n").as_bytes())?;
    client.expect_line(reply)
}

/// Stores something that nobody can have guessed, and reads it.
pub fn expect_service(bench: &mut Bench, client: &mut Connection) -> Result<(), Fault> {
    let [key, value] = [(); 2].map(|()| bench.random_word(8));
    expect_reply(client, &format!("SET {key} {value}"), "OK")?;
    expect_reply(client, &format!("GET {key}"), &value)
}

/// Runs the client to its end, with that port.
pub fn ask(bench: &mut Bench, port: &str, command: &[&str]) -> Result<Ended, Fault> {
    bench.run("kv-client", [&["--port", port], command].concat())
}

fn answers_error_for_a_missing_key(bench: &mut Bench) -> Result<(), Fault> {
    let [key, value] = [(); 2].map(|()| bench.random_word(6));
    let (get, delete) = (format!("GET {key}"), format!("DELETE {key}"));
    let talk = [
        (get.clone(), "ERROR"),
        (delete.clone(), "ERROR"),
        (format!("SET {key} {value}"), "OK"),
        (get.clone(), &*value),
        (delete.clone(), "OK"),
        (get, "ERROR"),
        (delete, "ERROR"),
    ];
    let mut probe = bench.probe()?;
    // One more each time: the first wrong reply ends it.
    for said in 1..=talk.len() {
        let words = talk[..said].iter().map(|(command, _)| hex(command.as_bytes()));
        let replies = talk[..said].iter().map(|(_, reply)| hex(format!("{reply}\n").as_bytes()));
        let (last, reply) = &talk[said - 1];
        bench.remark(format!("… {last}: {reply}"));
        probe.expect(
            &format!("talk {}", words.collect::<Vec<_>>().join(" ")),
            &format!("ok {}", replies.collect::<Vec<_>>().join(" ")),
        )?;
    }
    Ok(())
}

fn sets_gets_and_deletes(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &[])?;
    let mut client = server.connect()?;
    for _ in 0..2 {
        let [key, value] = [(); 2].map(|()| bench.random_word(6));
        expect_reply(&mut client, &format!("SET {key} {value}"), "OK")?;
        expect_reply(&mut client, &format!("GET {key}"), &value)?;
        expect_reply(&mut client, &format!("DELETE {key}"), "OK")?;
        expect_reply(&mut client, &format!("GET {key}"), "ERROR")?;
    }
    client.fin()?;
    client.expect_eof()?;

    let script = include_str!("../../../../fixtures/transcripts/kv_basic.peer");
    play(&wire::peer::Script::parse(script).map_err(Fault::infra)?, &server)
}

fn keeps_every_space_of_a_value(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &[])?;
    let mut client = server.connect()?;
    let [first, second, third] = [(); 3].map(|()| bench.random_word(3));
    for value in [format!("{first}  {second} {third}"), format!("  {first}\t{second} ")] {
        expect_reply(&mut client, &format!("SET k {value}"), "OK")?;
        expect_reply(&mut client, "GET k", &value)?;
    }
    Ok(())
}

fn answers_every_command_of_one_segment(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &[])?;
    let mut client = server.connect()?;
    let [key, value] = [(); 2].map(|()| bench.random_word(5));
    client.send(format!("SET {key} {value}\nGET {key}\nDELETE {key}\nGET {key}\n").as_bytes())?;
    for reply in ["OK", &value, "OK", "ERROR"] {
        client.expect_line(reply)?;
    }
    expect_service(bench, &mut client)
}

fn keeps_values_for_the_next_client(bench: &mut Bench) -> Result<(), Fault> {
    let server = kv_server(bench, &[])?;
    let mut first = server.connect_as("A")?;
    let [key, value] = [(); 2].map(|()| bench.random_word(6));
    expect_reply(&mut first, &format!("SET {key} {value}"), "OK")?;
    first.fin()?;
    first.expect_eof()?;
    first.close();

    let mut second = server.connect_as("B")?;
    expect_reply(&mut second, &format!("GET {key}"), &value)?;
    expect_reply(&mut second, &format!("DELETE {key}"), "OK")?;
    second.fin()?;
    second.expect_eof()?;
    second.close();
    expect_reply(&mut server.connect_as("C")?, &format!("GET {key}"), "ERROR")
}

fn client_prints_the_reply(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let port = listener.port();
    let [key, value] = [(); 2].map(|()| bench.random_word(6));
    let value = format!("chào  {value}");
    let set = format!("SET {key} {value}");
    let get = format!("GET {key}");
    for (command, reply, code) in [
        (vec!["SET", &key, &value], "OK", 0),
        (vec!["GET", &key], &*value, 0),
        (vec!["GET", &key], "ERROR", 1),
    ] {
        let args = [vec!["--port", &port], command.clone()].concat();
        let client = bench.start("kv-client", args)?;
        let mut server = listener.accept(client.pid())?;
        server.expect_line(if command[0] == "SET" { &set } else { &get })?;
        server.send(format!("{reply}\n").as_bytes())?;
        // The server may keep the connection: a reply is complete with its newline.
        bench.end_of(client, PATIENCE)?.code(code)?.stdout_is(&format!("{reply}\n"))?;
    }
    Ok(())
}
