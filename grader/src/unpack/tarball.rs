//! Entries of a .tar.gz.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use anyhow::Result;
use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType, PaxExtensions};

use super::{Kind, MAX_RATIO, RATIO_COUNTS_FROM, Unpacked, rejected};
use crate::submission::Refusal;

/// More bytes than this come out of no submission, even with a `target/` that is passed over.
const MAX_STREAM: u64 = 4 << 30;
/// Longest extension header: names are far shorter.
const MAX_EXTENSION: u64 = 64 << 10;

pub(super) fn unpack(file: &mut File, unpacked: &mut Unpacked) -> Result<()> {
    let compressed = Rc::new(Cell::new(0));
    let packed = Counted { inner: BufReader::new(file), bytes: Rc::clone(&compressed) };
    let stream = Limited { inner: MultiGzDecoder::new(packed), bytes: 0, compressed };
    let mut archive = Archive::new(stream);
    // Raw: the library would read a long name of any length into memory.
    let mut name = None;
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        let kind = entry.header().entry_type();
        let here = name.clone().unwrap_or_else(|| entry.path_bytes().into_owned());
        let shown = String::from_utf8_lossy(&here[..here.len().min(1024)]).escape_debug().to_string();
        let what = match kind {
            EntryType::GNULongName => {
                let mut long = extension(&mut entry)?;
                long.truncate(long.iter().position(|byte| *byte == 0).unwrap_or(long.len()));
                name = Some(long);
                continue;
            }
            EntryType::XHeader => {
                name = pax_name(&extension(&mut entry)?)?.or(name);
                continue;
            }
            EntryType::XGlobalHeader => {
                extension(&mut entry)?;
                continue;
            }
            EntryType::Regular => {
                let size = entry.header().entry_size().map_err(damaged)?;
                name = None;
                let kind = Kind::File { size, compressed: None };
                if let Some(path) = unpacked.admit(&here, kind)? {
                    unpacked.write(&path, kind, &mut entry)?;
                }
                continue;
            }
            EntryType::Directory => {
                name = None;
                if let Some(path) = unpacked.admit(&here, Kind::Folder)? {
                    unpacked.write(&path, Kind::Folder, &mut io::empty())?;
                }
                continue;
            }
            EntryType::Symlink => "a symbolic link; links are never followed",
            EntryType::Link | EntryType::GNULongLink => "a hard link; only plain files and folders are taken",
            EntryType::GNUSparse => "a sparse file; only plain files and folders are taken",
            _ => "a device, pipe or something else that is no plain file or folder",
        };
        return Err(rejected(format!("{shown}: {what}")));
    }
    // The check sum stands behind the last entry.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(damaged)?;
    Ok(())
}

/// The content of a header that extends the next one.
fn extension(entry: &mut impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    entry.take(MAX_EXTENSION + 1).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len() as u64 > MAX_EXTENSION {
        return Err(rejected(format!("an extension header of more than {MAX_EXTENSION} bytes")));
    }
    Ok(bytes)
}

/// The next entry's name, if this pax header has it (pax(1), "pax Extended Header").
fn pax_name(header: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut name = None;
    for record in PaxExtensions::new(header) {
        let record = record.map_err(damaged)?;
        match record.key_bytes() {
            b"path" => name = Some(record.value_bytes().to_vec()),
            b"size" => return Err(rejected("an entry of 8 GiB or more")),
            key if key.starts_with(b"GNU.sparse") => return Err(rejected("a sparse file")),
            _ => {}
        }
    }
    Ok(name)
}

fn damaged(error: io::Error) -> anyhow::Error {
    super::damaged("a header", error)
}

/// Counts what is read from the file.
struct Counted<R> {
    inner: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.set(self.bytes.get() + count as u64);
        Ok(count)
    }
}

/// Ends a stream that grows out of proportion, wherever in the archive it does.
struct Limited<R> {
    inner: R,
    bytes: u64,
    compressed: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        let refuse = |reason: String| Err(io::Error::other(Refusal::Rejected(reason)));
        if self.bytes > MAX_STREAM {
            return refuse(format!("unpacks to more than {MAX_STREAM} bytes"));
        } else if self.bytes > RATIO_COUNTS_FROM && self.bytes / self.compressed.get().max(1) > MAX_RATIO {
            return refuse(format!("grows to more than {MAX_RATIO} times its size"));
        }
        Ok(count)
    }
}
