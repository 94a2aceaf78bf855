//! What may be wrong with a capture file.

use super::LinkType;
use pcap_file::PcapError;
use std::io;
use std::path::PathBuf;
use std::{error, fmt};

/// A capture that can't be read or written: the file, where it has a name, and the [`Problem`].
#[derive(Debug)]
pub struct Error {
    /// The file, if it was opened by name.
    pub path: Option<PathBuf>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a capture.
#[derive(Debug)]
pub enum Problem {
    /// The system refused: no such file, no permission, no space.
    Io(io::Error),
    /// It begins neither like pcap nor like pcapng.
    NotACapture,
    /// It ends within its header (packet 0) or within the packet of this number, counted from 1.
    Truncated(u64),
    /// The packet of this number, counted from 1, or the header (0) breaks the format's rules.
    Malformed(u64, String),
    /// A pcapng file whose packets come from interfaces of two kinds.
    MixedLinkTypes(LinkType, LinkType),
}

impl Error {
    /// `number` is that of the packet at hand, 0 for the header.
    pub(super) fn from_library(error: PcapError, number: u64) -> Error {
        match error {
            // The library reports the end of the file inside an element as an I/O error of this kind.
            PcapError::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => Problem::Truncated(number),
            PcapError::IncompleteBuffer => Problem::Truncated(number),
            PcapError::IoError(e) => Problem::Io(e),
            other => Problem::Malformed(number, other.to_string()),
        }
        .into()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        Error { path: None, problem }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        match &self.problem {
            Problem::Io(e) => write!(f, "{e}"),
            Problem::NotACapture => f.write_str("not a capture file (neither pcap nor pcapng)"),
            Problem::Truncated(0) => f.write_str("the file ends within its header"),
            Problem::Truncated(number) => write!(f, "the file ends within packet {number}"),
            Problem::Malformed(0, what) => write!(f, "malformed header: {what}"),
            Problem::Malformed(number, what) => write!(f, "malformed packet {number}: {what}"),
            Problem::MixedLinkTypes(first, other) => {
                write!(f, "packets of two kinds, {first} and {other}: extract one interface first")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.problem {
            // Its text is part of ours already, so its own cause comes next.
            Problem::Io(e) => e.source(),
            _ => None,
        }
    }
}
