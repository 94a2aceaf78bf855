//! Files of `/etc` and settings of the kernel's network, as a check wants its programs to find them.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::cell::Cell;

impl Cell {
    /// From now on its programs find this content in that file, which has to exist: `/etc/hosts`, `/etc/resolv.conf`.
    ///
    /// # Errors
    /// In words, why not: what a check skips with.
    pub fn show_file(&self, path: &str, content: &str) -> Result<(), String> {
        self.change(|| show_file(path, content, self.scratch()), &format!("show its own {path}"))
    }

    /// From now on the kernel chooses ports for its sockets out of this range (`ip_local_port_range`, ip(7)).
    ///
    /// # Errors
    /// In words, why not: what a check skips with.
    pub fn set_ephemeral_ports(&self, range: &RangeInclusive<u16>) -> Result<(), String> {
        let (first, last) = (range.start(), range.end());
        let setting = || fs::write("/proc/sys/net/ipv4/ip_local_port_range", format!("{first} {last}\n"));
        self.change(setting, &format!("choose ports from {first} to {last} only"))
    }
}

/// Shows `content` where the file `path` is, to this mount namespace only. `scratch` is where the content is kept for a
/// moment.
fn show_file(path: &str, content: &str, scratch: &Path) -> io::Result<()> {
    let shown = scratch.join(".shown");
    // Programs may write to the scratch directory: whatever has that name now is none of ours.
    let _ = fs::remove_file(&shown);
    File::create_new(&shown)?.write_all(content.as_bytes())?;
    fs::set_permissions(&shown, Permissions::from_mode(0o444))?;
    // What was shown before has no name any more, and nothing can be mounted on that. There may be nothing.
    let _ = umount2(path, MntFlags::MNT_DETACH);
    let none = None::<&str>;
    let mounted = mount(Some(&shown), path, none, MsFlags::MS_BIND, none).and_then(|()| {
        // The flags of the place it came from may not be dropped by whoever doesn't own that (mount_namespaces(7)).
        let closed = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
        mount(none, path, none, closed | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC, none)
    });
    // What is mounted needs no name.
    fs::remove_file(&shown)?;
    Ok(mounted?)
}
