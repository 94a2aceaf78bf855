//! Where frames come from: a capture file, or an interface ([`live`](crate::live)).

use std::io;
use std::path::Path;

use labkit::exit;
use labkit::pcap::{self, LinkType, Packet, Reader};

/// Frames in the order in which they were seen. After an error there is no next one.
pub type Frames = Box<dyn Iterator<Item = Result<Packet, SourceError>>>;

/// Why there are no frames, or no more.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file is missing, no capture, or damaged.
    #[error(transparent)]
    Capture(#[from] pcap::Error),
    /// The file's packets don't begin with an Ethernet header.
    #[error("{path}: its packets are {found}, ARP is watched on Ethernet")]
    NotEthernet {
        /// The file.
        path: String,
        /// What its packets begin with.
        found: LinkType,
    },
    /// There is no such interface.
    #[error("no interface {name}; there are {}", known.join(", "))]
    NoInterface {
        /// The name asked for.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// The process may not open packet sockets.
    #[error("needs CAP_NET_RAW to watch {interface}")]
    Privilege {
        /// The interface asked for.
        interface: String,
    },
    /// The interface can't be opened or read.
    #[error("{interface}: {source}")]
    Interface {
        /// Its name.
        interface: String,
        /// What the system said.
        source: io::Error,
    },
}

impl SourceError {
    /// The exit code of a program that ends for this reason.
    pub fn exit_code(&self) -> u8 {
        match self {
            SourceError::Privilege { .. } => exit::PRIVILEGE,
            _ => exit::FAILURE,
        }
    }
}

/// The frames of a capture file.
///
/// # Errors
///
/// If it can't be opened, is no capture, or holds packets of another link layer.
pub fn from_file(path: &Path) -> Result<Frames, SourceError> {
    let reader = Reader::open(path)?;
    match reader.link_type() {
        LinkType::ETHERNET => Ok(Box::new(reader.map(|packet| Ok(packet?)))),
        found => Err(SourceError::NotEthernet { path: path.display().to_string(), found }),
    }
}
