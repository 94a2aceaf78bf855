//! Which names an archive's entries may have.

use std::collections::BTreeMap;

use crate::text;

/// Longest name of a file or folder on Linux, in bytes.
const MAX_NAME: usize = 255;
/// Longest path, in bytes: far below the system's own limit, whatever stands before it.
const MAX_PATH: usize = 1024;
/// Deepest nesting of folders.
const MAX_DEPTH: usize = 32;

/// What is done with an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is a build result, or the archive's own root.
    Skip,
    /// It gets this path, relative and `/`-separated.
    As(String),
}

/// The names seen so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By their lower case, so that no two would be one on another file system.
    seen: BTreeMap<String, Seen>,
    files: usize,
}

#[derive(Debug)]
struct Seen {
    path: String,
    is_folder: bool,
}

impl Names {
    /// How many files were taken.
    pub(super) fn files(&self) -> usize {
        self.files
    }

    /// Judges the name of an entry.
    ///
    /// # Errors
    /// Why the whole archive is refused, naming the entry.
    pub(super) fn take(&mut self, name: &[u8], is_folder: bool) -> Result<Taken, String> {
        let shown = || format!("{:?}", String::from_utf8_lossy(&name[..name.len().min(MAX_PATH)]));
        let text = std::str::from_utf8(name).ok().filter(|name| text::is_plain(name));
        let text = text.ok_or_else(|| format!("{}: a file name must be printable UTF-8", shown()))?;
        if text.starts_with('/') {
            return Err(format!("{}: an absolute path", shown()));
        } else if text.contains('\\') || text.as_bytes().get(1) == Some(&b':') {
            return Err(format!("{}: a path of another system; only / separates names", shown()));
        }
        // `tar .` puts "./" before every name; a folder's name ends with "/".
        let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return Err(format!("{}: a path that leaves the archive (..)", shown()));
        } else if text.len() > MAX_PATH
            || parts.len() > MAX_DEPTH
            || parts.iter().any(|part| part.len() > MAX_NAME)
        {
            return Err(format!("{}: too long or too deep", shown()));
        } else if !is_folder && (parts.is_empty() || text.ends_with('/')) {
            return Err(format!("{}: a file without a name", shown()));
        } else if parts.is_empty() || is_build_result(&parts) {
            return Ok(Taken::Skip);
        }
        for above in 1..parts.len() {
            self.note(&parts[..above].join("/"), true)?;
        }
        let path = parts.join("/");
        self.note(&path, is_folder)?;
        self.files += usize::from(!is_folder);
        Ok(Taken::As(path))
    }

    fn note(&mut self, path: &str, is_folder: bool) -> Result<(), String> {
        let Some(seen) = self.seen.get(&path.to_lowercase()) else {
            self.seen.insert(path.to_lowercase(), Seen { path: path.to_owned(), is_folder });
            return Ok(());
        };
        if seen.path != path {
            Err(format!("{path:?}: differs from {:?} only in upper and lower case", seen.path))
        } else if seen.is_folder != is_folder {
            Err(format!("{path:?}: both a file and a folder"))
        } else if !is_folder {
            Err(format!("{path:?}: there twice"))
        } else {
            Ok(())
        }
    }
}

/// Whether it lies in a folder that is nobody's work. Below `src/`, `target` is a module like any other.
fn is_build_result(parts: &[&str]) -> bool {
    parts.iter().take_while(|part| **part != "src").any(|part| matches!(*part, "target" | ".git"))
}
