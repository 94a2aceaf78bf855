//! `http-get-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `head BYTES` | `incomplete`; or the head's length, its status, its reason, and each header as `NAME:VALUE` |
//! | `header BYTES NAME` | the value of the header of that name, or `none` |
//! | `kind BYTES` | `length N`, `chunked` or `to-eof`, for the body behind that head |
//!
//! Bytes are hex, empty ones `-`; so are reason and value.

use std::io;

use http_get::{BodyKind, Head, body_kind, parse_head};
use labkit::probe::{from_bytes, to_bytes};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("head", [bytes]) => match parse_head(&to_bytes(bytes)?) {
            Ok(None) => Ok("incomplete".to_owned()),
            Ok(Some((head, length))) => Ok(format!("{length} {}", words_of(&head).join(" "))),
            Err(error) => Err(error.to_string()),
        },
        ("header", [bytes, name]) => {
            let value = complete(bytes)?.header(name);
            Ok(value.map_or("none".to_owned(), |value| from_bytes(value.as_bytes())))
        }
        ("kind", [bytes]) => match body_kind(&complete(bytes)?) {
            Ok(BodyKind::Length(length)) => Ok(format!("length {length}")),
            Ok(BodyKind::Chunked) => Ok("chunked".to_owned()),
            Ok(BodyKind::ToEof) => Ok("to-eof".to_owned()),
            Err(error) => Err(error.to_string()),
        },
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn words_of(head: &Head) -> Vec<String> {
    let mut words = vec![head.status.to_string(), from_bytes(head.reason.as_bytes())];
    words.extend(head.headers.iter().map(|(name, value)| format!("{name}:{}", from_bytes(value.as_bytes()))));
    words
}

fn complete(bytes: &str) -> Result<Head, String> {
    match parse_head(&to_bytes(bytes)?) {
        Ok(Some((head, _))) => Ok(head),
        Ok(None) => Err("the head is not complete".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
