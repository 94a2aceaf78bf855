//! Where the course lies on this machine, and where the runner keeps what it knows.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use checks::Lab;

/// A student's checkout.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The folder that holds `exercises/` and the book.
    pub(crate) root: PathBuf,
}

impl Place {
    /// The course that the working directory lies in; else the one that cargo runs this program from.
    pub(crate) fn find() -> Result<Place> {
        let here = std::env::current_dir().context("the working directory is gone")?;
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let starts = [Some(here.as_path()), manifest.as_deref()];
        starts.into_iter().flatten().find_map(Place::above).with_context(|| {
            format!("no course in {} or above it: go to the folder that holds exercises/", here.display())
        })
    }

    fn above(start: &Path) -> Option<Place> {
        let is_course = |folder: &&Path| folder.join("exercises/labkit/Cargo.toml").is_file();
        start.ancestors().find(is_course).map(|root| Place { root: root.to_owned() })
    }

    /// The folder with a folder for each lab.
    pub(crate) fn exercises(&self) -> PathBuf {
        self.root.join("exercises")
    }

    /// A lab's folder, which the student writes in.
    pub(crate) fn lab(&self, lab: &Lab) -> PathBuf {
        self.exercises().join(lab.folder())
    }

    /// The lab whose folder the working directory lies in.
    pub(crate) fn lab_here(&self) -> Option<&'static Lab> {
        let here = std::env::current_dir().ok()?;
        let below = here.strip_prefix(self.exercises()).ok()?.to_owned();
        let folder = below.components().next()?;
        checks::labs::ALL.iter().copied().find(|lab| folder.as_os_str() == lab.folder().as_str())
    }

    /// A path as a person in the root would type it.
    pub(crate) fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// Where the runner keeps what it knows, and backups: outside of `exercises/`, which is handed in.
    pub(crate) fn memory(&self) -> PathBuf {
        self.root.join(".lab")
    }
}
