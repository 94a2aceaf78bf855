//! What the first process of fresh namespaces does to make them a cell.

use std::fs;
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::unistd::sethostname;

use crate::error::{Error, Trying};
use crate::limits::{Limits, SCRATCH_INODES};
use crate::rung::{Layers, Rung};

/// The directories any user may write to: each gets a private file system, so that nothing stays for a later run.
const SCRATCH: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// Gives this process, PID 1 of its namespaces, a `/proc` and temporary directories of its own.
pub(crate) fn furnish(rung: Rung, limits: &Limits, layers: &mut Layers) -> Result<(), Error> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .trying_to("make its mounts private")?;
    layers.note("procfs", mount_proc());
    let options = format!("mode=1777,size={},nr_inodes={SCRATCH_INODES}", limits.scratch);
    for directory in SCRATCH.iter().filter(|directory| Path::new(directory).is_dir()) {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        mount(Some("tmpfs"), *directory, Some("tmpfs"), flags, Some(options.as_str()))
            .trying_to("mount a private /tmp")?;
    }
    sethostname("cell").trying_to("name its host")?;
    // The file speaks of the user namespace of whoever writes it: never write it without one of our own.
    let no_nesting = rung == Rung::A && fs::write("/proc/sys/user/max_user_namespaces", "0").is_ok();
    layers.note("no_nested_userns", no_nesting);
    Ok(())
}

/// A container that masks parts of its `/proc` is refused a fresh one (it would unmask them), and keeps the old one:
/// that numbers processes from outside, see [`Tree`](crate::tree::Tree).
fn mount_proc() -> bool {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), "/proc", Some("proc"), flags, None::<&str>).is_ok()
}
