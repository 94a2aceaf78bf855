//! The minimal root: what a program finds as its file system when it is to see nothing of the machine's.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{chdir, pivot_root};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Trying};
use crate::sys;

/// Which file system a cell's programs find, where there are namespaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Root {
    /// The machine's own, with fresh `/proc`, `/tmp`, `/var/tmp` and `/dev/shm`.
    #[default]
    Machine,
    /// Libraries, a few devices, what name resolution and time need of `/etc`, and fresh `/proc`, `/tmp` and
    /// `/dev/shm`: no program but the spec's, no home directory.
    Minimal,
}

/// Where the new root is put together: the directory is there on every machine.
const SITE: &str = "/tmp";

/// What a dynamically linked program needs. No `/usr/bin`: a submission must not wrap a program of the machine.
const LIBRARIES: [&str; 8] =
    ["/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32"];
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];
const LINKS: [(&str, &str); 5] = [
    ("/dev/ptmx", "pts/ptmx"),
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
];
/// Copied where the machine has them.
const COPIED: [&str; 4] = ["/etc/ld.so.cache", "/etc/localtime", "/etc/protocols", "/etc/services"];
/// The same on every machine, so that verdicts are.
const WRITTEN: [(&str, &str); 4] = [
    ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"),
    ("/etc/nsswitch.conf", "hosts: files dns\n"),
    ("/etc/passwd", "root:x:0:0::/tmp:/nonexistent\nnobody:x:65534:65534::/nonexistent:/nonexistent\n"),
    ("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
];

/// Makes the minimal root this process's own; its mounts are private already. `options` are those of the private
/// temporary file systems. Whether `/proc` is fresh.
///
/// # Errors
/// When the machine refuses; then nothing has changed.
pub(crate) fn enter(options: &str) -> Result<bool, Error> {
    // Whoever starts the grader with umask 077 would get a root that only its owner may walk through.
    let before = umask(Mode::from_bits_truncate(0o022));
    // Taken before the site covers what lies there.
    let entered = Parts::take().and_then(|parts| {
        mount_tmpfs(SITE, MsFlags::empty(), "mode=755,size=4m,nr_inodes=512").trying_to("mount a root")?;
        let built = parts.assemble(options).and_then(|fresh| move_in().map(|()| fresh));
        if built.is_err() {
            let _ = umount2(SITE, MntFlags::MNT_DETACH);
        }
        built
    });
    umask(before);
    let fresh = entered?;
    finish()?;
    Ok(fresh)
}

/// What the new root takes from the machine.
struct Parts {
    links: Vec<(&'static str, PathBuf)>,
    trees: Vec<(&'static str, OwnedFd)>,
    devices: Vec<(&'static str, OwnedFd)>,
}

impl Parts {
    fn take() -> Result<Self, Error> {
        const LIBRARY: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
        const DEVICE: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;
        let mut parts = Self { links: Vec::new(), trees: Vec::new(), devices: Vec::new() };
        for path in LIBRARIES {
            match fs::symlink_metadata(path) {
                Ok(metadata) if metadata.is_symlink() => {
                    parts.links.push((path, fs::read_link(path).trying_to("read where /lib leads")?));
                }
                Ok(_) => parts.trees.push((
                    path,
                    sys::clone_mounts(Path::new(path), LIBRARY).trying_to("take the machine's libraries")?,
                )),
                Err(_) => {}
            }
        }
        for path in DEVICES {
            let device =
                sys::clone_mounts(Path::new(path), DEVICE).trying_to("take the machine's devices")?;
            parts.devices.push((path, device));
        }
        Ok(parts)
    }

    /// Puts the root together at its site.
    fn assemble(self, options: &str) -> Result<bool, Error> {
        self.furnish(options).trying_to("furnish a root")?;
        let fresh = mount_proc(&at("/proc"));
        if !fresh {
            // A container that masks parts of its /proc is refused a fresh one, which would unmask them.
            let old = sys::clone_mounts(Path::new("/proc"), libc::MOUNT_ATTR_NOSUID);
            old.and_then(|old| sys::attach(&old, &at("/proc"))).trying_to("keep /proc")?;
        }
        Ok(fresh)
    }

    fn furnish(self, options: &str) -> io::Result<()> {
        for directory in ["/usr", "/etc", "/dev", "/dev/pts", "/dev/shm", "/proc", "/tmp", "/var"] {
            fs::create_dir(at(directory))?;
        }
        symlink("/tmp", at("/var/tmp"))?;
        for (path, target) in self.links {
            symlink(target, at(path))?;
        }
        for (path, tree) in self.trees {
            fs::create_dir(at(path))?;
            sys::attach(&tree, &at(path))?;
        }
        for (path, device) in self.devices {
            File::create(at(path))?;
            sys::attach(&device, &at(path))?;
        }
        for (path, target) in LINKS {
            symlink(target, at(path))?;
        }
        for path in COPIED {
            if let Ok(content) = fs::read(path) {
                write(path, &content)?;
            }
        }
        for (path, content) in WRITTEN {
            write(path, content.as_bytes())?;
        }
        let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
        let terminals = Some("newinstance,ptmxmode=0666,mode=0620");
        mount(Some("devpts"), &at("/dev/pts"), Some("devpts"), quiet, terminals)?;
        for directory in ["/tmp", "/dev/shm"] {
            mount_tmpfs(at(directory), MsFlags::MS_NOEXEC, options)?;
        }
        Ok(())
    }
}

/// A place in the root to be.
fn at(path: &str) -> PathBuf {
    PathBuf::from(format!("{SITE}{path}"))
}

fn write(path: &str, content: &[u8]) -> io::Result<()> {
    fs::write(at(path), content)?;
    fs::set_permissions(at(path), Permissions::from_mode(0o444))
}

pub(crate) fn mount_tmpfs(at: impl AsRef<Path>, more: MsFlags, options: &str) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | more;
    Ok(mount(Some("tmpfs"), at.as_ref(), Some("tmpfs"), flags, Some(options))?)
}

/// Whether a `/proc` of its own could be had there.
pub(crate) fn mount_proc(at: &Path) -> bool {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), at, Some("proc"), flags, None::<&str>).is_ok()
}

/// Makes the site the root, with the old root on top of it: pivot_root(2), "pivot_root(".", ".")".
fn move_in() -> Result<(), Error> {
    chdir(SITE).trying_to("enter its root")?;
    pivot_root(".", ".").trying_to("change its root")
}

/// Lets go of the old root, and closes the new one to writers. From here there is no way back.
fn finish() -> Result<(), Error> {
    umount2(".", MntFlags::MNT_DETACH).trying_to("leave the machine's root")?;
    chdir("/").trying_to("enter its root")?;
    let closed = MsFlags::MS_REMOUNT
        | MsFlags::MS_BIND
        | MsFlags::MS_RDONLY
        | MsFlags::MS_NOSUID
        | MsFlags::MS_NODEV
        | MsFlags::MS_NOEXEC;
    mount(None::<&str>, "/", None::<&str>, closed, None::<&str>).trying_to("close its root to writers")
}
