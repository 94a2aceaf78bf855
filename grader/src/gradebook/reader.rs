//! Opens a gradebook for reading, in use or put away.

use std::path::Path;

use anyhow::{Result, bail};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{PATIENCE, version};

/// A connection that only reads, and the version of what it reads.
///
/// # Errors
/// The file can't be read as it is.
pub(super) fn open(path: &Path) -> Result<(Connection, usize)> {
    // Read-only, but able to make the small file beside it that readers of a gradebook in use share.
    let error = match connect(&path.to_string_lossy(), OpenFlags::empty()) {
        Ok(opened) => return Ok(opened),
        Err(error) => error,
    };
    let is_denied = matches!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen));
    if !is_denied {
        return Err(error.into());
    }
    // Where that file can't be made nobody writes to the gradebook either, unless there is a log beside it.
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).metadata().is_ok_and(|metadata| metadata.len() > 0) {
        bail!(
            "another grader works with it, or one was killed, and this folder can't be written to: have its owner run \
             `grader class` again, or copy it together with {}",
            Path::new(&log).display()
        );
    }
    Ok(connect(&immutable(path), OpenFlags::SQLITE_OPEN_URI)?)
}

fn connect(name: &str, more: OpenFlags) -> rusqlite::Result<(Connection, usize)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(name, flags)?;
    connection.busy_timeout(PATIENCE)?;
    let version = version(&connection)?;
    Ok((connection, version))
}

/// The file as a URI that says that it never changes (sqlite.org/uri.html).
fn immutable(path: &Path) -> String {
    let escaped: String = path
        .to_string_lossy()
        .chars()
        .map(|c| match c {
            '%' | '?' | '#' => format!("%{:02X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("file:{escaped}?immutable=1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradebook_that_never_changes_is_read_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grades 100% #1?.sqlite");
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
        let (_, version) = connect(&immutable(&path), OpenFlags::SQLITE_OPEN_URI).unwrap();
        assert_eq!(version, 7);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is made beside it");
    }
}
