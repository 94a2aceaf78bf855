//! Opens a submission, whatever it comes in.

use std::fs;

use anyhow::{Context, Result};

use super::discover::{Source, lab_root};
use crate::course::Course;
use crate::submission::{Reader, Refusal, Submission};
use crate::unpack::unpack;

/// A submission that was opened.
pub(super) struct Opened {
    /// What it holds, or why it is refused.
    pub(super) submission: Result<Submission, Refusal>,
}

/// Opens a submission; an archive is unpacked for as long as it is read.
///
/// # Errors
/// The grader's own trouble; a submission that is refused is in the answer.
pub(super) fn open(course: &Course, reader: &Reader, source: &Source) -> Result<Opened> {
    match source {
        Source::Folder(path) => {
            let submission = reader.read(&lab_root(course, path));
            Ok(Opened { submission })
        }
        Source::Archive(path) => {
            let scratch = course.scratch();
            let told = || format!("unpacking {}", path.display());
            fs::create_dir_all(&scratch).with_context(told)?;
            let folder =
                tempfile::Builder::new().prefix("unpacked-").tempdir_in(&scratch).with_context(told)?;
            let submission = match unpack(path, folder.path()) {
                Ok(()) => reader
                    .read(&lab_root(course, folder.path()))
                    .map_err(|refusal| refusal.elsewhere(folder.path(), path)),
                Err(error) => Err(error.downcast::<Refusal>()?),
            };
            Ok(Opened { submission })
        }
    }
}
