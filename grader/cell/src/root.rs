//! The minimal root: what a program finds as its file system when it is to see nothing of the machine's but what it needs.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, SFlag, fstat, umask};
use nix::unistd::{chdir, pivot_root};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Trying};
use crate::programs::Programs;
use crate::sys;

/// Which file system a cell's programs find, where there are namespaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Root {
    /// The machine's own, with fresh `/proc`, `/tmp`, `/var/tmp` and `/dev/shm`.
    #[default]
    Machine,
    /// Libraries, a few devices, what name resolution and time need of `/etc`, fresh `/proc`, `/tmp` and `/dev/shm`,
    /// the spec's programs in `/programs`, and what is [shared](crate::Spec::shared): nothing else.
    Minimal,
}

/// A folder or file of the machine that a [minimal root](Root::Minimal) shows as well, at its own path. Where the machine
/// has none of that name, nor does the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Where it is: absolute.
    pub path: PathBuf,
    /// Whether it may be written to, by whoever [owns](crate::give) its files.
    pub writable: bool,
}

/// Where a minimal root holds the spec's programs.
pub(crate) const PROGRAMS: &str = "/programs";

/// Where the new root is put together: the directory is there on every machine.
const SITE: &str = "/tmp";

/// What a dynamically linked program needs. No `/usr/bin`: a submission must not wrap a program of the machine. (Debian
/// has several libraries of one name, such as those that nmap uses: links in the last place say which is meant.)
pub(crate) const LIBRARIES: [&str; 9] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/etc/alternatives",
];
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];
const LINKS: [(&str, &str); 5] = [
    ("/dev/ptmx", "pts/ptmx"),
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
];
/// Copied where the machine has them.
pub(crate) const COPIED: [&str; 4] =
    ["/etc/ld.so.cache", "/etc/localtime", "/etc/protocols", "/etc/services"];
/// The same on every machine, so that verdicts are.
const WRITTEN: [(&str, &str); 4] = [
    ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"),
    ("/etc/nsswitch.conf", "hosts: files dns\n"),
    // As Debian and others have it: a name that stands on two lines of `hosts` has two addresses (host.conf(5)).
    ("/etc/host.conf", "multi on\n"),
    ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
];

/// What a minimal root takes from the machine.
#[derive(Debug)]
pub(crate) struct Parts {
    links: Vec<(PathBuf, PathBuf)>,
    /// What lies in the root itself, and what may lie in one of its private directories.
    trees: Vec<(PathBuf, OwnedFd)>,
    shared: Vec<(PathBuf, OwnedFd)>,
    devices: Vec<(PathBuf, OwnedFd)>,
    programs: Vec<(PathBuf, OwnedFd)>,
}

impl Parts {
    /// Takes them, while this process may still reach them; its mounts are private already.
    ///
    /// # Errors
    /// When the machine refuses.
    pub(crate) fn take(shared: &[Shared], programs: &Programs) -> Result<Self, Error> {
        const WRITABLE: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
        const READ_ONLY: u64 = WRITABLE | libc::MOUNT_ATTR_RDONLY;
        const DEVICE: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;
        let mut links = Vec::new();
        let mut folder = |path: &Path, attributes: u64| match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(path).trying_to("read where /lib leads")?;
                links.push((path.to_owned(), target));
                Ok(None)
            }
            Ok(_) => {
                let tree = sys::clone_mounts(path, attributes).trying_to("take the machine's folders")?;
                Ok(Some((path.to_owned(), tree)))
            }
            Err(_) => Ok(None),
        };
        let trees = LIBRARIES.iter().map(|path| folder(Path::new(path), READ_ONLY));
        let trees = trees.filter_map(Result::transpose).collect::<Result<_, Error>>()?;
        let shared = shared
            .iter()
            .map(|shared| folder(&shared.path, if shared.writable { WRITABLE } else { READ_ONLY }));
        let shared = shared.filter_map(Result::transpose).collect::<Result<_, Error>>()?;
        let file = |from: &Path, to: PathBuf, attributes, what| {
            Ok((to, sys::clone_mounts(from, attributes).trying_to(what)?))
        };
        let devices = DEVICES
            .iter()
            .map(|path| file(Path::new(path), PathBuf::from(path), DEVICE, "take the machine's devices"));
        let programs = programs
            .mountable()
            .map(|(name, path)| file(path, Path::new(PROGRAMS).join(name), READ_ONLY, "take the programs"));
        Ok(Self {
            trees,
            shared,
            devices: devices.collect::<Result<_, Error>>()?,
            programs: programs.collect::<Result<_, Error>>()?,
            links,
        })
    }

    /// Makes them this process's root. `options` are those of the private temporary file systems. Whether `/proc` is
    /// fresh.
    ///
    /// # Errors
    /// When the machine refuses; then nothing has changed.
    pub(crate) fn enter(self, options: &str) -> Result<bool, Error> {
        // Whoever starts the grader with umask 077 would get a root that only its owner may walk through.
        let before = umask(Mode::from_bits_truncate(0o022));
        mount_tmpfs(SITE, MsFlags::empty(), "mode=755,size=4m,nr_inodes=512").trying_to("mount a root")?;
        let built = self.assemble(options).and_then(|fresh| move_in().map(|()| fresh));
        umask(before);
        match built {
            Ok(fresh) => finish().map(|()| fresh),
            Err(error) => {
                let _ = umount2(SITE, MntFlags::MNT_DETACH);
                Err(error)
            }
        }
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
        for directory in ["/usr", "/etc", "/dev", "/dev/pts", "/dev/shm", "/proc", "/tmp", "/var", PROGRAMS] {
            fs::create_dir(at(directory))?;
        }
        symlink("/tmp", at("/var/tmp"))?;
        for (path, target) in self.links {
            symlink(target, at(path))?;
        }
        attach_all(self.trees)?;
        attach_all(self.devices)?;
        attach_all(self.programs)?;
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
        attach_all(self.shared)
    }
}

fn attach_all(parts: Vec<(PathBuf, OwnedFd)>) -> io::Result<()> {
    for (path, part) in parts {
        let is_directory = fstat(&part)?.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFDIR.bits();
        let at = at(path);
        if is_directory {
            fs::create_dir_all(&at)?;
        } else if !at.exists() {
            fs::create_dir_all(at.parent().unwrap_or(Path::new("/")))?;
            File::create(&at)?;
        }
        sys::attach(&part, &at)?;
    }
    Ok(())
}

/// A place in the root to be.
fn at(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    Path::new(SITE).join(path.strip_prefix("/").unwrap_or(path))
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
