//! Files that are whole or not there, whatever ends this program or fills the disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a file in one step: beside it, to the disk, and then to its name. Until then an old file is untouched.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("Failed to write {}", path.display());
    let folder = path.parent().with_context(failed)?;
    fs::create_dir_all(folder).with_context(failed)?;
    let mut name = path.file_name().with_context(failed)?.to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = folder.join(name);
    let written = write_to_disk(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // It may not even exist.
        let _ = fs::remove_file(&partial);
    }
    written.with_context(failed)?;
    sync_folder(folder)
}

fn write_to_disk(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Copies the files below `from` (relative paths) to a folder that appears under its name only when all of it is on the
/// disk.
pub(crate) fn copy(from: &Path, files: &[String], to: &Path) -> Result<()> {
    let failed = || format!("Failed to copy {} to {}", from.display(), to.display());
    let mut name = to.file_name().with_context(failed)?.to_owned();
    name.push(".partial");
    let partial = to.with_file_name(name);
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(failed)?;
    }
    let copied = files.iter().try_for_each(|file| {
        let bytes = fs::read(from.join(file)).with_context(|| format!("Failed to read {file}"))?;
        write(&partial.join(file), &bytes)
    });
    if copied.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    copied.with_context(failed)?;
    fs::rename(&partial, to).with_context(failed)?;
    sync_folder(to.parent().with_context(failed)?)
}

/// Makes names in a folder outlive a loss of power.
fn sync_folder(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("Failed to write {}", folder.display()))
}

/// The files below a folder, as sorted relative paths; none where there is no folder. `target/` and links are left out.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(below) = folders.pop() {
        let at = folder.join(&below);
        let entries = match fs::read_dir(&at) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("Failed to list {}", at.display()))?,
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("Failed to list {}", at.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && path != "target" => folders.push(path),
                Ok(kind) if kind.is_file() => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/state.json");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(files_below(folder.path()).unwrap(), ["a/state.json"]);
    }

    #[test]
    fn a_full_disk_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        write(&path, b"old").unwrap();
        // Every write to /dev/full fails with ENOSPC.
        let partial = folder.path().join(format!("state.json.{}.partial", std::process::id()));
        std::os::unix::fs::symlink("/dev/full", &partial).unwrap();
        let error = format!("{:#}", write(&path, b"new").unwrap_err());
        assert!(error.contains("No space left"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert!(!partial.exists());
    }

    #[test]
    fn a_copy_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        write(&from.join("src/lib.rs"), b"mine").unwrap();
        let missing = copy(&from, &["src/lib.rs".to_owned(), "gone".to_owned()], &to);
        assert!(missing.is_err() && !to.exists() && !folder.path().join("to.partial").exists());
        copy(&from, &["src/lib.rs".to_owned()], &to).unwrap();
        assert_eq!(fs::read(to.join("src/lib.rs")).unwrap(), b"mine");
    }
}
