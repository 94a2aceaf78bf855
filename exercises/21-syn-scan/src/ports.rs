//! Which ports: `22,80,8000-8010` (given: lab 17 is about this).

use std::collections::BTreeSet;

use thiserror::Error;

/// Ports to scan, in ascending order, none twice.
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

/// Reads ports and ranges, separated by commas. Both ends of a range belong to it.
pub fn parse_ports(text: &str) -> Result<Ports, PortSpecError> {
    let mut ports = BTreeSet::new();
    for part in text.split(',') {
        match part.split_once('-') {
            Some((first, last)) => ports.extend(range(parse_port(first)?, parse_port(last)?)?),
            None => ports.extend([parse_port(part)?]),
        }
    }
    Ok(ports.into_iter().collect())
}

/// Every port from `first` to `last`, both included.
pub fn range(first: u16, last: u16) -> Result<Ports, PortSpecError> {
    if first > last { Err(PortSpecError::Backwards(first, last)) } else { Ok((first..=last).collect()) }
}

/// Reads one port; spaces around it don't matter.
pub fn parse_port(text: &str) -> Result<u16, PortSpecError> {
    match text.trim().parse() {
        Ok(0) | Err(_) => Err(PortSpecError::NotAPort(text.trim().to_owned())),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_sorted_and_unique() {
        assert_eq!(parse_ports("80, 22,79-81"), Ok(vec![22, 79, 80, 81]));
        assert_eq!(parse_ports("65535"), Ok(vec![65535]));
        assert_eq!(parse_ports("1-65535").map(|ports| ports.len()), Ok(65535));
    }

    #[test]
    fn what_is_no_port_is_named() {
        for text in ["0", "65536", "x", "", "-", "80,", "-80", "1-2-3"] {
            assert!(matches!(parse_ports(text), Err(PortSpecError::NotAPort(_))), "{text}");
        }
        assert_eq!(parse_ports("30-20"), Err(PortSpecError::Backwards(30, 20)));
    }
}
