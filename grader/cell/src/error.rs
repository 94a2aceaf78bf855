//! Why no cell could be had.

use std::io;
use std::path::PathBuf;

use nix::libc;

/// Why no cell could be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program of the spec could not be opened.
    #[error("cannot open the program {}: {source}", path.display())]
    Program {
        /// The program.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The process that wanted to become a runner has several threads, and so can't change its namespaces.
    #[error("a runner must call `cell::enter` before it starts a thread")]
    Threads,
    /// A layer that the spec requires does not hold on this machine now.
    #[error("this machine does not offer {layer} now, and it was required")]
    Missing {
        /// Its name.
        layer: String,
    },
    /// A system call failed.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The inside of a cell could not be built.
    #[error("{reason}")]
    Inside {
        /// What the process in there said.
        reason: String,
        /// The errno of the call that failed there, if one did.
        errno: Option<i32>,
    },
}

impl Error {
    /// The system's errno, if it was the system that refused.
    pub(crate) fn errno(&self) -> Option<i32> {
        match self {
            Self::Program { source, .. } | Self::System { source, .. } => source.raw_os_error(),
            Self::Inside { errno, .. } => *errno,
            Self::Threads | Self::Missing { .. } => None,
        }
    }

    /// Whether the machine doesn't allow what was tried, and so never will: then a lower rung is tried. Anything else
    /// (no memory, too many processes) is trouble of the moment, and no reason to close a cell off less.
    pub(crate) fn is_denial(&self) -> bool {
        // ENOSPC and EUSERS are how the kernel says that a user may have no (more) namespaces.
        let denials = [
            libc::EPERM,
            libc::EACCES,
            libc::EROFS,
            libc::ENOSPC,
            libc::EUSERS,
            libc::EINVAL,
            libc::ENOSYS,
            libc::EOPNOTSUPP,
            libc::ENODEV,
            libc::ENOENT,
            libc::EEXIST,
        ];
        self.errno().is_some_and(|errno| denials.contains(&errno))
    }
}

/// Gives a system call's failure the words for what was tried.
pub(crate) trait Trying<T> {
    /// `what` continues the sentence "cannot …".
    fn trying_to(self, what: &'static str) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> Trying<T> for Result<T, E> {
    fn trying_to(self, what: &'static str) -> Result<T, Error> {
        self.map_err(|error| Error::System { what, source: error.into() })
    }
}
