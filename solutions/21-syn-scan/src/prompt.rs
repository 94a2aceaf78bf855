//! Questions to a person at a terminal, when the command line names no target.

use std::io::{self, IsTerminal, Write};

use crate::error::ScanError;
use crate::ports::{self, Ports};

/// What to scan if nobody says otherwise.
pub const DEFAULT_PORTS: std::ops::RangeInclusive<u16> = 20..=100;

/// Completes what the command line says about the target.
///
/// Only if `host` is missing *and* stdin is a terminal, somebody is asked: `Enter target: `, and if `ports` are missing
/// too, `Enter start port: ` and `Enter end port: `, where an empty line means the default. The prompts go to stderr:
/// stdout is for results.
///
/// # Errors
/// [`ScanError::NoTarget`] if there is nobody to ask, or no answer; [`ScanError::Ports`] if an answer is no port.
pub fn complete(host: Option<String>, ports: Option<Ports>) -> Result<(String, Option<Ports>), ScanError> {
    // begin solution: ask for what is missing, but only a terminal
    if let Some(host) = host {
        return Ok((host, ports));
    }
    if !io::stdin().is_terminal() {
        return Err(ScanError::NoTarget);
    }
    let host = ask("Enter target: ")?;
    if host.is_empty() {
        return Err(ScanError::NoTarget);
    }
    let ports = match ports {
        Some(ports) => ports,
        None => {
            let first = ask_port("Enter start port: ", *DEFAULT_PORTS.start())?;
            let last = ask_port("Enter end port: ", *DEFAULT_PORTS.end())?;
            ports::range(first, last)?
        }
    };
    Ok((host, Some(ports)))
    // end solution
}

// begin solution item: helpers of your own, perhaps one that asks a question
fn ask(question: &str) -> Result<String, ScanError> {
    let answer = || {
        let mut stderr = io::stderr().lock();
        stderr.write_all(question.as_bytes())?;
        stderr.flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    };
    answer().map_err(|source| ScanError::Io { doing: "ask at the terminal", source })
}

fn ask_port(question: &str, default: u16) -> Result<u16, ScanError> {
    match ask(question)?.as_str() {
        "" => Ok(default),
        answer => Ok(ports::parse_port(answer)?),
    }
}
// end solution
