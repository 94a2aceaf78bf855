//! Users: who uid 0 of a cell really is, and whom a runner and its programs are where no user namespace maps it.

use std::fs;
use std::io;
use std::path::Path;

use nix::unistd::{Gid, Pid, Uid, chown, getegid, geteuid, setgroups, setresgid, setresuid};

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
}

impl Owner {
    /// Nobody where this process may change its user, else its own user.
    pub(crate) fn choose() -> Self {
        let changes =
            geteuid().is_root() && caps::has(caps::SWITCH_USER) && is_mapped("uid") && is_mapped("gid");
        if changes {
            Self { uid: Uid::from_raw(NOBODY), gid: Gid::from_raw(NOBODY), changes }
        } else {
            Self { uid: geteuid(), gid: getegid(), changes }
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

    /// Gives this owner a directory of this process's user.
    pub(crate) fn give(&self, directory: &Path) -> Result<(), Error> {
        if self.changes {
            chown(directory, Some(self.uid), Some(self.gid)).trying_to("give its scratch directory away")?;
        }
        Ok(())
    }
}

fn switch(uid: Uid, gid: Gid) -> io::Result<()> {
    setgroups(&[])?;
    setresgid(gid, gid, gid)?;
    Ok(setresuid(uid, uid, uid)?)
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
