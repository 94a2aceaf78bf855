//! What the student's programs may use.

use std::io;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// What the student's programs may use. The kernel holds each process, and the private file systems, to it; what all
/// processes use together is judged by whoever polls [`Cell::excess`](crate::Cell::excess).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of all processes together, in bytes. 1 GiB unless told.
    pub tree_memory: u64,
    /// CPU time of all processes together; each alone is ended at it (`RLIMIT_CPU`), in whole seconds. One minute
    /// unless told.
    pub cpu_time: Duration,
    /// Address space of each process, in bytes (`RLIMIT_AS`). 4 GiB unless told.
    pub address_space: u64,
    /// Processes. More at once are a fork bomb, whatever they do. 64 unless told.
    pub processes: usize,
    /// Processes and threads together (`RLIMIT_NPROC`); the runner's count too. 256 unless told.
    pub tasks: u64,
    /// Size of a file that a process may write, in bytes (`RLIMIT_FSIZE`). 64 MiB unless told.
    pub file_size: u64,
    /// Space in each of the cell's private temporary file systems, in bytes. 256 MiB unless told.
    pub scratch: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tree_memory: 1 << 30,
            cpu_time: Duration::from_secs(60),
            address_space: 4 << 30,
            processes: 64,
            tasks: 256,
            file_size: 64 << 20,
            scratch: 256 << 20,
        }
    }
}

/// How many files and directories each private temporary file system holds.
pub(crate) const SCRATCH_INODES: u64 = 16_384;

impl Limits {
    /// Holds this process, and the program it becomes, to the limits. `others` is how many processes its user
    /// runs elsewhere: where no user namespace counts the cell's alone, they count too.
    pub(crate) fn apply(&self, others: u64, open_files: Option<(u64, u64)>) -> io::Result<()> {
        lower(Resource::RLIMIT_CORE, 0)?;
        lower(Resource::RLIMIT_FSIZE, self.file_size)?;
        lower(Resource::RLIMIT_AS, self.address_space)?;
        // At the soft limit SIGXCPU tells why, at the hard one SIGKILL ends who won't hear.
        let seconds = self.cpu_time.as_secs().max(1);
        lower(Resource::RLIMIT_CPU, seconds + 1)?;
        let (_, hard) = getrlimit(Resource::RLIMIT_CPU)?;
        setrlimit(Resource::RLIMIT_CPU, seconds.min(hard), hard)?;
        if let Some((soft, hard)) = open_files {
            let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
            setrlimit(Resource::RLIMIT_NOFILE, soft.min(most), hard.min(most))?;
        }
        lower(Resource::RLIMIT_NPROC, self.tasks.saturating_add(others))
    }
}

/// Sets both the soft and the hard limit, as far as the present hard limit allows.
fn lower(resource: Resource, to: u64) -> io::Result<()> {
    let (_, hard) = getrlimit(resource)?;
    let to = to.min(hard);
    Ok(setrlimit(resource, to, to)?)
}
