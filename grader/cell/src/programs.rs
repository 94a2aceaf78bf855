//! Programs opened while this process may still reach them.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
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
    open: Vec<(PathBuf, OwnedFd)>,
    /// A copy of this very program, where the file itself may not be executed by the cell's user.
    launcher: Option<OwnedFd>,
}

impl Programs {
    /// Opens them for `owner` to execute. The descriptors survive exec: a launcher finds its program by number, and
    /// closes the others.
    pub(crate) fn open(paths: &[PathBuf], owner: &Owner) -> Result<Self, Error> {
        let open = |path: &Path| {
            open_for(path, owner).map_err(|source| Error::Program { path: path.to_owned(), source })
        };
        let itself = Path::new("/proc/self/exe");
        Ok(Self {
            open: paths.iter().map(|path| Ok((path.clone(), open(path)?))).collect::<Result<_, Error>>()?,
            launcher: if is_closed_to(itself, owner) { Some(open(itself)?) } else { None },
        })
    }

    /// The descriptor of a program, named by its path or its file name.
    pub(crate) fn find(&self, name: &Path) -> Option<RawFd> {
        let by_path = self.open.iter().find(|(path, _)| path == name);
        let by_name = || self.open.iter().find(|(path, _)| path.file_name() == Some(name.as_os_str()));
        by_path.or_else(by_name).map(|(_, descriptor)| descriptor.as_raw_fd())
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
    owner.changes && !fs::metadata(path).is_ok_and(|metadata| open_to_all(metadata.permissions().mode()))
}

fn open_for(path: &Path, owner: &Owner) -> io::Result<OwnedFd> {
    if is_closed_to(path, owner) {
        let mut copy = fs::File::from(memfd_create(c"program", MFdFlags::empty())?);
        io::copy(&mut fs::File::open(path)?, &mut copy)?;
        copy.set_permissions(Permissions::from_mode(0o555))?;
        // A file that is open for writing can't be executed (ETXTBSY): open it once more, then drop this one.
        return Ok(open(
            &PathBuf::from(format!("/proc/self/fd/{}", copy.as_raw_fd())),
            OFlag::O_PATH,
            Mode::empty(),
        )?);
    }
    Ok(open(path, OFlag::O_PATH, Mode::empty())?)
}
