//! `lab update`: the course's own files from a newer edition. What the student has written, in whatever file, stays.
//!
//! A file is the course's as long as it is byte for byte what the present edition handed out. Each one is replaced in one
//! step, and `release.json` comes last: an update that was cut off is made whole by doing it again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::durable;
use crate::place::Place;
use crate::release::{FILE, Release, sha256};

/// Written by cargo as much as by the course: always the new edition's.
const LOCK_FILE: &str = "Cargo.lock";

/// Takes a newer edition from a folder, or from whatever git can clone.
pub(crate) fn from(place: &Place, source: &str, dry_run: bool) -> Result<ExitCode> {
    let Some(old) = Release::of(&place.root)? else {
        bail!("this is a checkout of the whole course: update it with git");
    };
    let clone = Clone::of(place, source)?;
    let folder = clone.as_ref().map_or_else(|| PathBuf::from(source), |clone| clone.folder.clone());
    let Some(new) = Release::of(&folder)? else {
        bail!("{source} holds no student's edition of the course: there is no {FILE}");
    };
    ensure!(
        fs::canonicalize(&folder).ok() != fs::canonicalize(&place.root).ok(),
        "{source} is this very folder: unpack the newer edition beside it"
    );
    let plan = Plan::of(place, &folder, &old, &new)?;
    println!("{} -> {}{}", old.version, new.version, if dry_run { " (nothing is written)" } else { "" });
    plan.tell(&old, &new);
    if !dry_run {
        plan.make(place, &folder)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A copy of a repository elsewhere, gone when it is dropped.
struct Clone {
    folder: PathBuf,
}

impl Clone {
    fn of(place: &Place, source: &str) -> Result<Option<Clone>> {
        if Path::new(source).is_dir() {
            return Ok(None);
        }
        ensure!(!Path::new(source).exists(), "{source} is no folder: unpack it first");
        let folder = place.memory().join("edition");
        fs::create_dir_all(place.memory()).context("Failed to create .lab")?;
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("Failed to remove {}", folder.display()))?;
        }
        let clone = Clone { folder };
        let status = Command::new("git")
            .args(["clone", "--quiet", "--depth", "1", "--", source])
            .arg(&clone.folder)
            .status()
            .context("Failed to start git")?;
        ensure!(status.success(), "{source} is neither a folder nor something that git can clone");
        Ok(Some(clone))
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        // A leftover is removed by the next update.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What an update does with each file.
#[derive(Debug, Default)]
struct Plan {
    /// To be written: new ones, and those that are still as they were handed out. With whether the file is there now.
    written: BTreeMap<String, bool>,
    /// To be removed: the course's own, which the new edition no longer has.
    removed: Vec<String>,
    /// The student's own, of which the new edition has another version.
    kept: Vec<String>,
}

impl Plan {
    fn of(place: &Place, source: &Path, old: &Release, new: &Release) -> Result<Plan> {
        let mut plan = Plan::default();
        for (path, hash) in &new.files {
            let bytes = read(&source.join(path))?;
            ensure!(
                bytes.as_deref().map(sha256).as_ref() == Some(hash),
                "the new edition is not whole: {path} is not what its {FILE} says; nothing was changed"
            );
            let here = read(&place.root.join(path))?.map(|bytes| sha256(&bytes));
            let was = old.files.get(path);
            match here {
                Some(here) if here == *hash => {}
                None => drop(plan.written.insert(path.clone(), false)),
                Some(here) if was == Some(&here) || path == LOCK_FILE => {
                    plan.written.insert(path.clone(), true);
                }
                Some(_) if was != Some(hash) => plan.kept.push(path.clone()),
                Some(_) => {}
            }
        }
        for (path, hash) in old.files.iter().filter(|(path, _)| !new.files.contains_key(*path)) {
            match read(&place.root.join(path))?.map(|bytes| sha256(&bytes)) {
                Some(here) if here == *hash => plan.removed.push(path.clone()),
                Some(_) => plan.kept.push(path.clone()),
                None => {}
            }
        }
        Ok(plan)
    }

    fn tell(&self, old: &Release, new: &Release) {
        let labs = |release: &Release| -> Vec<String> {
            let mut labs: Vec<String> =
                release.labs.keys().filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
            labs.dedup();
            labs
        };
        let known = labs(old);
        let fresh: Vec<String> = labs(new).into_iter().filter(|lab| !known.contains(lab)).collect();
        for lab in &fresh {
            println!("  new lab    {lab}");
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for path in self.written.keys().map(String::as_str).chain(self.removed.iter().map(String::as_str)) {
            match path.strip_prefix("exercises/") {
                Some(below) if known.iter().any(|lab| below.starts_with(&format!("{lab}/"))) => {
                    let what = if self.removed.iter().any(|removed| removed == path) {
                        "removed"
                    } else {
                        "updated"
                    };
                    println!("  {what}    {path}");
                }
                Some(below) if fresh.iter().any(|lab| below.starts_with(&format!("{lab}/"))) => {}
                // `exercises/lab`, `exercises/labkit`
                Some(below) => {
                    let folder = below.split('/').next().unwrap_or(below);
                    *counts.entry(&path[..path.len() - below.len() + folder.len()]).or_default() += 1;
                }
                None => *counts.entry(path.split('/').next().unwrap_or(path)).or_default() += 1,
            }
        }
        for (part, files) in counts {
            println!(
                "  updated    {part}{}",
                if files > 1 { format!(" ({files} files)") } else { String::new() }
            );
        }
        for path in &self.kept {
            if new.files.contains_key(path) {
                let open = if new.open.contains(path) { "" } else { ", a given file that you have changed" };
                println!("  kept       {path}: yours{open}; the new one is in .lab/edition-files/{path}");
            } else {
                println!("  kept       {path}: yours; the new edition has no such file");
            }
        }
        if self.written.is_empty() && self.removed.is_empty() && self.kept.is_empty() {
            println!("  nothing to do");
        }
    }

    fn make(&self, place: &Place, source: &Path) -> Result<()> {
        let take = |path: &str, to: &Path| {
            let bytes =
                read(&source.join(path))?.with_context(|| format!("{path} is gone from the new edition"))?;
            durable::write(to, &bytes)
        };
        for path in self.kept.iter().filter(|path| source.join(path).is_file()) {
            take(path, &place.memory().join("edition-files").join(path))?;
        }
        for path in self.written.keys() {
            take(path, &place.root.join(path))?;
        }
        for path in &self.removed {
            let path = place.root.join(path);
            fs::remove_file(&path).with_context(|| format!("Failed to remove {}", path.display()))?;
        }
        take(FILE, &place.root.join(FILE))
    }
}

/// A file's bytes; none where there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("Failed to read {}", path.display())),
    }
}
