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
    todo!("take what is there; ask for what is missing, but only a terminal")
}

// Your part: helpers of your own, perhaps one that asks a question
