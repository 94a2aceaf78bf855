//! Programs opened while this process may still reach them.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::Mode;

use crate::error::Error;
use crate::idmap::Owner;

/// The spec's programs and the launcher, open for whoever may not walk to them.
#[derive(Debug)]
pub(crate) struct Programs {
    open: Vec<Program>,
    /// A copy of this very program, where the file itself may not be executed by the cell's user.
    launcher: Option<OwnedFd>,
}

#[derive(Debug)]
struct Program {
    path: PathBuf,
    /// Survives exec: a launcher finds its program by number, and closes the others.
    descriptor: OwnedFd,
    /// Whether it is a copy in memory, since the cell's user may not execute the file itself.
    is_copy: bool,
    /// The file name under which it can be mounted: the first of several that share one.
    mount_as: Option<OsString>,
}

impl Programs {
    /// Opens them for `owner` to execute.
    pub(crate) fn open(paths: &[PathBuf], owner: &Owner) -> Result<Self, Error> {
        let open = |path: &Path| {
            let is_copy = is_closed_to(path, owner);
            let descriptor = if is_copy { copy(path) } else { open_file(path) };
            let descriptor = descriptor.map_err(|source| Error::Program { path: path.to_owned(), source })?;
            Ok(Program { path: path.to_owned(), descriptor, is_copy, mount_as: None })
        };
        let launcher = open(Path::new("/proc/self/exe"))?;
        let mut programs = paths.iter().map(|path| open(path)).collect::<Result<Vec<_>, Error>>()?;
        let mut names = HashSet::new();
        for program in programs.iter_mut().filter(|program| !program.is_copy) {
            let name = program.path.file_name().map(OsStr::to_owned);
            program.mount_as = name.filter(|name| names.insert(name.clone()));
        }
        Ok(Self { open: programs, launcher: launcher.is_copy.then_some(launcher.descriptor) })
    }

    /// File name and path of each whose own file can be shown to the cell's user.
    pub(crate) fn mountable(&self) -> impl Iterator<Item = (&OsStr, &Path)> {
        self.open.iter().filter_map(|program| Some((program.mount_as.as_deref()?, program.path.as_path())))
    }

    /// Opens those again that are mounted in a folder by their file names: a program that asks for its own path is told
    /// that one.
    pub(crate) fn reopen_in(&mut self, folder: &Path) -> io::Result<()> {
        for program in &mut self.open {
            if let Some(name) = &program.mount_as {
                program.descriptor = open_file(&folder.join(name))?;
            }
        }
        Ok(())
    }

    /// The files, open; without copies in memory.
    pub(crate) fn files(&self) -> Vec<BorrowedFd<'_>> {
        self.open
            .iter()
            .filter(|program| !program.is_copy)
            .map(|program| program.descriptor.as_fd())
            .collect()
    }

    /// The descriptor of a program, named by its path or its file name.
    pub(crate) fn find(&self, name: &Path) -> Option<RawFd> {
        let by_path = self.open.iter().find(|program| program.path == name);
        let by_name = || self.open.iter().find(|program| program.path.file_name() == Some(name.as_os_str()));
        by_path.or_else(by_name).map(|program| program.descriptor.as_raw_fd())
    }

    /// What to execute to get a launcher.
    pub(crate) fn launcher(&self) -> String {
        match &self.launcher {
            Some(copy) => format!("/proc/self/fd/{}", copy.as_raw_fd()),
            None => "/proc/self/exe".to_owned(),
        }
    }
}

/// Whether the file's mode keeps another user from executing it (umask 077 makes such programs).
fn is_closed_to(path: &Path, owner: &Owner) -> bool {
    const READ_AND_EXECUTE: u32 = 0o005;
    let open_to_all = |mode: u32| mode & READ_AND_EXECUTE == READ_AND_EXECUTE;
    owner.changes && fs::metadata(path).is_ok_and(|metadata| !open_to_all(metadata.permissions().mode()))
}

fn copy(path: &Path) -> io::Result<OwnedFd> {
    let mut copy = fs::File::from(memfd_create(c"program", MFdFlags::empty())?);
    io::copy(&mut fs::File::open(path)?, &mut copy)?;
    copy.set_permissions(Permissions::from_mode(0o555))?;
    // A file that is open for writing can't be executed (ETXTBSY): open it once more, then drop this one.
    open_file(Path::new(&format!("/proc/self/fd/{}", copy.as_raw_fd())))
}

fn open_file(path: &Path) -> io::Result<OwnedFd> {
    Ok(open(path, OFlag::O_PATH, Mode::empty())?)
}
