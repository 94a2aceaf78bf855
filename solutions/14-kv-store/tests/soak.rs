//! The server under a crowd of bad clients, for a minute: by hand, `cargo test -p kv-store --test soak -- --ignored`.
//!
//! `WIRELAB_SOAK_SECONDS` makes it longer or shorter; `--nocapture` shows who came.

use checks::crowd::{Talk, soak};

/// Stores a value, reads it several times, and forgets it. Who resets before it has come so far leaves one of a few keys
/// behind. The replies are longer than the commands, so that who doesn't take them soon stops the server.
struct SetGetDelete;

/// How often the value is read.
const READS: usize = 5;

/// The key and the value of the `n`-th client.
fn entry(n: u64) -> (u64, String) {
    (n % 16, format!("{n} ").repeat(200))
}

impl Talk for SetGetDelete {
    fn request(&self, n: u64) -> Vec<u8> {
        let (key, value) = entry(n);
        let reads = format!("GET {key}\n").repeat(READS);
        format!("SET {key} {value}\n{reads}DELETE {key}\nGET {key}\n").into_bytes()
    }

    fn is_answer(&self, n: u64, answer: &[u8]) -> bool {
        let (_, value) = entry(n);
        let values = format!("{value}\n").repeat(READS);
        answer == format!("OK\n{values}OK\nERROR\n").as_bytes()
    }
}

#[test]
#[ignore = "takes a minute"]
fn a_minute_of_bad_clients_costs_nothing() {
    match soak(env!("CARGO_BIN_EXE_kv-server"), &["--port", "0", "--idle-timeout", "0.3"], &SetGetDelete) {
        Ok(tally) => print!("{tally}"),
        Err(fault) => panic!("{fault}"),
    }
}
