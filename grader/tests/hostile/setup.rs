//! Makes what a repository can't hold: links, pipes, devices, odd names, a hundred thousand files, evil archives.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::mkfifo;
use serde::Deserialize;

use crate::course;

/// Why a row was not judged as expected.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// This machine or user can't make what the row needs.
    Denied(String),
    /// What differs.
    Wrong(String),
}

/// One thing to make in the copy of a submission.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    path: String,
    /// A file with this content, in which `{course}` stands for the course's folder.
    text: Option<String>,
    /// The same behind what the file holds.
    append: Option<String>,
    /// A symbolic link to there.
    link: Option<String>,
    /// A folder of so many empty files.
    files: Option<usize>,
    /// A file of that length without a block on the disk.
    bytes: Option<u64>,
    make: Option<Special>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Special {
    Pipe,
    Device,
    Socket,
    #[serde(rename = "name that is not text")]
    Nameless,
}

impl Setup {
    pub(crate) fn carry_out(&self, submission: &Path) -> Result<(), Trouble> {
        let path = submission.join(&self.path);
        let told = |error: std::io::Error| Trouble::Wrong(format!("making {}: {error}", path.display()));
        fs::create_dir_all(path.parent().unwrap()).map_err(told)?;
        let filled = |text: &str| text.replace("{course}", course().to_str().unwrap());
        if let Some(text) = &self.text {
            fs::write(&path, filled(text)).map_err(told)?;
        }
        if let Some(text) = &self.append {
            let file = File::options().append(true).open(&path);
            file.and_then(|mut file| file.write_all(filled(text).as_bytes())).map_err(told)?;
        }
        if let Some(to) = &self.link {
            symlink(filled(to), &path).map_err(told)?;
        }
        if let Some(count) = self.files {
            fs::create_dir(&path).map_err(told)?;
            for number in 0..count {
                File::create(path.join(format!("{number}.rs"))).map_err(told)?;
            }
        }
        if let Some(bytes) = self.bytes {
            File::create(&path).and_then(|file| file.set_len(bytes)).map_err(told)?;
        }
        self.make.map_or(Ok(()), |special| special.make(&path))
    }
}

impl Special {
    fn make(self, path: &Path) -> Result<(), Trouble> {
        let told = |error: std::io::Error| Trouble::Wrong(format!("making {}: {error}", path.display()));
        match self {
            Special::Pipe => mkfifo(path, Mode::S_IRWXU).map_err(|error| told(error.into())),
            Special::Device => mknod(path, SFlag::S_IFCHR, Mode::S_IRWXU, makedev(1, 5))
                .map_err(|error| Trouble::Denied(format!("needs root to make a device: {error}"))),
            Special::Socket => UnixListener::bind(path).map(drop).map_err(told),
            Special::Nameless => {
                File::create(path.with_file_name(OsStr::from_bytes(b"\xff\xfe.rs"))).map(drop).map_err(told)
            }
        }
    }
}

/// An archive of one entry that no archiver would write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvilArchive {
    format: Format,
    name: String,
    link: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Format {
    #[serde(rename = "zip")]
    Zip,
    #[serde(rename = "tar.gz")]
    TarGz,
}

impl EvilArchive {
    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("submission");
        let file = File::create(&path).unwrap();
        match self.format {
            Format::Zip => {
                let mut zip = zip::ZipWriter::new(file);
                zip.start_file(&self.name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.finish().unwrap();
            }
            Format::TarGz => {
                let mut header = tar::Header::new_gnu();
                // The setter of the library refuses such names.
                header.as_old_mut().name[..self.name.len()].copy_from_slice(self.name.as_bytes());
                if let Some(to) = &self.link {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_link_name(to).unwrap();
                }
                header.set_size(0);
                header.set_cksum();
                let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::default());
                gzip.write_all(header.as_bytes()).unwrap();
                gzip.write_all(&[0; 1024]).unwrap();
                gzip.finish().unwrap();
            }
        }
        path
    }
}
