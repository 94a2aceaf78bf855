//! Where a check's random inputs come from: the submission itself, so that the same submission gets the same grade.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// The seed of one check of one submission.
pub fn seed(sources: &[u8], lab: &str, check: &str) -> u64 {
    let mut hash = Sha256::new();
    for part in [sources, lab.as_bytes(), check.as_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    // Six bytes are enough for a seed, and make a number that people can type.
    hash.finalize()[..6].iter().fold(0, |seed, &byte| seed << 8 | u64::from(byte))
}

/// The hash of all files below a folder, by their sorted relative paths and contents.
pub fn digest_of(folder: &Path) -> io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    add(&mut hash, folder, Path::new(""))?;
    Ok(hash.finalize().to_vec())
}

fn add(hash: &mut Sha256, folder: &Path, below: &Path) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder.join(below))?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            add(hash, folder, &path)?;
        } else {
            let content = std::fs::read(folder.join(&path))?;
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update((content.len() as u64).to_be_bytes());
            hash.update(content);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_submission_gets_the_same_seed() {
        assert_eq!(seed(b"a", "tcp-echo", "x"), seed(b"a", "tcp-echo", "x"));
    }

    #[test]
    fn another_submission_lab_or_check_gets_another() {
        let one = seed(b"a", "tcp-echo", "x");
        for other in [seed(b"b", "tcp-echo", "x"), seed(b"a", "tcp-ech", "ox"), seed(b"a", "tcp-echo", "y")] {
            assert_ne!(one, other);
        }
    }
}
