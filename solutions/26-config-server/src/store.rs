//! The running configuration, and its file. Nothing here knows of sockets or of other threads.
//!
//! The file is replaced, never changed: a new one is written beside it under another name, and then renamed over the old
//! one. rename(2) is atomic: at every moment the name leads to all of the old file or all of the new one, whether this process
//! is killed or the machine loses power. fsync(2) makes sure of the order on the disk: first the content of the new file,
//! then the name, which is the content of the directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path as FilePath, PathBuf};

use crate::path::{Path, PathError, parse_path};
use crate::request::is_value;

/// What somebody wants to change, in the order of paths; `None` takes a path's value away.
pub type Changes = BTreeMap<Path, Option<String>>;

/// What the first line of the file begins with; the version follows.
const FIRST_LINE: &str = "# version ";

/// The configuration that is in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// How many commits there have been that changed something.
    pub version: u64,
    /// The value of each path that has one.
    pub map: BTreeMap<Path, String>,
    // begin solution item: what you need to tell which paths were changed after a version
    /// In which version each path was changed last, also when that took its value away. Paths that were not changed since
    /// the server began are not in it: nobody's base is older.
    changed: BTreeMap<Path, u64>,
    // end solution item
}

/// Somebody else has changed this path, the first of several, after the base of the changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict(pub Path);

/// Why a file is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It can't be read, or isn't text.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its first line isn't `# version N`.
    #[error("line 1 is not `{FIRST_LINE}N`")]
    NoVersion,
    /// That line, counted from 1, isn't `path=value`.
    #[error("line {0} is not `path=value`")]
    NoValue(usize),
    /// What stands in front of the `=` is no path.
    #[error("line {line}: {error}")]
    BadPath {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        error: PathError,
    },
    /// What stands behind the `=` is no value.
    #[error("line {0} has no good value")]
    BadValue(usize),
}

impl Running {
    /// Those of the changes that would change something: the others set what is there already, or take away what isn't.
    pub fn differing(&self, changes: &Changes) -> Changes {
        // begin solution: keep what differs from the map
        let differs = |path: &Path, value: &Option<String>| self.map.get(path) != value.as_ref();
        changes
            .iter()
            .filter(|(path, value)| differs(path, value))
            .map(|(path, value)| (path.clone(), value.clone()))
            .collect()
        // end solution
    }

    /// Makes all of the changes or, if there is a conflict, none. Changes that change nothing don't count; where no others
    /// are, the version stays. Returns the version that is running then.
    ///
    /// # Errors
    ///
    /// [`Conflict`] with the first path that was changed, or lost its value, in a version after `base`.
    pub fn commit(&mut self, base: u64, changes: &Changes) -> Result<u64, Conflict> {
        // begin solution: look at every path before you change the first
        let changes = self.differing(changes);
        let is_newer = |path: &&Path| self.changed.get(path).is_some_and(|&version| version > base);
        if let Some(path) = changes.keys().find(is_newer) {
            return Err(Conflict(path.clone()));
        }
        if changes.is_empty() {
            return Ok(self.version);
        }
        self.version += 1;
        for (path, value) in changes {
            self.changed.insert(path.clone(), self.version);
            match value {
                Some(value) => self.map.insert(path, value),
                None => self.map.remove(&path),
            };
        }
        Ok(self.version)
        // end solution
    }

    /// Writes the configuration to that file, so that it is on disk when this returns, and so that the file is at
    /// no moment anything but all of the old configuration or all of the new one.
    ///
    /// # Errors
    ///
    /// Those of the file system: no room, no such directory, no right to write there. The file is as it was then. (But if only
    /// the last step fails, to make the new name durable, the file is the new one; a loss of power may bring back the old one.)
    pub fn save(&self, file: &FilePath) -> io::Result<()> {
        // begin solution: write a new file beside it, sync it, rename it over the old one, sync the directory
        let beside = name_beside(file);
        self.write_new(&beside).and_then(|()| fs::rename(&beside, file)).inspect_err(|_| {
            // As far as that goes: it may never have been made.
            let _ = fs::remove_file(&beside);
        })?;
        sync_directory_of(file)
        // end solution
    }

    /// Reads the configuration from that file.
    ///
    /// # Errors
    ///
    /// [`LoadError`], with the line. A file that doesn't exist is an error, too: [`ErrorKind::NotFound`].
    pub fn load(file: &FilePath) -> Result<Running, LoadError> {
        // begin solution: read the version from the first line, a path and its value from each other
        let text = fs::read_to_string(file)?;
        let mut lines = text.lines();
        let version = lines.next().and_then(|line| line.strip_prefix(FIRST_LINE)?.parse().ok());
        let version = version.ok_or(LoadError::NoVersion)?;

        let mut map = BTreeMap::new();
        for (line, text) in (2..).zip(lines) {
            let (path, value) = text.split_once('=').ok_or(LoadError::NoValue(line))?;
            let path = parse_path(path).map_err(|error| LoadError::BadPath { line, error })?;
            if !is_value(value) {
                return Err(LoadError::BadValue(line));
            }
            map.insert(path, value.to_owned());
        }
        Ok(Running { version, map, changed: BTreeMap::new() })
        // end solution
    }

    // begin solution item: helpers of your own
    fn write_new(&self, file: &FilePath) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(file)?);
        writeln!(out, "{FIRST_LINE}{}", self.version)?;
        for (path, value) in &self.map {
            writeln!(out, "{path}={value}")?;
        }
        out.into_inner()?.sync_all()
    }
    // end solution item
}

// begin solution item: helpers of your own
/// A name in the same directory, and so in the same file system: rename(2) can't go from one to another.
fn name_beside(file: &FilePath) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".new");
    PathBuf::from(name)
}

fn sync_directory_of(file: &FilePath) -> io::Result<()> {
    // The parent of a bare name is the empty path.
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(FilePath::new(".")))?.sync_all()
}
// end solution item

/// The configuration of that file or, if there is no such file yet, a new one: without values, version 0, and saved at once,
/// so that a file that can't be written is noticed before the first commit.
///
/// # Errors
///
/// Those of [`Running::load`] and [`Running::save`].
pub fn open(file: &FilePath) -> Result<Running, LoadError> {
    match Running::load(file) {
        Err(LoadError::Io(error)) if error.kind() == ErrorKind::NotFound => {
            let new = Running::default();
            new.save(file)?;
            Ok(new)
        }
        loaded => loaded,
    }
}
