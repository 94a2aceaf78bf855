//! What the first process of fresh namespaces does to make them a cell.

use std::fs;
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::unistd::sethostname;

use crate::error::{Error, Trying};
use crate::limits::{Limits, SCRATCH_INODES};
use crate::root::{self, Root};
use crate::rung::{Layers, Rung};

/// The directories any user may write to: each gets a private file system, so that nothing stays for a later run.
const SCRATCH: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// Gives this process, PID 1 of its namespaces, a file system as wished, with a `/proc` and temporary directories of
/// its own.
pub(crate) fn furnish(rung: Rung, wish: Root, limits: &Limits, layers: &mut Layers) -> Result<(), Error> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .trying_to("make its mounts private")?;
    let options = format!("mode=1777,size={},nr_inodes={SCRATCH_INODES}", limits.scratch);
    let minimal = match wish {
        Root::Machine => None,
        Root::Minimal => match root::enter(&options) {
            // Namespaces around the machine's own root are better than none.
            Err(error) if error.is_denial() => None,
            result => Some(result?),
        },
    };
    if wish == Root::Minimal {
        layers.note("rootfs", minimal.is_some());
    }
    let fresh = minimal.map_or_else(|| keep_root(&options), Ok)?;
    layers.note("procfs", fresh);
    sethostname("cell").trying_to("name its host")?;
    // The file speaks of the user namespace of whoever writes it: never write it without one of our own.
    let no_nesting = rung == Rung::A && fs::write("/proc/sys/user/max_user_namespaces", "0").is_ok();
    layers.note("no_nested_userns", no_nesting);
    Ok(())
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
