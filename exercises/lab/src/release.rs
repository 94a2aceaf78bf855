//! What this student's repository was made of: `grader/release.json`, written by `grader release --to`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use checks::Lab;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Where it lies, below the root.
pub(crate) const FILE: &str = "grader/release.json";
const SCHEMA: &str = "wirelab/release/v1";

/// One edition of the course.
#[derive(Debug, Deserialize)]
pub(crate) struct Release {
    schema: String,
    /// Of the course, with a part that is another one for other files.
    pub(crate) version: String,
    /// SHA-256 of every file but this one, by its path below the root.
    pub(crate) files: BTreeMap<String, String>,
    /// Those of them in which a student writes.
    pub(crate) open: BTreeSet<String>,
    /// The labs' files as they were handed out, by their path below `exercises/`.
    pub(crate) labs: BTreeMap<String, String>,
}

impl Release {
    /// The edition in that folder; none where it is a checkout of the whole course.
    pub(crate) fn of(root: &Path) -> Result<Option<Release>> {
        let path = root.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("Failed to read {}", path.display()))?;
        let release: Release = serde_json::from_str(&text)
            .with_context(|| format!("Failed to understand {}", path.display()))?;
        ensure!(release.schema == SCHEMA, "{} is {}, not {SCHEMA}", path.display(), release.schema);
        // What is written where comes from this file: nothing of it may lead out of the course.
        let labs = release.labs.keys().map(|path| format!("exercises/{path}"));
        for path in release.files.keys().cloned().chain(labs) {
            let is_below =
                Path::new(&path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            ensure!(is_below && !path.is_empty(), "{FILE} names a path that leads elsewhere: {path}");
        }
        Ok(Some(release))
    }

    /// A lab's files as they were handed out, by their path below the lab's folder.
    pub(crate) fn stub(&self, lab: &Lab) -> BTreeMap<&str, &str> {
        let folder = format!("{}/", lab.folder());
        let files = self.labs.iter();
        files.filter_map(|(path, text)| Some((path.strip_prefix(&folder)?, text.as_str()))).collect()
    }
}

/// SHA-256 as lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(path: &str) -> Result<Option<Release>> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("grader")).unwrap();
        let text = format!(
            r#"{{"schema":"{SCHEMA}","version":"1","files":{{"{path}":"00"}},"open":[],"labs":{{"02-tcp-hello/src/lib.rs":"x"}}}}"#
        );
        std::fs::write(folder.path().join(FILE), text).unwrap();
        Release::of(folder.path())
    }

    #[test]
    fn a_labs_files_are_found_by_its_folder() {
        let release = release("README.md").unwrap().unwrap();
        let lab = crate::course::lab("tcp-hello").unwrap();
        assert_eq!(release.stub(lab), BTreeMap::from([("src/lib.rs", "x")]));
        assert!(release.stub(crate::course::lab("tcp-echo").unwrap()).is_empty());
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        for path in ["../x", "/etc/x", "a/../../x"] {
            let error = release(path).unwrap_err().to_string();
            assert!(error.ends_with(path), "{error}");
        }
    }

    #[test]
    fn a_whole_course_is_no_release() {
        assert!(Release::of(tempfile::tempdir().unwrap().path()).unwrap().is_none());
    }
}
