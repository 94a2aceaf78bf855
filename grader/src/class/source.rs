//! Opens a submission, whatever it comes in.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};

use super::discover::{Source, lab_root};
use crate::course::Course;
use crate::submission::{Reader, Refusal, Submission};
use crate::unpack::unpack;

/// Opens a submission, or tells why it is refused; an archive is unpacked for as long as it is read.
///
/// # Errors
/// The grader's own trouble.
pub(super) fn open(course: &Course, reader: &Reader, source: &Source) -> Result<Result<Submission, Refusal>> {
    match source {
        Source::Folder(path) => Ok(reader.read(&lab_root(course, path))),
        Source::Archive(path) => open_archive(course, reader, path),
    }
}

fn open_archive(course: &Course, reader: &Reader, path: &Path) -> Result<Result<Submission, Refusal>> {
    let scratch = course.scratch();
    let told = || format!("unpacking {}", path.display());
    fs::create_dir_all(&scratch).with_context(told)?;
    let folder = tempfile::Builder::new().prefix("unpacked-").tempdir_in(&scratch).with_context(told)?;
    if let Err(error) = unpack(path, folder.path()) {
        return Ok(Err(error.downcast::<Refusal>()?));
    }
    let packed = fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).with_context(told)?;
    let read = reader.read(&lab_root(course, folder.path()));
    Ok(read
        .map(|submission| at(packed, submission))
        .map_err(|refusal| refusal.elsewhere(folder.path(), path)))
}

/// What is in an archive was handed in when the archive was made. The times of its entries are local ones of nobody
/// knows which zone (APPNOTE 4.4.6), and those of what was unpacked are now.
fn at(packed: SystemTime, mut submission: Submission) -> Submission {
    for lab in submission.labs.values_mut() {
        lab.modified = lab.modified.map(|_| packed);
    }
    submission
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::time::{Duration, UNIX_EPOCH};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn work_in_an_archive_is_as_old_as_the_archive() {
        let course = Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ann.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        zip.start_file("03-tcp-echo/src/lines.rs", SimpleFileOptions::default()).unwrap();
        zip.write_all(b"// mine").unwrap();
        zip.start_file("13-framing/notes.md", SimpleFileOptions::default()).unwrap();
        let packed = UNIX_EPOCH + Duration::from_secs(1_795_215_540);
        zip.finish().unwrap().set_modified(packed).unwrap();
        let reader = Reader::new(&course).unwrap();
        let submission = open(&course, &reader, &Source::Archive(path)).unwrap().unwrap();
        assert_eq!(submission.labs["tcp-echo"].modified, Some(packed));
        assert_eq!(submission.labs["framing"].modified, None, "an untouched stub has no time");
    }
}
