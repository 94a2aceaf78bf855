//! How much of the machine the server may take.

use std::collections::BTreeSet;
use std::{fs, io};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Leaves the process so many descriptors beside those that it has open now.
///
/// The machine is shared with the mail and the printer. If we ever leak, it must not be at their expense.
///
/// # Errors
/// Those of getrlimit(2) and setrlimit(2), and of reading `/proc/self/fd`.
pub(crate) fn leave_descriptors(count: usize) -> io::Result<()> {
    let open = open_descriptors()?;
    // The kernel gives out the lowest number that is free, and the limit is one above the highest that it may give.
    let highest = (0..).filter(|number| !open.contains(number)).take(count).last().unwrap_or(0);
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, (highest + 1).min(soft), hard)?;
    Ok(())
}

/// The numbers of the descriptors that are open.
fn open_descriptors() -> io::Result<BTreeSet<u64>> {
    const OWN: &str = "/proc/self/fd";
    let mut open: BTreeSet<u64> =
        fs::read_dir(OWN)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    // One of them was the directory itself, and is closed by now.
    open.retain(|number| fs::symlink_metadata(format!("{OWN}/{number}")).is_ok());
    Ok(open)
}
