//! Takes a student's archive apart without trusting anything in it.
//!
//! Everything is unpacked into a private folder first and moved into place when it is whole; an archive with one
//! wrong entry is refused whole, with a reason that names the entry.

mod names;
mod tarball;
#[cfg(test)]
mod tests;
mod zipped;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use nix::fcntl::OFlag;

use crate::submission::{MAX_TOTAL_BYTES, Refusal};
use crate::tree::MAX_FILES;
use names::{Names, Taken};

/// A larger archive isn't even opened: `target/` left out, a whole course is a few megabytes.
const MAX_ARCHIVE_BYTES: u64 = 256 << 20;
/// Entries of an archive, with those of `target/` and `.git/`, which are passed over.
const MAX_ENTRIES: usize = 60_000;
/// Source text shrinks to a tenth; an entry that grows more than that is a bomb …
const MAX_RATIO: u64 = 200;
/// … once it is large enough to matter.
const RATIO_COUNTS_FROM: u64 = 4 << 20;

/// Unpacks a .zip or .tar.gz, told apart by its content, into the folder `into`: a new one, or one that is empty.
///
/// Taken are plain files and folders; what lies in `target/` or `.git/` is passed over.
///
/// # Errors
/// A [`Refusal::Rejected`] where it is the archive's fault; anything else is the grader's own trouble. Either way
/// `into` is as it was before.
pub fn unpack(archive: &Path, into: &Path) -> Result<()> {
    let shown = archive.display();
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_free = fs::read_dir(into).map_or(!into.exists(), |mut listing| listing.next().is_none());
    ensure!(is_free, "{}: there is something already", into.display());
    let mut file = open(archive)?;
    let mut magic = Vec::new();
    (&file).take(4).read_to_end(&mut magic).with_context(|| format!("reading {shown}"))?;
    file.rewind().with_context(|| format!("reading {shown}"))?;

    let builder = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(parent);
    let folder = builder.with_context(|| format!("creating a folder in {}", parent.display()))?;
    let mut unpacked = Unpacked { folder: folder.path(), names: Names::default(), bytes: 0, entries: 0 };
    let done = match magic.as_slice() {
        [b'P', b'K', ..] => zipped::unpack(&mut file, &mut unpacked),
        [0x1f, 0x8b, ..] => tarball::unpack(&mut file, &mut unpacked),
        _ => Err(rejected("neither a .zip nor a .tar.gz")),
    };
    done.map_err(|error| match error.downcast::<Refusal>() {
        Ok(refusal) => Refusal::Rejected(format!("{shown}: {refusal}")).into(),
        Err(error) => error.context(format!("unpacking {shown}")),
    })?;
    fs::rename(folder.keep(), into).with_context(|| format!("moving what was unpacked to {}", into.display()))
}

/// Opens a plain file of tolerable size, following no link and waiting for no pipe.
fn open(archive: &Path) -> Result<File> {
    let shown = archive.display();
    let no_follow = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file = OpenOptions::new().read(true).custom_flags(no_follow).open(archive);
    let file = file.with_context(|| format!("opening {shown}"))?;
    let metadata = file.metadata().with_context(|| format!("reading {shown}"))?;
    if !metadata.is_file() {
        return Err(rejected(format!("{shown}: not a plain file")));
    }
    let bytes = metadata.len();
    if bytes > MAX_ARCHIVE_BYTES {
        return Err(rejected(format!("{shown}: {bytes} bytes; an archive has at most {MAX_ARCHIVE_BYTES}")));
    }
    Ok(file)
}

fn rejected(reason: impl Into<String>) -> anyhow::Error {
    Refusal::Rejected(reason.into()).into()
}

/// Why the archive can't be read on: a limit that a reader noticed, or nonsense in it.
fn damaged(what: &str, error: io::Error) -> anyhow::Error {
    match error.downcast::<Refusal>() {
        Ok(refusal) => rejected(format!("{what}: {refusal}")),
        Err(error) => rejected(format!("{what}: damaged: {error}")),
    }
}

/// What an entry says it is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Folder,
    File {
        /// In bytes, as declared; what really comes is counted.
        size: u64,
        /// What it takes in the archive, where entries are compressed one by one.
        compressed: Option<u64>,
    },
}

/// What was taken out of the archive so far.
struct Unpacked<'a> {
    folder: &'a Path,
    names: Names,
    bytes: u64,
    entries: usize,
}

impl Unpacked<'_> {
    /// Whether an entry of that name is to be taken, and under which path; counts it either way.
    fn admit(&mut self, name: &[u8], kind: Kind) -> Result<Option<String>> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(rejected(format!("more than {MAX_ENTRIES} entries")));
        }
        match self.names.take(name, matches!(kind, Kind::Folder)).map_err(rejected)? {
            Taken::Skip => Ok(None),
            Taken::As(path) if self.names.files() <= MAX_FILES => Ok(Some(path)),
            Taken::As(_) => Err(rejected(format!("more than {MAX_FILES} files"))),
        }
    }

    /// Writes an admitted entry; `content` is read to its end.
    fn write(&mut self, path: &str, kind: Kind, content: &mut dyn Read) -> Result<()> {
        let to = self.folder.join(path);
        let told = || format!("writing {}", to.display());
        let Kind::File { size, compressed } = kind else {
            return fs::create_dir_all(&to).with_context(told);
        };
        let too_much = |bytes: u64| {
            rejected(format!("{path}: {bytes} bytes with all before it; together at most {MAX_TOTAL_BYTES}"))
        };
        if self.bytes.saturating_add(size) > MAX_TOTAL_BYTES {
            return Err(too_much(self.bytes.saturating_add(size)));
        }
        let is_bomb = |bytes: u64| {
            bytes > RATIO_COUNTS_FROM && compressed.is_some_and(|from| bytes / from.max(1) > MAX_RATIO)
        };
        if is_bomb(size) {
            return Err(rejected(format!("{path}: grows to more than {MAX_RATIO} times its size")));
        }
        fs::create_dir_all(to.parent().expect("a joined path has a parent")).with_context(told)?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o644).open(&to).with_context(told)?;
        let mut written = 0;
        let mut buffer = [0; 64 * 1024];
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(damaged(path, error)),
            };
            written += count as u64;
            if written > size {
                return Err(rejected(format!("{path}: longer than the {size} bytes that it declares")));
            }
            file.write_all(&buffer[..count]).with_context(told)?;
        }
        if written < size {
            return Err(rejected(format!("{path}: ends after {written} of {size} bytes")));
        }
        self.bytes += written;
        Ok(())
    }
}
