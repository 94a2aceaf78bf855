//! Entries of a .zip.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use anyhow::{Context, Result};
use zip::ZipArchive;
use zip::result::ZipError;

use super::{Kind, Unpacked, rejected};

/// The file type in a mode (inode(7)).
const TYPE: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// The directory of a .zip ends with a record of 22 bytes and a comment (APPNOTE 4.3.16).
const MAX_TAIL: u64 = 22 + 0xffff;
/// "PK\x06\x07" stands before it where the directory may be larger than 65,534 entries (APPNOTE 4.3.15).
const LARGE_DIRECTORY: &[u8] = b"PK\x06\x07";

pub(super) fn unpack(file: &mut File, unpacked: &mut Unpacked) -> Result<()> {
    refuse_large_directory(file)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.has_duplicate_names() {
        return Err(rejected("two entries have the same name"));
    }
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        let name = entry.name_raw().to_vec();
        let shown = String::from_utf8_lossy(&name).escape_debug().to_string();
        let kind = match entry.unix_mode().unwrap_or(0) & TYPE {
            FOLDER => Kind::Folder,
            0 if entry.is_dir() => Kind::Folder,
            0 | FILE => Kind::File { size: entry.size(), compressed: Some(entry.compressed_size()) },
            LINK => return Err(rejected(format!("{shown}: a symbolic link; links are never followed"))),
            _ => return Err(rejected(format!("{shown}: a device, pipe or socket"))),
        };
        if entry.encrypted() {
            return Err(rejected(format!("{shown}: encrypted")));
        }
        drop(entry);
        if let Some(path) = unpacked.admit(&name, kind)? {
            let mut entry = archive.by_index(index).map_err(|error| damaged_entry(&shown, error))?;
            unpacked.write(&path, kind, &mut entry)?;
        }
    }
    Ok(())
}

/// The directory is read into memory whole, so it must not be a bomb itself.
fn refuse_large_directory(file: &mut File) -> Result<()> {
    let tail = tail(file).context("reading the archive's end")?;
    if tail.windows(LARGE_DIRECTORY.len()).any(|window| window == LARGE_DIRECTORY) {
        return Err(rejected("a zip64 archive, made for more entries than a submission has"));
    }
    Ok(())
}

fn tail(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    file.rewind()?;
    Ok(tail)
}

fn damaged(error: ZipError) -> anyhow::Error {
    rejected(format!("damaged: {error}"))
}

fn damaged_entry(shown: &str, error: ZipError) -> anyhow::Error {
    rejected(format!("{shown}: damaged: {error}"))
}
