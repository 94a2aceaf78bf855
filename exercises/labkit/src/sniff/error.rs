//! Why there are no frames, or no more.

use std::path::PathBuf;
use std::{error, fmt, io};

use crate::exit;
use crate::pcap::{self, LinkType};

/// Why there are no frames, or no more.
#[derive(Debug)]
pub enum Error {
    /// The file is missing, no capture, or damaged.
    Capture(pcap::Error),
    /// The file's packets don't begin with an Ethernet header.
    NotEthernet {
        /// The file.
        path: PathBuf,
        /// What its packets begin with.
        found: LinkType,
    },
    /// There is no such interface.
    NoInterface {
        /// The name asked for.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// The process may not open packet sockets.
    Privilege {
        /// The interface asked for.
        interface: String,
    },
    /// The interface can't be opened or read.
    Interface {
        /// Its name.
        interface: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// The exit code of a program that ends for this reason.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Privilege { .. } => exit::PRIVILEGE,
            _ => exit::FAILURE,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Capture(error) => error.fmt(f),
            Error::NotEthernet { path, found } => {
                write!(f, "{}: not Ethernet: its packets are {found}; ", path.display())?;
                f.write_str("capture on one interface that is Ethernet, not on `any`")
            }
            Error::NoInterface { name, known } => {
                write!(f, "no interface {name}; there are {}", known.join(", "))
            }
            Error::Privilege { interface } => write!(
                f,
                "needs CAP_NET_RAW to watch {interface}: start it with `lab run`, \
                 or read a capture file with --read, which needs no privilege"
            ),
            Error::Interface { interface, source } => write!(f, "{interface}: {source}"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            // Their texts are part of ours already, so their own causes come next.
            Error::Capture(error) => error.source(),
            Error::Interface { source, .. } => source.source(),
            _ => None,
        }
    }
}

impl From<pcap::Error> for Error {
    fn from(error: pcap::Error) -> Error {
        Error::Capture(error)
    }
}

impl From<Error> for crate::Failure {
    fn from(error: Error) -> crate::Failure {
        crate::Failure::new(error.exit_code(), error)
    }
}
