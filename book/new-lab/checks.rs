//! Lab 99: a server that counts what it is sent.

use crate::{Bench, Check, Fault, Lab, Server, check};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "byte-count",
    number: 99,
    title: "A server that counts",
    signatures: include_str!("../../signatures/byte-count.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("answers-with-the-number", 40, answers_with_the_number)
        .stage(1)
        .says("who sends nine bytes and finishes is told `9`, on a line, and then the end")
        .reads("The contract")
        .hints([
            "Is there a newline behind your number?",
            "A number without a newline is no line: who reads lines waits for more. Book: \"The contract\".",
            "writeln!(stream, \"{total}\")?",
        ]),
    check("adds-up-its-reads", 30, adds_up_its_reads)
        .stage(1)
        .says("bytes that come one by one are counted together")
        .reads("What could go wrong")
        .hints([
            "How many times do you read?",
            "One read returns what is there, which may be a part. The end is `Ok(0)`. Book: \"What could go wrong\".",
            "loop { match read(&mut buffer)? { 0 => break, n => total += n } }",
        ]),
];

/// Starts the server on a free port.
pub fn byte_count(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("byte-count", ["--port", "0"])
}

fn answers_with_the_number(bench: &mut Bench) -> Result<(), Fault> {
    let server = byte_count(bench)?;
    let mut client = server.connect()?;
    client.send(bench.random_word(9).as_bytes())?;
    client.fin()?;
    client.expect_line("9")?;
    client.expect_eof()
}

fn adds_up_its_reads(bench: &mut Bench) -> Result<(), Fault> {
    let server = byte_count(bench)?;
    let mut client = server.connect()?;
    for _ in 0..5 {
        client.send_and_wait_until_read(b"x")?;
    }
    client.fin()?;
    client.expect_line("5")
}
