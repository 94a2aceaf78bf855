//! What can go wrong, and the exit code that says so.

use std::io;
use std::net::Ipv4Addr;

use labkit::{exit, sniff};
use thiserror::Error;

use crate::ports::PortSpecError;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum ScanError {
    /// No target on the command line, and nobody at a terminal to ask.
    #[error("no target: name a host, as in `syn-scan 10.77.0.2 --ports 20-100`")]
    NoTarget,
    /// An answer to a prompt that is no port.
    #[error(transparent)]
    Ports(#[from] PortSpecError),
    /// The name has no IPv4 address.
    #[error("Hostname {0} could not be resolved")]
    Unresolved(String),
    /// The kernel knows no way to the target.
    #[error("no way to {target}: {source}")]
    Unreachable {
        /// The address to be scanned.
        target: Ipv4Addr,
        /// What the kernel said.
        source: io::Error,
    },
    /// Raw sockets are for privileged programs only.
    #[error(
        "needs CAP_NET_RAW for raw sockets: start it with `lab run syn-scan …`, \
         or read a capture with --replay, which needs no privilege"
    )]
    NeedsNetRaw,
    /// A capture file that can't be read, or holds something else than Ethernet frames.
    #[error(transparent)]
    Capture(#[from] sniff::Error),
    /// Anything else the system refused.
    #[error("{doing}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl ScanError {
    /// The exit code of a program that ends with this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            ScanError::NoTarget | ScanError::Ports(_) => exit::USAGE,
            ScanError::Unresolved(_) => exit::NAME,
            ScanError::Unreachable { .. } => exit::UNREACHABLE,
            ScanError::NeedsNetRaw => exit::PRIVILEGE,
            ScanError::Capture(_) | ScanError::Io { .. } => exit::FAILURE,
        }
    }
}
