//! The server under a crowd of bad clients, for a minute: by hand, `cargo test -p config-server --test soak -- --ignored`.
//!
//! `WIRELAB_SOAK_SECONDS` makes it longer or shorter; `--nocapture` shows who came.

use checks::crowd::{Talk, soak};
use config_server::frames::write_frame;

/// Stages changes, looks at them, commits them, stages others and drops them. The paths are few, so that those who come at the
/// same time may meet, and who resets leaves nothing behind that grows.
struct Commits;

/// How often the long value is read: the replies are longer than the requests, so that who doesn't take them soon
/// stops its session.
const READS: usize = 20;

fn path(n: u64) -> String {
    format!("client.{}", n % 32)
}

fn value(n: u64) -> String {
    format!("{n} ").repeat(100)
}

impl Talk for Commits {
    fn request(&self, n: u64) -> Vec<u8> {
        let (path, value) = (path(n), value(n));
        let mut requests = vec![format!("HELLO {n}"), format!("WATCH {path}"), format!("SET {path} {value}")];
        requests.extend(vec![format!("GET {path}"); READS]);
        requests.extend(
            ["COMMIT", "ROLLBACK", &format!("SET {path} x"), "DIFF", "ROLLBACK", "FOO", "QUIT"]
                .map(String::from),
        );
        frames(&requests)
    }

    fn is_answer(&self, n: u64, answer: &[u8]) -> bool {
        let Some(replies) = texts(answer) else { return false };
        // Others may commit to the same path meanwhile.
        let replies: Vec<&str> =
            replies.iter().map(String::as_str).filter(|text| !text.starts_with("EVENT ")).collect();
        let [hello, "OK", "OK", rest @ ..] = replies.as_slice() else { return false };
        let Some((values, rest)) = rest.split_at_checked(READS) else { return false };
        let [commit, "OK", "OK", diff, "OK", refused, "BYE"] = rest else { return false };
        hello.starts_with("OK ")
            && values.iter().all(|reply| *reply == format!("VALUE {}", value(n)))
            && (commit.starts_with("OK ") || *commit == format!("ERR 409 conflict {}", path(n)))
            && diff.starts_with("DIFF 1\n")
            && refused.starts_with("ERR 400 ")
    }
}

fn frames(texts: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in texts {
        write_frame(&mut bytes, text.as_bytes()).expect("a text of this test fits into a frame");
    }
    bytes
}

/// The frames' texts; `None` if the last one is cut.
fn texts(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let (header, rest) = bytes.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*header) as usize)?;
        texts.push(String::from_utf8(text.to_vec()).ok()?);
        bytes = rest;
    }
    Some(texts)
}

#[test]
#[ignore = "takes a minute"]
fn a_minute_of_bad_clients_costs_nothing() {
    match soak(env!("CARGO_BIN_EXE_config-server"), &["--port", "0", "--stall-timeout", "0.3"], &Commits) {
        Ok(tally) => print!("{tally}"),
        Err(fault) => panic!("{fault}"),
    }
}
