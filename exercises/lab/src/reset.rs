//! `lab reset`: a lab as it was handed out, with a copy of what the student wrote.
//!
//! The copy is whole and on the disk, under its name, before the first file of the lab is touched; and then each file changes
//! in one step. So whatever ends this program, and if the disk is full, everything is in the lab or in the copy.

use std::collections::BTreeMap;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use checks::Lab;

use crate::durable;
use crate::memory::Memory;
use crate::place::Place;
use crate::{course, release::Release};

/// Asks (unless told `yes`), copies, and resets.
pub(crate) fn lab(place: &Place, name: &str, yes: bool) -> Result<ExitCode> {
    let lab = course::lab(name)?;
    let Some(release) = Release::of(&place.root)? else {
        bail!(
            "this is a checkout of the whole course: there `cargo run -p grader -- release` writes all of exercises/ again, \
             and git knows what was there"
        );
    };
    let stub = release.stub(lab);
    let changes = Changes::of(place, lab, &stub)?;
    if changes.is_empty() {
        println!("{} is as it was handed out", lab.folder());
        return Ok(ExitCode::SUCCESS);
    }
    let backup = backup_folder(place, lab);
    println!("{} becomes what it was when you got it. Of yours go:", lab.folder());
    for file in &changes.yours {
        println!("  {file}");
    }
    println!("A copy stays in {}", place.short(&backup));
    if !yes && !is_confirmed()? {
        println!("nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    changes.make(place, lab, &stub, &backup)?;
    Memory::change(place, |memory| {
        if let Some(record) = memory.labs.get_mut(lab.name) {
            record.checks.clear();
            record.hints.clear();
        }
    })?;
    println!("done. To have yours again: cp -r {}/. exercises/{}/", place.short(&backup), lab.folder());
    Ok(ExitCode::SUCCESS)
}

/// What differs from the lab as it was handed out.
struct Changes {
    /// Files that are there with other contents, or that were never handed out.
    yours: Vec<String>,
    /// Files that are missing.
    missing: Vec<String>,
}

impl Changes {
    fn of(place: &Place, lab: &Lab, stub: &BTreeMap<&str, &str>) -> Result<Changes> {
        if stub.is_empty() {
            bail!("this edition of the course has not handed out {}", lab.folder());
        }
        let folder = place.lab(lab);
        let there = durable::files_below(&folder)?;
        let missing = stub.keys().filter(|name| !there.iter().any(|file| file == *name));
        let missing = missing.map(|name| (*name).to_owned()).collect();
        let mut yours = Vec::new();
        for file in there {
            let text = fs::read(folder.join(&file)).with_context(|| format!("Failed to read {file}"))?;
            if stub.get(file.as_str()).is_none_or(|handed_out| handed_out.as_bytes() != text) {
                yours.push(file);
            }
        }
        Ok(Changes { yours, missing })
    }

    fn is_empty(&self) -> bool {
        self.yours.is_empty() && self.missing.is_empty()
    }

    fn make(
        &self,
        place: &Place,
        lab: &Lab,
        stub: &BTreeMap<&str, &str>,
        backup: &std::path::Path,
    ) -> Result<()> {
        let folder = place.lab(lab);
        if !self.yours.is_empty() {
            durable::copy(&folder, &self.yours, backup)?;
        }
        for file in self.yours.iter().chain(&self.missing) {
            let path = folder.join(file);
            match stub.get(file.as_str()) {
                Some(text) => durable::write(&path, text.as_bytes())?,
                None => {
                    fs::remove_file(&path).with_context(|| format!("Failed to remove {}", path.display()))?;
                }
            }
        }
        Ok(())
    }
}

/// A folder that is not there yet, named after the lab and the second (UTC).
fn backup_folder(place: &Place, lab: &Lab) -> PathBuf {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let backups = place.memory().join("backups");
    let name = |number: u64| backups.join(format!("{}-{number}", lab.folder()));
    (now..).map(name).find(|folder| !folder.exists()).unwrap_or_else(|| name(now))
}

fn is_confirmed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody can be asked here: add --yes");
    }
    print!("Go on? [y/N] ");
    std::io::stdout().flush().context("Failed to ask")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("Failed to read the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
