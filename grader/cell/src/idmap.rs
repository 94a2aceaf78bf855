//! Users: who uid 0 of a cell really is, and whom a runner and its programs are where no user namespace maps it.

use std::fs;
use std::io;
use std::path::Path;

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{Gid, Pid, Uid, fchownat, getegid, geteuid, setgroups, setresgid, setresuid};

use crate::caps;
use crate::error::{Error, Trying};

/// The user called nobody: it owns no file, and `RLIMIT_NPROC` holds it, unlike the kernel's uid 0.
const NOBODY: u32 = 65534;

/// The ids outside that become 0 inside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    uid: Uid,
    gid: Gid,
    /// Whether they are another user's than this process's.
    pub(crate) changes: bool,
    /// Whether this process's user is the machine's root.
    pub(crate) is_root: bool,
}

impl Owner {
    /// Nobody where this process may change its user, else its own user.
    pub(crate) fn choose() -> Self {
        let changes =
            geteuid().is_root() && caps::has(caps::SWITCH_USER) && is_mapped("uid") && is_mapped("gid");
        let is_root = geteuid().is_root() && is_the_machines("uid");
        if changes {
            Self { uid: Uid::from_raw(NOBODY), gid: Gid::from_raw(NOBODY), changes, is_root }
        } else {
            Self { uid: geteuid(), gid: getegid(), changes, is_root }
        }
    }

    /// Makes this owner uid 0 and gid 0 in the fresh user namespace of `child`.
    pub(crate) fn write_maps(&self, child: Pid) -> Result<(), Error> {
        let write = |file: &str, text: &str| fs::write(format!("/proc/{child}/{file}"), text);
        if !self.changes {
            // Else a process could drop a group that is there to deny it a file: user_namespaces(7).
            write("setgroups", "deny").trying_to("deny setgroups in the user namespace")?;
        }
        write("uid_map", &format!("0 {} 1", self.uid)).trying_to("map a user into the user namespace")?;
        write("gid_map", &format!("0 {} 1", self.gid)).trying_to("map a group into the user namespace")
    }

    /// Becomes uid 0 of the user namespace that maps this owner there.
    pub(crate) fn become_mapped(&self) -> Result<(), Error> {
        if self.changes {
            switch(Uid::from_raw(0), Gid::from_raw(0)).trying_to("become uid 0 of the user namespace")?;
        }
        Ok(())
    }

    /// Becomes this owner, where there is no user namespace, and stays as capable as uid 0 of one would be.
    pub(crate) fn assume(&self) -> Result<(), Error> {
        if self.changes {
            caps::keep_over(|| switch(self.uid, self.gid)).trying_to("become an ordinary user")?;
        }
        Ok(())
    }

    /// Gives this owner a file or directory of this process's user.
    pub(crate) fn give(&self, path: &Path) -> Result<(), Error> {
        if self.changes {
            fchownat(AT_FDCWD, path, Some(self.uid), Some(self.gid), AtFlags::AT_SYMLINK_NOFOLLOW)
                .trying_to("give its directory away")?;
        }
        Ok(())
    }

    fn give_all(&self, path: &Path) -> io::Result<()> {
        self.give(path).map_err(io::Error::other)?;
        if fs::symlink_metadata(path)?.is_dir() {
            fs::read_dir(path)?.try_for_each(|entry| self.give_all(&entry?.path()))?;
        }
        Ok(())
    }
}

/// Whether programs of a cell run as another user than this process, who has to be [given](give) what they write to.
pub fn is_another_user() -> bool {
    Owner::choose().changes
}

/// Gives a directory, with all that is in it, to the user that programs of a cell run as, so that they may write to it
/// where it is [shared](crate::Shared). Nothing changes where that is this process's own user.
///
/// # Errors
/// The file system refuses.
pub fn give(directory: &Path) -> io::Result<()> {
    let owner = Owner::choose();
    if owner.changes { owner.give_all(directory) } else { Ok(()) }
}

fn switch(uid: Uid, gid: Gid) -> io::Result<()> {
    setgroups(&[])?;
    setresgid(gid, gid, gid)?;
    Ok(setresuid(uid, uid, uid)?)
}

/// Whether this user namespace's root is that of the namespace around it, as far as can be seen from in here.
fn is_the_machines(kind: &str) -> bool {
    let map = fs::read_to_string(format!("/proc/self/{kind}_map")).unwrap_or_default();
    map.split_whitespace().take(2).eq(["0", "0"])
}

/// Whether nobody exists in this user namespace: in a container it may not be mapped.
fn is_mapped(kind: &str) -> bool {
    fs::read_to_string(format!("/proc/self/{kind}_map")).is_ok_and(|map| maps(&map, NOBODY))
}

/// Whether an id map (lines of `inside outside count`) covers the id `inside`.
fn maps(map: &str, id: u32) -> bool {
    map.lines().any(|line| {
        let mut numbers = line.split_whitespace().map(|word| word.parse::<u64>().unwrap_or(0));
        let (first, _, count) = (numbers.next(), numbers.next(), numbers.next());
        first.zip(count).is_some_and(|(first, count)| (first..first + count).contains(&u64::from(id)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_covers_the_ids_of_its_ranges() {
        assert!(maps("         0          0 4294967295\n", NOBODY));
        assert!(maps("0 1000 1\n1 100000 65536\n", NOBODY));
        assert!(!maps("0 1000 1\n", NOBODY));
        assert!(!maps("0 0 65534\n", NOBODY));
        assert!(!maps("", NOBODY));
    }
}
