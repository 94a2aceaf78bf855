//! Where a report goes: stdout, or a file that is whole or not there.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes the text to `file` in one step (an old file stays until the new one is whole), or to stdout.
///
/// # Errors
/// The system's refusal, with the path; the old file is intact then.
pub fn write(text: &str, file: Option<&Path>) -> Result<()> {
    let Some(path) = file else {
        return match io::stdout().write_all(text.as_bytes()) {
            // The reader had enough (`| head`).
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("writing to stdout"),
        };
    };
    write_bytes(text.as_bytes(), path)
}

/// Writes a file in one step: an old one stays until the new one is whole. What is there and is no file (`/dev/stdout`, a
/// pipe) is written to, and stays what it is; so does a link.
///
/// # Errors
/// The system's refusal, with the path; the old file is intact then.
pub fn write_bytes(bytes: &[u8], path: &Path) -> Result<()> {
    let failed = || format!("writing {}", path.display());
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut it| it.write_all(bytes))
            .with_context(failed);
    }
    // Of a link, the file that it leads to.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The usual permissions of a new file: the umask takes its part.
    let mut temporary = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .with_context(failed)?;
    temporary.write_all(bytes).with_context(failed)?;
    temporary.as_file().sync_all().with_context(failed)?;
    temporary.persist(path).with_context(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt, symlink};

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write("old", Some(&path)).unwrap();
        write("new", Some(&path)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_written_to_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, file, link] = ["pipe", "file", "link"].map(|name| folder.path().join(name));
        mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        write("through", Some(&pipe)).unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());

        fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        write("new", Some(&link)).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = write("x", Some(Path::new("/nonexistent/report.json"))).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/report.json"));
    }
}
