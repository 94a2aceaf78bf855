//! The record of a proof: which checks each bug fails, and of which inputs that is known.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use checks::Audience;
use checks::signatures::{Bug as Signature, Signatures};

use crate::bugs::Bug;
use crate::catalog::{Contract, Entry};
use crate::course::{Course, LabFolder};
use crate::inputs;
use crate::output;
use crate::prove::proof::LabProof;

fn path(course: &Course, lab: &str, audience: Audience) -> PathBuf {
    let half = match audience {
        Audience::Public => "checks",
        Audience::Hidden => "hidden",
    };
    course.root.join("grader").join(half).join("signatures").join(format!("{lab}.toml"))
}

/// Those labs whose proof on record is of other inputs than there are now.
///
/// # Errors
/// The course's sources can't be read.
pub fn changed(course: &Course, labs: Vec<Contract>) -> Result<Vec<Contract>> {
    let mut changed = Vec::new();
    for contract in labs {
        let now = inputs::proof_sha256(course, course.lab(contract.name())?)?;
        let is_recorded = |audience| {
            let text = fs::read_to_string(path(course, contract.name(), audience)).unwrap_or_default();
            toml::from_str::<Signatures>(&text).is_ok_and(|signatures| signatures.inputs == now)
        };
        if !is_recorded(Audience::Public) || !is_recorded(Audience::Hidden) {
            changed.push(contract);
        }
    }
    Ok(changed)
}

/// Stores what a proof with a matrix found: the public part beside the public checks, the rest beside the hidden ones.
///
/// # Errors
/// A file can't be written.
pub(super) fn write(
    course: &Course,
    lab: &LabFolder,
    entries: &[Entry],
    bugs: &[Bug],
    proof: &LabProof,
) -> Result<()> {
    let inputs = inputs::proof_sha256(course, lab)?;
    for audience in [Audience::Public, Audience::Hidden] {
        let signatures = part(entries, bugs, proof, audience, &inputs);
        let text = format!(
            "# Which checks each known bug fails, by `grader prove --write`. Not edited by hand.\n\n{}",
            toml::to_string(&signatures).context("writing signatures")?
        );
        output::write(&text, Some(&path(course, &lab.name, audience)))?;
    }
    Ok(())
}

/// The bugs that checks of one audience see, in the order of bugs.toml.
fn part(entries: &[Entry], bugs: &[Bug], proof: &LabProof, audience: Audience, inputs: &str) -> Signatures {
    let names: BTreeSet<&str> =
        entries.iter().filter(|entry| entry.audience == audience).map(|entry| entry.check.name).collect();
    let signature = |bug: &Bug| {
        let fails = proof.matrix.as_ref()?.get(&bug.name)?;
        let fails: BTreeSet<String> =
            fails.iter().filter(|check| names.contains(check.as_str())).cloned().collect();
        (!fails.is_empty()).then(|| Signature { name: bug.name.clone(), says: bug.says.clone(), fails })
    };
    Signatures { inputs: inputs.to_owned(), bugs: bugs.iter().filter_map(signature).collect() }
}
