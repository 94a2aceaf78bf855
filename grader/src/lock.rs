//! Lock files of the other workspaces: what they lock is what the root's lock file locks.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cargo::Toolchain;

#[derive(Deserialize)]
struct LockFile {
    #[serde(default)]
    package: Vec<Package>,
}

/// A package from a registry; those of the course itself have no source.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

fn packages(lock: &Path) -> Result<BTreeSet<Package>> {
    let text = fs::read_to_string(lock).with_context(|| format!("reading {}", lock.display()))?;
    let file: LockFile = toml::from_str(&text).with_context(|| format!("reading {}", lock.display()))?;
    Ok(file.package.into_iter().filter(|package| package.source.is_some()).collect())
}

/// A line for each package that `lock` takes from a registry otherwise than the root does.
///
/// # Errors
/// One of the two files can't be read.
pub(crate) fn strays(root_lock: &Path, lock: &Path) -> Result<Vec<String>> {
    let known = packages(root_lock)?;
    let strays = packages(lock)?.into_iter().filter(|package| !known.contains(package));
    let line = |p: Package| {
        format!("{} locks {} {}, which the root's lock file does not", lock.display(), p.name, p.version)
    };
    Ok(strays.map(line).collect())
}

/// Writes the lock file of the workspace in `folder`: the root's, less what the workspace does not use.
///
/// # Errors
/// cargo can't resolve the workspace, or only with a package that the root does not lock. The old lock file stays then.
pub(crate) fn prune(toolchain: &Toolchain, root_lock: &Path, folder: &Path) -> Result<()> {
    let lock = folder.join("Cargo.lock");
    let before = fs::read(&lock).ok();
    let pruned = fs::copy(root_lock, &lock)
        .with_context(|| format!("copying {} to {}", root_lock.display(), lock.display()))
        .and_then(|_| toolchain.update_workspace(folder))
        .and_then(|()| match strays(root_lock, &lock)? {
            strays if strays.is_empty() => Ok(()),
            strays => bail!("{}", strays.join("\n")),
        });
    if pruned.is_err() {
        match before {
            Some(bytes) => fs::write(&lock, bytes)?,
            None => fs::remove_file(&lock)?,
        }
    }
    pruned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_of_another_version_or_checksum_is_a_stray() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root.lock");
        let other = folder.path().join("other.lock");
        let package = |version: &str, sum: &str| {
            format!(
                "[[package]]\nname = \"a\"\nversion = \"{version}\"\nsource = \"registry\"\nchecksum = \"{sum}\"\n"
            )
        };
        fs::write(&root, format!("version = 4\n{}", package("1.0.0", "aa"))).unwrap();
        let strays_of = |text: String| {
            fs::write(&other, text).unwrap();
            strays(&root, &other).unwrap()
        };
        assert!(strays_of(package("1.0.0", "aa")).is_empty());
        assert!(strays_of("[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n".into()).is_empty());
        assert_eq!(strays_of(package("1.0.1", "aa")).len(), 1);
        assert_eq!(strays_of(package("1.0.0", "bb")).len(), 1);
    }
}
