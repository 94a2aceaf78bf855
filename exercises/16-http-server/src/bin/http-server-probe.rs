//! `http-server-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `parse BYTES` | `more` as long as the head is not whole; else its length, method, target and version, and each header as `"NAME"="VALUE"` |
//! | `header NAME BYTES` | the value of that header in the request, quoted, or `none` |
//!
//! Bytes are hex. A refusal is an error: its status, and why.

use std::io;

use http_server::Request;
use http_server::request::parse;
use labkit::probe::to_bytes;

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("parse", [bytes]) => {
            let parsed = parse(&to_bytes(bytes)?).map_err(|refusal| refusal.to_string())?;
            Ok(parsed.map_or_else(|| "more".to_owned(), |(request, length)| shown(&request, length)))
        }
        ("header", [name, bytes]) => {
            let parsed = parse(&to_bytes(bytes)?).map_err(|refusal| refusal.to_string())?;
            let (request, _) = parsed.ok_or("the head is not whole")?;
            Ok(request.header(name).map_or_else(|| "none".to_owned(), |value| format!("{value:?}")))
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn shown(request: &Request, length: usize) -> String {
    let Request { method, target, version: (major, minor), headers } = request;
    let headers: String = headers.iter().map(|(name, value)| format!(" {name:?}={value:?}")).collect();
    format!("{length} {method} {target} {major}.{minor}{headers}")
}
