//! Questions to a person at a terminal, when the command line names no target.

use std::io::{self, IsTerminal, Write};

use labkit::{Failure, exit};

use crate::ports::{self, PortSpecError, Ports};

/// Completes what the command line says: whom to scan, and which ports.
///
/// Without ports it is [`default_ports`](ports::default_ports). Only if `host` is missing *and* stdin is a terminal,
/// somebody is asked: `Enter target: `, and if `ports` are missing too, `Enter start port: ` and `Enter end port: `, where
/// an empty line means the default. The prompts go to stderr: stdout is for results.
///
/// # Errors
/// With the exit code for wrong usage, if there is nobody to ask, no target, or an answer that is no port.
pub fn complete(host: Option<String>, ports: Option<Ports>) -> Result<(String, Ports), Failure> {
    // begin solution: take what is there; ask for what is missing, but only a terminal
    if let Some(host) = host {
        return Ok((host, ports.unwrap_or_else(|| ports::default_ports().collect())));
    }
    if !io::stdin().is_terminal() {
        return Err(no_target());
    }
    let host = ask("Enter target: ")?;
    if host.is_empty() {
        return Err(no_target());
    }
    let ports = match ports {
        Some(ports) => ports,
        None => {
            let defaults = ports::default_ports();
            let first = ask_port("Enter start port: ", *defaults.start())?;
            let last = ask_port("Enter end port: ", *defaults.end())?;
            ports::range(first, last).map_err(wrong)?
        }
    };
    Ok((host, ports))
    // end solution
}

// begin solution item: helpers of your own, perhaps one that asks a question
fn no_target() -> Failure {
    Failure::new(exit::USAGE, "no target: name a host, as in `port-scan --host 127.0.0.1 --ports 20-100`")
}

fn wrong(error: PortSpecError) -> Failure {
    Failure::new(exit::USAGE, error)
}

fn ask_port(question: &str, default: u16) -> Result<u16, Failure> {
    match ask(question)?.as_str() {
        "" => Ok(default),
        answer => ports::parse_port(answer).map_err(wrong),
    }
}

fn ask(question: &str) -> Result<String, Failure> {
    let answer = || {
        let mut stderr = io::stderr().lock();
        stderr.write_all(question.as_bytes())?;
        stderr.flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    };
    answer().map_err(Failure::to("ask at the terminal"))
}
// end solution
