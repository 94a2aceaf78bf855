//! Copies of a folder that share nothing with it: no hard links, the same times.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result};

/// Makes `to` a copy of the folder `from`, whatever `to` held; `skip` sees each path below `from`.
///
/// Modification times are kept, since cargo decides by them what is fresh.
///
/// # Errors
/// The file system refuses.
pub(crate) fn copy(from: &Path, to: &Path, skip: &dyn Fn(&Path) -> bool) -> Result<()> {
    match fs::remove_dir_all(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", to.display()))
        }
        _ => copy_below(from, to, skip),
    }
}

fn copy_below(from: &Path, to: &Path, skip: &dyn Fn(&Path) -> bool) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("listing {}", from.display()))? {
        let entry = entry.with_context(|| format!("listing {}", from.display()))?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if skip(&from) {
            continue;
        }
        // DirEntry's type is the link's own.
        let kind = entry.file_type().with_context(|| from.display().to_string())?;
        if kind.is_dir() {
            copy_below(&from, &to, skip)?;
        } else {
            let copied = if kind.is_symlink() {
                fs::read_link(&from).and_then(|target| symlink(target, &to))
            } else {
                copy_file(&from, &to)
            };
            copied.with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    File::options().append(true).open(to)?.set_modified(modified)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_copy_shares_no_file_and_keeps_times_and_modes() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("debug")).unwrap();
        fs::create_dir_all(from.join("incremental/x")).unwrap();
        let program = from.join("debug/program");
        fs::write(&program, "1").unwrap();
        // cargo's own way of placing a program.
        fs::hard_link(&program, from.join("debug/program-0123")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let then = UNIX_EPOCH + Duration::from_secs(1_000_000);
        File::options().append(true).open(&program).unwrap().set_modified(then).unwrap();

        copy(&from, &to, &|path| path.ends_with("incremental")).unwrap();
        let copied = to.join("debug/program");
        let metadata = fs::metadata(&copied).unwrap();
        assert_eq!((metadata.nlink(), metadata.mode() & 0o777), (1, 0o755));
        assert_eq!(metadata.modified().unwrap(), then);
        assert!(!to.join("incremental").exists());
        fs::write(&copied, "2").unwrap();
        assert_eq!(fs::read(from.join("debug/program-0123")).unwrap(), b"1");

        fs::write(to.join("left over"), "").unwrap();
        copy(&from, &to, &|_| false).unwrap();
        assert!(!to.join("left over").exists());
    }
}
