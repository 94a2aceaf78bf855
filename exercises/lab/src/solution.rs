//! `lab solution`: the reference, for who has done the lab, where it was handed out.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::course;
use crate::durable;
use crate::memory::Memory;
use crate::place::Place;
use crate::standing::Standing;

/// Says which of the reference's files differ from the student's, and how to compare them.
pub(crate) fn show(place: &Place, name: &str, anyway: bool) -> Result<ExitCode> {
    let lab = course::lab(name)?;
    let folder = place.root.join("solutions").join(lab.folder());
    if !folder.is_dir() {
        bail!("the reference of {} was not handed out: there is no solutions/{}", lab.name, lab.folder());
    }
    if !anyway && !Standing::of(place, &Memory::load(place), lab).done {
        bail!(
            "{} is not done yet; `cargo lab hint {}` helps. Add --anyway if you want to see it",
            lab.name,
            lab.name
        );
    }
    let mine = place.lab(lab);
    println!("the reference of {}, as far as it differs from yours:\n", lab.name);
    let files = durable::files_below(&folder.join("src"))?.into_iter().map(|file| format!("src/{file}"));
    for file in files {
        let (theirs, yours) = (folder.join(&file), mine.join(&file));
        let text = std::fs::read(&theirs).with_context(|| format!("Failed to read {}", theirs.display()))?;
        if std::fs::read(&yours).ok().as_ref() != Some(&text) {
            println!("  diff -u {} {}", place.short(&yours), place.short(&theirs));
        }
    }
    Ok(ExitCode::SUCCESS)
}
