//! What the first process of fresh namespaces does to make them a cell.

use std::fs;
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::unistd::sethostname;

use crate::error::{Error, Trying};
use crate::limits::{Limits, SCRATCH_INODES};
use crate::root::{self, Parts};
use crate::rung::{Layers, Rung};

/// The directories any user may write to: each gets a private file system, so that nothing stays for a later run.
pub(crate) const SCRATCH: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// Makes changes of this process's mounts its own.
pub(crate) fn part_mounts() -> Result<(), Error> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).trying_to("make its mounts private")
}

/// Gives this process, PID 1 of its namespaces, a file system with a `/proc` and temporary directories of its own: one
/// of these parts, or the machine's where there are none. Whether it is one of these parts.
pub(crate) fn furnish(
    rung: Rung,
    parts: Option<Parts>,
    limits: &Limits,
    layers: &mut Layers,
) -> Result<bool, Error> {
    let options = format!("mode=1777,size={},nr_inodes={SCRATCH_INODES}", limits.scratch);
    let minimal = match parts.map(|parts| parts.enter(&options)) {
        // Namespaces around the machine's own root are better than none.
        Some(Err(error)) if error.is_denial() => None,
        result => result.transpose()?,
    };
    let fresh = minimal.map_or_else(|| keep_root(&options), Ok)?;
    layers.note("procfs", fresh);
    sethostname("cell").trying_to("name its host")?;
    // The file speaks of the user namespace of whoever writes it: never write it without one of our own.
    let no_nesting = rung == Rung::A && fs::write("/proc/sys/user/max_user_namespaces", "0").is_ok();
    layers.note("no_nested_userns", no_nesting);
    Ok(minimal.is_some())
}

/// Whether `/proc` is fresh. A container that masks parts of its `/proc` is refused a fresh one (it would unmask them),
/// and keeps the old one: that numbers processes from outside, see [`Tree`](crate::tree::Tree).
fn keep_root(options: &str) -> Result<bool, Error> {
    let fresh = root::mount_proc(Path::new("/proc"));
    for directory in SCRATCH.iter().filter(|directory| Path::new(directory).is_dir()) {
        root::mount_tmpfs(directory, MsFlags::empty(), options).trying_to("mount a private /tmp")?;
    }
    Ok(fresh)
}
