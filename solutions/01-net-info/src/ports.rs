//! Port numbers.

use std::fmt;

/// What a port number is meant for (RFC 6335 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortClass {
    /// 0 to 1023: for the services that everybody knows. On most systems only the administrator may listen there.
    WellKnown,
    /// 1024 to 49151: for services whose authors have had a number registered.
    Registered,
    /// 49152 to 65535: for nobody in particular. Also called *private*, *ephemeral* or *free*.
    Dynamic,
}

/// The class of a port.
pub fn classify(port: u16) -> PortClass {
    // begin solution: compare the port with the bounds of the three classes
    match port {
        0..=1023 => PortClass::WellKnown,
        1024..=49_151 => PortClass::Registered,
        49_152.. => PortClass::Dynamic,
    }
    // end solution
}

/// The port that a command line names: a number from 0 to 65,535.
///
/// # Errors
///
/// Says what a port is, for whoever typed something else.
pub fn parse_port(text: &str) -> Result<u16, String> {
    // begin solution: turn the text into a number of 16 bits, or say that it is none
    text.parse().map_err(|_| "a port is a number from 0 to 65535".to_owned())
    // end solution
}

impl fmt::Display for PortClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PortClass::WellKnown => "well-known",
            PortClass::Registered => "registered",
            PortClass::Dynamic => "dynamic",
        })
    }
}
