//! `kv-store-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `talk LINE…` | what a new store replies to each of these lines, without any network |
//!
//! Bytes are hex, empty ones `-`.

use std::io;

use kv_store::proto::{Reply, parse};
use kv_store::store::Store;
use labkit::probe::{from_bytes, to_bytes};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match command {
        "talk" => talk(arguments).map(|replies| replies.join(" ")),
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn talk(lines: &[&str]) -> Result<Vec<String>, String> {
    let mut store = Store::default();
    let mut replies = Vec::new();
    for line in lines {
        let reply = parse(&to_bytes(line)?).map_or(Reply::Error, |cmd| store.apply(cmd));
        replies.push(from_bytes(&reply.to_bytes()));
    }
    Ok(replies)
}
