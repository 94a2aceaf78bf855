//! `net-errors-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `classify KIND PHASE` | the variant that an error of that [`ErrorKind`] becomes, its exit code and its text |

use std::io::{self, ErrorKind};

use net_errors::{NetError, Phase, classify};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("classify", [kind, phase]) => {
            let error = classify(error_kind(kind)?.into(), named_phase(phase)?);
            Ok(format!("{} {} {error}", variant(&error), error.exit_code()))
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn error_kind(name: &str) -> Result<ErrorKind, String> {
    Ok(match name {
        "AddrInUse" => ErrorKind::AddrInUse,
        "BrokenPipe" => ErrorKind::BrokenPipe,
        "ConnectionAborted" => ErrorKind::ConnectionAborted,
        "ConnectionRefused" => ErrorKind::ConnectionRefused,
        "ConnectionReset" => ErrorKind::ConnectionReset,
        "HostUnreachable" => ErrorKind::HostUnreachable,
        "NetworkDown" => ErrorKind::NetworkDown,
        "NetworkUnreachable" => ErrorKind::NetworkUnreachable,
        "PermissionDenied" => ErrorKind::PermissionDenied,
        "TimedOut" => ErrorKind::TimedOut,
        "UnexpectedEof" => ErrorKind::UnexpectedEof,
        "WouldBlock" => ErrorKind::WouldBlock,
        _ => return Err(format!("no such kind here: {name}")),
    })
}

fn named_phase(name: &str) -> Result<Phase, String> {
    Ok(match name {
        "LookUp" => Phase::LookUp,
        "Connect" => Phase::Connect,
        "Send" => Phase::Send,
        "Receive" => Phase::Receive,
        _ => return Err(format!("no such phase: {name}")),
    })
}

fn variant(error: &NetError) -> String {
    match error {
        NetError::Resolve(_) => "Resolve".to_owned(),
        NetError::Other(_) => "Other".to_owned(),
        plain => format!("{plain:?}"),
    }
}
