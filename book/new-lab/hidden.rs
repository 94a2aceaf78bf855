//! Lab 99, hidden half: a server that counts what it is sent.

use checks::labs::byte_count::byte_count;
use checks::{Bench, Check, Fault, Lab, check};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::byte_count::LAB.with(include_str!("../../signatures/byte-count.toml"), CHECKS);

const CHECKS: &[Check] = &[check("serves-on-after-a-reset", 30, serves_on_after_a_reset)
    .stage(2)
    .says("a client that resets its connection in the middle ends only its own")
    .reads("What could go wrong")
    .hints([
        "Whose trouble is it when one client vanishes?",
        "A `?` in the accept loop leaves it. Book: \"What could go wrong\".",
        "if let Err(error) = answered { log!(warn, \"{client}: {error}\") }",
    ])];

fn serves_on_after_a_reset(bench: &mut Bench) -> Result<(), Fault> {
    let server = byte_count(bench)?;
    let mut rude = server.connect()?;
    rude.send_and_wait_until_read(b"half")?;
    rude.reset()?;
    let mut client = server.connect()?;
    client.send(b"whole")?;
    client.fin()?;
    client.expect_line("5")
}
