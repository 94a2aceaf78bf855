//! Which files a program may touch (landlock(7)): the second wall behind the minimal root, and the only one where there
//! are no namespaces. It also keeps a program from signalling, or connecting by abstract socket, to anything that it
//! did not start.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, BitFlags, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    Scope, path_beneath_rules,
};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use crate::error::{Error, Trying};
use crate::root::{COPIED, LIBRARIES, Shared};

/// The newest interface that was tried here. An older kernel does what it can of it.
const TRIED: ABI = ABI::V6;
/// What name resolution reads of `/etc`, where that is the machine's own.
const RESOLUTION: [&str; 5] =
    ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf"];

/// The places of a cell's file system, by what a program may do there.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    /// Whether the file system is a minimal root, in which everything may be read.
    pub(crate) in_minimal_root: bool,
    /// The private directories: anything goes.
    pub(crate) scratch: &'a [&'a Path],
    pub(crate) shared: &'a [Shared],
    /// The programs, open.
    pub(crate) programs: &'a [BorrowedFd<'a>],
}

/// A ruleset that a launcher can hold itself to, or `None` where the kernel has none. It survives exec.
pub(crate) fn make(places: &Places) -> Result<Option<OwnedFd>, Error> {
    let ruleset = rules(places).map_err(std::io::Error::other).trying_to("say which files are open to it")?;
    if let Some(ruleset) = &ruleset {
        fcntl(ruleset, FcntlArg::F_SETFD(FdFlag::empty())).trying_to("keep the list of its files")?;
    }
    Ok(ruleset)
}

fn rules(places: &Places) -> Result<Option<OwnedFd>, RulesetError> {
    let all = AccessFs::from_all(TRIED);
    let read = AccessFs::from_read(TRIED);
    let device: BitFlags<AccessFs> = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let (writable, readable): (Vec<_>, Vec<_>) = places.shared.iter().partition(|shared| shared.writable);
    let path = |shared: &'_ &Shared| shared.path.clone();
    let mut ruleset = Ruleset::default().handle_access(all)?.scope(Scope::from_all(TRIED))?.create()?;
    ruleset = ruleset.add_rules(path_beneath_rules(places.scratch, all))?;
    ruleset = ruleset.add_rules(path_beneath_rules(writable.iter().map(path), all))?;
    ruleset = ruleset.add_rules(path_beneath_rules(["/dev"], device))?;
    // A process may rename itself or judge its own risk there; others' files are closed by their owner.
    ruleset = ruleset.add_rules(path_beneath_rules(["/proc"], read | AccessFs::WriteFile))?;
    if places.in_minimal_root {
        ruleset = ruleset.add_rules(path_beneath_rules(["/"], read))?;
    } else {
        ruleset = ruleset.add_rules(path_beneath_rules(LIBRARIES, read))?;
        ruleset = ruleset.add_rules(path_beneath_rules(COPIED.iter().chain(&RESOLUTION), read))?;
        ruleset = ruleset.add_rules(path_beneath_rules(readable.iter().map(path), read))?;
        for program in places.programs {
            ruleset = ruleset.add_rule(PathBeneath::new(program, AccessFs::Execute | AccessFs::ReadFile))?;
        }
    }
    Ok(ruleset.into())
}
