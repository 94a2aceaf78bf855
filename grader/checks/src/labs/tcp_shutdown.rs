//! Lab 06: how a stream ends. A file is sent and received, and a server counts words.

use crate::{Bench, Check, Connection, Fault, Lab, PATIENCE, Server, check, ensure, hex};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "tcp-shutdown",
    number: 6,
    title: "Half-closes, resets, and streams as files",
    signatures: include_str!("../../signatures/tcp-shutdown.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("copies-whatever-the-streams-do", 8, copies_whatever_the_streams_do)
        .stage(1)
        .says("`copy_stream` copies every byte over short reads, short writes and `Interrupted`, and returns how many it was")
        .reads("Build it, stage 1: copy")
        .hints([
            "A read may return any number of bytes, and a write may take fewer than you offer.",
            "Write all of what this read has returned, and nothing else of the buffer; a signal (`Interrupted`) is no end. Book: \"Build it, stage 1: copy\".",
            "loop { match r.read(&mut chunk) { Ok(0) => break, Ok(n) => { w.write_all(&chunk[..n])?; total += n }, Interrupted => go on, other error => return it } }; w.flush()?",
        ]),
    check("transfers-a-file-unchanged", 12, transfers_a_file_unchanged)
        .stage(2)
        .says("`send` and `recv` carry 10 MiB of any bytes from one file to another, and `recv` listens on port 1060 unless told otherwise")
        .reads("Build it, stage 2: send and receive")
        .hints([
            "Does your code anywhere look at the bytes as lines or as text?",
            "`copy_stream` knows neither. The end of the file is the end of the stream. Book: \"Build it, stage 2: send and receive\".",
            "send: connect; copy_stream(&mut input, &mut stream); close. recv: accept; copy_stream(&mut stream, &mut out)",
        ]),
    check("three-bytes-arrive", 6, three_bytes_arrive)
        .stage(2)
        .says("also a file of three bytes arrives whole, on both sides, before the end")
        .reads("What could go wrong")
        .hints([
            "Where are three bytes that were written, and are in no file?",
            "In a buffer. `BufWriter` keeps small writes until it is flushed, and what is flushed after FIN is lost. Book: \"What could go wrong\".",
            "w.flush()? at the end of copy_stream, before anybody closes anything",
        ]),
    check("sends-standard-input", 4, sends_standard_input)
        .stage(2)
        .says("with `-` for the file, `send` sends its standard input")
        .reads("The contract")
        .hints([
            "Does your function care what it reads from?",
            "`main` opens the file, or takes standard input: both are an `impl Read`. Read it to its end. Book: \"The contract\".",
            "copy_stream(&mut input, &mut stream)?",
        ]),
    check("an-orderly-end-is-success", 6, an_orderly_end_is_success)
        .stage(2)
        .says("after FIN `recv` says `received N bytes, end of file` and ends with exit code 0, also if nothing came")
        .reads("Two ways to end")
        .hints([
            "What does `read` return when the sender has finished?",
            "`Ok(0)`: no error, but what you were waiting for. Book: \"Two ways to end\".",
            "Ok(0) => break, and return Ok(total)",
        ]),
    check("counts-lines-words-and-bytes", 12, counts_lines_words_and_bytes)
        .stage(3)
        .says("the word counter answers with the right numbers for nothing, for text and for any bytes; its defaults are port 1061 and 30 seconds")
        .reads("Build it, stage 3: the word counter")
        .hints([
            "What stands between two words? More than you think, and sometimes more than one of it.",
            "A word begins where a byte of a word follows one that is none. Look at bytes, not at characters. Book: \"Build it, stage 3: the word counter\".",
            "let in_word = !matches!(byte, b' ' | b'\\t' | b'\\n' | 0x0b | 0x0c | b'\\r'); if in_word && !self.in_word { self.words += 1 }; self.in_word = in_word",
        ]),
    check("client-half-closes", 12, client_half_closes)
        .stage(4)
        .says("`wc-client` sends the file and FIN, and then still listens: an answer that comes after its FIN is printed")
        .reads("Build it, stage 4: the client that still listens")
        .hints([
            "How does the server learn that the question is complete, and who still has to speak then?",
            "Close one direction only, the one that you write to. Book: \"Build it, stage 4: the client that still listens\".",
            "copy_stream(&mut input, &mut &stream)?; stream.shutdown(Shutdown::Write)?; read the answer to its end; print it",
        ]),
];

/// Starts the word counter on a free port.
pub fn word_counter(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("tcp-shutdown", ["wc-server", "-p", "0"])
}

/// Starts a receiver on a free port, which writes to the file of that name in the scratch directory.
pub fn receiver(bench: &mut Bench, out: &str) -> Result<Server, Fault> {
    bench.serve("tcp-shutdown", ["recv", "-p", "0", "--out", out])
}

/// Sends the text and FIN, and expects to be told these numbers.
pub fn expect_counts(client: &mut Connection, text: &[u8], counts: &str) -> Result<(), Fault> {
    client.send(text)?;
    client.fin()?;
    client.expect_line(counts)?;
    client.expect_eof()
}

fn copies_whatever_the_streams_do(bench: &mut Bench) -> Result<(), Fault> {
    let bytes = bench.random_bytes(20);
    let whole = hex(&bytes);
    let (first, rest) = bytes.split_at(7);
    let (first, rest) = (hex(first), hex(rest));
    let one_by_one = bytes.chunks(1).map(hex).collect::<Vec<_>>().join(",");
    let mut probe = bench.probe()?;
    for (reads, writes) in [
        (&whole, "-"),
        (&one_by_one, "-"),
        (&whole, "1,2,3,4"),
        (&format!("interrupted,{first},interrupted,{rest},interrupted"), "2,interrupted,3"),
    ] {
        probe.expect(&format!("copy_stream {reads} {writes}"), &format!("ok 20 {whole}"))?;
    }
    probe.expect("copy_stream - -", "ok 0 -")?;
    // A read that returned less must not drag along what an earlier one had left in the buffer.
    probe.expect(&format!("copy_stream {rest},{first} -"), &format!("ok 20 {rest}{first}"))?;
    probe.expect(&format!("copy_stream {first},reset -"), &format!("err ConnectionReset after {first}"))?;
    probe.expect(&format!("copy_stream {first},wouldblock -"), &format!("err WouldBlock after {first}"))?;
    probe.expect(&format!("copy_stream {whole} 7,reset"), &format!("err ConnectionReset after {first}"))
}

fn transfers_a_file_unchanged(bench: &mut Bench) -> Result<(), Fault> {
    let bytes = bench.random_bytes(10 << 20);
    let file = bench.file("sent", &bytes)?;
    let mut receiver = receiver(bench, "received")?;
    let address = receiver.address().to_string();
    bench.run("tcp-shutdown", ["send", &address, &file])?.code(0)?;
    expect_end_of_file(&mut receiver, bytes.len())?;
    expect_content(bench, "received", &bytes)?;
    bench.run("tcp-shutdown", ["recv", "--help"])?.code(0)?.stdout_contains("[default: 1060]")?;
    Ok(())
}

/// Expects the receiver to say that so many bytes have come and that this was all, and to end well.
fn expect_end_of_file(receiver: &mut Server, bytes: usize) -> Result<(), Fault> {
    let text = format!("received {bytes} bytes, end of file");
    receiver.program().wait_for_stderr(&format!("`{text}`"), |line| line.contains(&text).then_some(()))?;
    receiver.program().expect_exit(0)
}

/// Expects the program to have written exactly this to a file of the scratch directory.
pub fn expect_content(bench: &Bench, name: &str, expected: &[u8]) -> Result<(), Fault> {
    let got = std::fs::read(bench.scratch().join(name))
        .map_err(|error| Fault::expected(format!("a file {name}")).got(error.to_string()))?;
    ensure(got == expected, || {
        let same = got.iter().zip(expected).take_while(|(got, expected)| got == expected).count();
        Fault::expected(format!("{} bytes in the file, the same that were sent", expected.len()))
            .got(format!("{} bytes, of which the first {same} are right", got.len()))
    })
}

fn three_bytes_arrive(bench: &mut Bench) -> Result<(), Fault> {
    let word = bench.random_word(3);
    let file = bench.file("small", word.as_bytes())?;
    let listener = bench.listen()?;
    let sender = bench.start("tcp-shutdown", ["send", &listener.address().to_string(), &file])?;
    let mut connection = listener.accept(sender.pid())?;
    connection.expect_bytes(word.as_bytes())?;
    connection.expect_eof()?;
    connection.close();
    bench.end_of(sender, PATIENCE)?.code(0)?;

    let mut receiver = receiver(bench, "received")?;
    let mut client = receiver.connect()?;
    client.send(word.as_bytes())?;
    client.fin()?;
    receiver.program().expect_exit(0)?;
    expect_content(bench, "received", word.as_bytes())
}

fn sends_standard_input(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let mut sender = bench.start("tcp-shutdown", ["send", &listener.address().to_string(), "-"])?;
    let mut connection = listener.accept(sender.pid())?;
    // In two pieces: standard input ends when it is closed, and not before.
    for _ in 0..2 {
        let word = bench.random_word(5);
        sender.write_stdin(word.as_bytes())?;
        connection.expect_bytes(word.as_bytes())?;
    }
    sender.close_stdin();
    connection.expect_eof()?;
    connection.close();
    bench.end_of(sender, PATIENCE)?.code(0)?;
    Ok(())
}

fn an_orderly_end_is_success(bench: &mut Bench) -> Result<(), Fault> {
    let some = bench.random().usize(1..5_000);
    for length in [some, 0] {
        let bytes = bench.random_bytes(length);
        let mut receiver = receiver(bench, "received")?;
        let mut client = receiver.connect()?;
        client.send(&bytes)?;
        client.fin()?;
        expect_end_of_file(&mut receiver, length)?;
        expect_content(bench, "received", &bytes)?;
    }
    Ok(())
}

/// The texts of `fixtures/wc`, and what must be counted in each.
macro_rules! text {
    ($name:literal) => {
        (
            include_bytes!(concat!("../../../../fixtures/wc/", $name, ".txt")),
            include_str!(concat!("../../../../fixtures/wc/", $name, ".expected")),
        )
    };
}

const TEXTS: [(&[u8], &str); 3] = {
    let (empty, utf8, binary) = (text!("empty"), text!("utf8"), text!("binary"));
    [(empty.0, empty.1), (utf8.0, utf8.1), (binary.0, binary.1)]
};

fn counts_lines_words_and_bytes(bench: &mut Bench) -> Result<(), Fault> {
    let server = word_counter(bench)?;
    for (text, counts) in TEXTS {
        expect_counts(&mut server.connect()?, text, counts.trim_end())?;
    }
    let (first, second) = (bench.random_word(4), bench.random_word(9));
    let text = format!("{first} \t {second}\n");
    expect_counts(&mut server.connect()?, text.as_bytes(), "1 2 17")?;
    for default in ["[default: 1061]", "[default: 30]"] {
        bench.run("tcp-shutdown", ["wc-server", "--help"])?.code(0)?.stdout_contains(default)?;
    }
    Ok(())
}

fn client_half_closes(bench: &mut Bench) -> Result<(), Fault> {
    let text = bench.random_bytes(3_000);
    let file = bench.file("text", &text)?;
    let listener = bench.listen()?;
    let client = bench.start("tcp-shutdown", ["wc-client", &listener.address().to_string(), &file])?;
    let mut server = listener.accept(client.pid())?;
    server.expect_bytes(&text)?;
    // The question ends here, and the answer comes afterwards.
    server.expect_eof()?;
    let answer = format!("{} {} 3000\n", bench.random().u32(1..99), bench.random().u32(1..999));
    server.send(answer.as_bytes())?;
    server.fin()?;
    bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&answer)?;
    Ok(())
}
