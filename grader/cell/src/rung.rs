//! The ladder: how far a machine lets a cell be closed off.

use std::fmt;

use nix::sched::CloneFlags;

/// How far this machine lets a cell be closed off, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Rung {
    /// User, network, pid, mount, ipc and uts namespaces; a wire by veth.
    A,
    /// The same without a user namespace (needs `CAP_SYS_ADMIN`).
    B,
    /// No namespaces; a wire in the current network namespace (needs `CAP_NET_ADMIN` and `CAP_NET_RAW`).
    C,
    /// No namespaces, no wire; raw sockets on `lo` (needs `CAP_NET_RAW`).
    D,
    /// No namespaces, no wire, no raw sockets.
    E,
}

impl Rung {
    /// All of them, best first.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The namespaces a cell on this rung has of its own.
    pub(crate) fn namespaces(self) -> CloneFlags {
        let own = CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWUTS;
        match self {
            Self::A => own | CloneFlags::CLONE_NEWUSER,
            Self::B => own,
            Self::C | Self::D | Self::E => CloneFlags::empty(),
        }
    }

    /// Whether cells of this rung have namespaces: then the kernel ends every process with the runner.
    pub(crate) fn is_closed(self) -> bool {
        !self.namespaces().is_empty()
    }

    /// Its letter, as in [`Display`](fmt::Display).
    pub(crate) fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.to_string() == letter)
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Which layers of isolation hold in a cell, by name: `userns`, `netns`, `pidns`, `mntns`, `ipcns`, `utsns`,
/// `rootfs` (a [minimal root](crate::Root::Minimal)), `procfs` (a `/proc` of its own), `no_nested_userns`,
/// `unprivileged` (programs run as another user than the machine's root), `rlimits`, `no_new_privs`, `caps`, `landlock`
/// (a filter of files, where the root is to be minimal) and `seccomp` (a filter of system calls).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Layers {
    /// Those that hold.
    pub active: Vec<String>,
    /// Those this machine doesn't offer.
    pub missing: Vec<String>,
}

impl Layers {
    /// What a rung gives before anything that may fail by itself.
    pub(crate) fn of(rung: Rung) -> Self {
        let mut layers = Self::default();
        for (name, flag) in [
            ("userns", CloneFlags::CLONE_NEWUSER),
            ("netns", CloneFlags::CLONE_NEWNET),
            ("pidns", CloneFlags::CLONE_NEWPID),
            ("mntns", CloneFlags::CLONE_NEWNS),
            ("ipcns", CloneFlags::CLONE_NEWIPC),
            ("utsns", CloneFlags::CLONE_NEWUTS),
        ] {
            layers.note(name, rung.namespaces().contains(flag));
        }
        for name in ["rlimits", "no_new_privs", "caps"] {
            layers.note(name, true);
        }
        layers
    }

    /// Adds a layer to one of the lists.
    pub(crate) fn note(&mut self, name: &str, holds: bool) {
        if holds { &mut self.active } else { &mut self.missing }.push(name.to_owned());
    }

    /// Whether the named layer holds.
    pub fn has(&self, name: &str) -> bool {
        self.active.iter().any(|layer| layer == name)
    }

    /// The first of the named layers that doesn't hold.
    pub(crate) fn lacks<'a>(&self, names: &'a [String]) -> Option<&'a str> {
        names.iter().map(String::as_str).find(|name| !self.has(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_name_the_rungs() {
        for rung in Rung::ALL {
            assert_eq!(Rung::from_letter(&rung.to_string()), Some(rung));
        }
        assert_eq!(Rung::from_letter("F"), None);
    }

    #[test]
    fn the_lowest_rungs_keep_the_layers_that_need_no_namespace() {
        let layers = Layers::of(Rung::E);
        assert_eq!(layers.active, ["rlimits", "no_new_privs", "caps"]);
        assert_eq!(layers.missing, ["userns", "netns", "pidns", "mntns", "ipcns", "utsns"]);
    }
}
