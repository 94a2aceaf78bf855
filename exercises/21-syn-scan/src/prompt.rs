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
    todo!("ask for what is missing, but only a terminal")
}

// Your part: helpers of your own, perhaps one that asks a question
