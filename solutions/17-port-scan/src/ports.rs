//! Which ports: `22,80,8000-8010`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use thiserror::Error;

/// Ports to scan, in the order of their numbers, none twice.
pub type Ports = Vec<u16>;

/// Why a list of ports makes no sense.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PortSpecError {
    /// Not a number from 1 to 65535.
    #[error("`{0}` is not a port (1 to 65535)")]
    NotAPort(String),
    /// A range that ends before it starts.
    #[error("the range {0}-{1} ends before it starts")]
    Backwards(u16, u16),
}

/// What is scanned if nobody says otherwise.
pub fn default_ports() -> RangeInclusive<u16> {
    // begin solution: the range that the contract names
    20..=100
    // end solution
}

/// Reads ports and ranges, separated by commas. Both ends of a range belong to it, and spaces don't matter.
///
/// # Errors
/// The first part that makes no sense.
pub fn parse_ports(text: &str) -> Result<Ports, PortSpecError> {
    // begin solution: split at the commas; collect ports and ranges in a set that sorts them
    let mut ports = BTreeSet::new();
    for part in text.split(',') {
        match part.split_once('-') {
            Some((first, last)) => ports.extend(range(parse_port(first)?, parse_port(last)?)?),
            None => ports.extend([parse_port(part)?]),
        }
    }
    Ok(ports.into_iter().collect())
    // end solution
}

/// Every port from `first` to `last`, both included.
///
/// # Errors
/// If the range ends before it starts.
pub fn range(first: u16, last: u16) -> Result<Ports, PortSpecError> {
    // begin solution: all of them, or Backwards
    if first > last { Err(PortSpecError::Backwards(first, last)) } else { Ok((first..=last).collect()) }
    // end solution
}

/// Reads one port: a number from 1 to 65,535, perhaps with spaces around it. (0 is no port that anybody could listen on.)
///
/// # Errors
/// With the text, if it is something else.
pub fn parse_port(text: &str) -> Result<u16, PortSpecError> {
    // begin solution: turn the text into a number from 1 to 65,535, or say that it is none
    match text.trim().parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(PortSpecError::NotAPort(text.trim().to_owned())),
    }
    // end solution
}
