//! Reports of many files: each is whole or not there, and all are made before the first is written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::output;

/// Longer names are refused by most file systems.
const MAX_STEM: usize = 100;

/// Names of files for the ids of students: a name that any file system and any link takes, and no two the same.
#[derive(Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// The name for this id, with the ending (`.html`).
    pub fn of(&mut self, id: &str, ending: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let stem: String = id.chars().take(MAX_STEM).map(|c| if is_plain(c) { c } else { '_' }).collect();
        // A file that begins with a dot is not seen, one with a dash is taken for an option.
        let stem = if stem.starts_with(['.', '-']) || stem.is_empty() { format!("_{stem}") } else { stem };
        let candidates = (1..).map(|number| match number {
            1 => format!("{stem}{ending}"),
            _ => format!("{stem}-{number}{ending}"),
        });
        // Some file systems know no case.
        let mut free = candidates.filter(|name| self.taken.insert(name.to_lowercase()));
        free.next().expect("there are more numbers than students")
    }
}

/// Writes the files, by their paths below `folder`, in this order; makes folders as needed.
///
/// # Errors
/// The system's refusal, with the path; files before it are written.
pub fn write(folder: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        }
        output::write(text, Some(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_student_has_a_file_of_a_plain_name() {
        let mut names = Names::default();
        let ids = ["alice", "Alice", "=cmd|x", "=cmd x", "-rf", ".x", "", "Zoë"];
        let names: Vec<String> = ids.iter().map(|id| names.of(id, ".html")).collect();
        assert_eq!(
            names,
            [
                "alice.html",
                "Alice-2.html",
                "_cmd_x.html",
                "_cmd_x-2.html",
                "_-rf.html",
                "_.x.html",
                "_.html",
                "Zo_.html"
            ]
        );
    }

    #[test]
    fn folders_are_made_as_needed() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("a/b.txt".into(), "x".into())]).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a/b.txt")).unwrap(), "x");
    }
}
