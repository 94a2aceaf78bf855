//! The server under a crowd of bad clients, for a minute: by hand, `cargo test -p kv-store --test soak -- --ignored`.
//!
//! `WIRELAB_SOAK_SECONDS` makes it longer or shorter; `--nocapture` shows who came.

use checks::crowd::{Talk, soak};

/// Stores a value, reads it, and forgets it. Who resets before it has come so far leaves one of a few keys behind.
struct SetGetDelete;

impl Talk for SetGetDelete {
    fn request(&self, n: u64) -> Vec<u8> {
        let key = n % 16;
        format!("SET {key} value of {n}\nGET {key}\nDELETE {key}\nGET {key}\n").into_bytes()
    }

    fn is_answer(&self, n: u64, answer: &[u8]) -> bool {
        answer == format!("OK\nvalue of {n}\nOK\nERROR\n").as_bytes()
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
