//! What the programs are given: chance, and files.

use std::path::Path;

use super::Bench;
use crate::fault::Fault;
use crate::feed::Feed;

impl Bench {
    /// The check's random numbers: repeatable, and other for each submission.
    pub fn random(&mut self) -> &mut fastrand::Rng {
        &mut self.random
    }

    /// That many random bytes.
    pub fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A random word of lower-case letters.
    pub fn random_word(&mut self, letters: usize) -> String {
        (0..letters).map(|_| self.random.lowercase()).collect()
    }

    /// Writes a file that the student's program can read, and returns its path.
    pub fn file(&mut self, name: &str, content: &[u8]) -> Result<String, Fault> {
        let path = self.cell.scratch().join(name);
        std::fs::write(&path, content)
            .map_err(|error| Fault::infra(format!("Failed to write {}: {error}", path.display())))?;
        Ok(path.display().to_string())
    }

    /// Makes such a file that is written while the program reads it.
    pub fn feed(&mut self, name: &str) -> Result<(String, Feed), Fault> {
        let path = self.cell.scratch().join(name);
        let feed = Feed::create(&path, &self.recorder)?;
        Ok((path.display().to_string(), feed))
    }

    /// The directory for such files: the program's working directory.
    pub fn scratch(&self) -> &Path {
        self.cell.scratch()
    }
}
