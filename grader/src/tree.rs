//! A folder of text and bytes held in memory, read without ever following a link.
//!
//! What is read may come from a student: every name and every file is checked before it is opened.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::SystemTime;

use nix::fcntl::OFlag;
use sha2::{Digest, Sha256};

use crate::text;

/// Files by their path relative to the folder, `/`-separated.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// More files than any course has: a whole submission is listed at most to here.
pub const MAX_FILES: usize = 10_000;
/// A source file is text that a person wrote.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Why a folder can't be taken as it is; each names the path.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The system refused.
    #[error("{path}: {error}")]
    Io {
        /// What was opened or listed.
        path: String,
        /// What the system answered.
        error: io::Error,
    },
    /// A symbolic link.
    #[error("{0}: a symbolic link; only plain files and folders are taken, and links are never followed")]
    Link(String),
    /// A device, FIFO or socket.
    #[error("{0}: not a plain file or folder (a device, pipe or socket)")]
    Special(String),
    /// A name that can't be shown in a report.
    #[error("{0}: a file name must be printable UTF-8")]
    Name(String),
    /// Not a source file.
    #[error("{0}: {1} bytes; a source file has at most {MAX_FILE_BYTES}")]
    TooLarge(String, u64),
    /// Not something a person wrote.
    #[error("{0}: more than {MAX_FILES} files")]
    TooMany(String),
}

/// A file of a folder, not opened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path relative to the folder, `/`-separated.
    pub path: String,
    /// Size in bytes when it was listed.
    pub bytes: u64,
    /// When it was last written to, as the file system has it.
    pub modified: SystemTime,
}

/// Lists the files below `folder` in the order of their paths. `skip` sees a path relative to the folder and
/// says whether to leave it out, with all that is below it, before anything is known about it.
///
/// # Errors
/// A link, a device, an odd name, too many files, or the system's refusal.
pub fn list(folder: &Path, skip: &dyn Fn(&str) -> bool) -> Result<Vec<Entry>, TreeError> {
    let mut found = Vec::new();
    list_below(folder, "", skip, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn list_below(
    folder: &Path,
    prefix: &str,
    skip: &dyn Fn(&str) -> bool,
    found: &mut Vec<Entry>,
) -> Result<(), TreeError> {
    let io_at = |path: &Path| {
        let path = path.display().to_string();
        move |error| TreeError::Io { path, error }
    };
    for entry in fs::read_dir(folder).map_err(io_at(folder))? {
        let entry = entry.map_err(io_at(folder))?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name
            .to_str()
            .filter(|name| text::is_plain(name))
            .ok_or_else(|| TreeError::Name(path.display().to_string().escape_debug().to_string()))?;
        let relative = format!("{prefix}{name}");
        if skip(&relative) {
            continue;
        }
        // DirEntry's metadata does not follow links.
        let metadata = entry.metadata().map_err(io_at(&path))?;
        if metadata.is_symlink() {
            return Err(TreeError::Link(path.display().to_string()));
        } else if metadata.is_dir() {
            list_below(&path, &format!("{relative}/"), skip, found)?;
        } else if metadata.is_file() {
            if found.len() == MAX_FILES {
                return Err(TreeError::TooMany(folder.display().to_string()));
            }
            let modified = metadata.modified().map_err(io_at(&path))?;
            found.push(Entry { path: relative, bytes: metadata.len(), modified });
        } else {
            return Err(TreeError::Special(path.display().to_string()));
        }
    }
    Ok(())
}

/// Reads one plain file of at most [`MAX_FILE_BYTES`].
///
/// # Errors
/// As [`list`]; a path that became a link or a pipe meanwhile is refused, not followed and not waited for.
pub fn read_file(path: &Path) -> Result<Vec<u8>, TreeError> {
    let shown = || path.display().to_string();
    let io = |error| TreeError::Io { path: shown(), error };
    let no_follow = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file: File = OpenOptions::new().read(true).custom_flags(no_follow).open(path).map_err(io)?;
    if !file.metadata().map_err(io)?.is_file() {
        return Err(TreeError::Special(shown()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    match bytes.len() as u64 {
        0..=MAX_FILE_BYTES => Ok(bytes),
        length => Err(TreeError::TooLarge(shown(), length)),
    }
}

/// Lists and reads a whole folder.
///
/// # Errors
/// As [`list`] and [`read_file`].
pub fn read(folder: &Path, skip: &dyn Fn(&str) -> bool) -> Result<Tree, TreeError> {
    list(folder, skip)?
        .into_iter()
        .map(|entry| {
            let bytes = read_file(&folder.join(&entry.path))?;
            Ok((entry.path, bytes))
        })
        .collect()
}

/// SHA-256 over names and contents, as lower-case hex; lengths go in too, so that nothing can shift between fields.
pub fn sha256<'a>(files: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        for field in [path.as_bytes(), bytes] {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field);
        }
    }
    hex(&hash.finalize())
}

/// SHA-256 of one file's bytes, as lower-case hex.
pub fn file_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes `folder` hold exactly `files`: writes what differs, removes what is too much, leaves the rest untouched,
/// so that a file's modification time is fresh exactly when its content changed (cargo decides by it).
///
/// `keep` names relative paths that are left alone.
///
/// # Errors
/// The system's refusal, with the path.
pub fn write_exactly(folder: &Path, files: &Tree, keep: &dyn Fn(&str) -> bool) -> Result<(), TreeError> {
    let io_at = |path: &Path| {
        let path = path.display().to_string();
        move |error| TreeError::Io { path, error }
    };
    if folder.exists() {
        for entry in list(folder, keep)?.iter().filter(|entry| !files.contains_key(&entry.path)) {
            let path = folder.join(&entry.path);
            fs::remove_file(&path).map_err(io_at(&path))?;
        }
    }
    for (relative, bytes) in files {
        let path = folder.join(relative);
        if fs::read(&path).is_ok_and(|old| old == *bytes) {
            continue;
        }
        let parent = path.parent().expect("a joined path has a parent");
        fs::create_dir_all(parent).map_err(io_at(parent))?;
        fs::write(&path, bytes).map_err(io_at(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn what_is_written_is_read_back_and_stale_files_go() {
        let folder = tempfile::tempdir().unwrap();
        write_exactly(folder.path(), &tree(&[("src/old.rs", "x"), ("a", "1")]), &|_| false).unwrap();
        let wanted = tree(&[("src/lib.rs", "fn f() {}"), ("a", "1")]);
        write_exactly(folder.path(), &wanted, &|_| false).unwrap();
        assert_eq!(read(folder.path(), &|_| false).unwrap(), wanted);
    }

    #[test]
    fn an_unchanged_file_keeps_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = tree(&[("a", "1")]);
        write_exactly(folder.path(), &wanted, &|_| false).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH;
        let file = File::options().write(true).open(folder.path().join("a")).unwrap();
        file.set_modified(long_ago).unwrap();
        write_exactly(folder.path(), &wanted, &|_| false).unwrap();
        assert_eq!(fs::metadata(folder.path().join("a")).unwrap().modified().unwrap(), long_ago);
    }

    #[test]
    fn links_pipes_and_odd_names_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let refuse = |make: &dyn Fn(&Path)| {
            let sub = tempfile::tempdir_in(folder.path()).unwrap();
            make(sub.path());
            read(sub.path(), &|_| false).unwrap_err().to_string()
        };
        let link = refuse(&|at| std::os::unix::fs::symlink("/etc/passwd", at.join("link.rs")).unwrap());
        assert!(link.contains("link.rs: a symbolic link"), "{link}");
        let pipe = refuse(&|at| {
            nix::unistd::mkfifo(&at.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        });
        assert!(pipe.contains("pipe: not a plain file"), "{pipe}");
        let name = refuse(&|at| fs::write(at.join(std::ffi::OsStr::from_bytes(b"\xff.rs")), "").unwrap());
        assert!(name.contains("printable UTF-8"), "{name}");
        let escape = refuse(&|at| fs::write(at.join("a\u{1b}[2J.rs"), "").unwrap());
        assert!(!escape.contains('\u{1b}'), "{escape}");
    }

    #[test]
    fn a_file_that_is_a_link_or_pipe_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert!(matches!(read_file(&link), Err(TreeError::Io { .. })));
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(matches!(read_file(&pipe), Err(TreeError::Special(_))));
    }

    #[test]
    fn a_huge_file_is_refused_without_reading_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(matches!(read_file(&path), Err(TreeError::TooLarge(..))));
    }

    #[test]
    fn hashes_tell_names_from_contents() {
        assert_ne!(sha256(&tree(&[("a", "bc")])), sha256(&tree(&[("ab", "c")])));
        assert_eq!(sha256(&Tree::new()).len(), 64);
    }
}
