//! What the book knows of the labs: their specs, and the bugs that their checks catch.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::site::read;

/// Every lab that has a spec.
pub(crate) struct Course {
    /// In the order of their numbers.
    pub(crate) labs: Vec<Lab>,
}

/// One lab.
pub(crate) struct Lab {
    pub(crate) name: String,
    pub(crate) number: u32,
    /// What it is about, in a few words.
    pub(crate) title: String,
    pub(crate) checks: Vec<Check>,
    pub(crate) bugs: Vec<Bug>,
}

/// A public check.
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) points: u32,
    /// What must be true, as Markdown.
    pub(crate) says: String,
    /// Counted from 1, in the order in which a student can reach them.
    pub(crate) stage: u32,
}

/// A known bug, from the solution's `bugs.toml`.
#[derive(Deserialize)]
pub(crate) struct Bug {
    pub(crate) name: String,
    /// The check that must catch it.
    pub(crate) caught_by: String,
    /// What went wrong, told in a student's words.
    pub(crate) says: String,
    /// What turns the solution into it.
    #[serde(default)]
    pub(crate) edit: Vec<Edit>,
}

/// A text in a file of the lab, and what stands there instead.
#[derive(Deserialize)]
pub(crate) struct Edit {
    pub(crate) file: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Deserialize)]
struct Bugs {
    #[serde(default)]
    bug: Vec<Bug>,
}

impl Course {
    /// Reads the specs, and the `bugs.toml` of each lab under `root`.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let mut labs = Vec::new();
        for spec in checks::labs::ALL {
            let checks = spec.checks.iter().map(|check| Check {
                name: check.name.to_owned(),
                points: check.points,
                says: check.says.to_owned(),
                stage: check.stage.into(),
            });
            let mut lab = Lab {
                name: spec.name.to_owned(),
                number: spec.number.into(),
                title: spec.title.to_owned(),
                checks: checks.collect(),
                bugs: Vec::new(),
            };
            lab.bugs = bugs_of(root, &lab)?;
            labs.push(lab);
        }
        labs.sort_by_key(|lab| lab.number);
        Ok(Self { labs })
    }

    /// The lab called `name`, or what to say if there is none.
    pub(crate) fn lab(&self, name: &str) -> Result<&Lab, String> {
        self.labs.iter().find(|lab| lab.name == name).ok_or_else(|| format!("no lab `{name}`"))
    }
}

impl Lab {
    /// The public check called `name`, or what to say if there is none.
    pub(crate) fn check(&self, name: &str) -> Result<&Check, String> {
        let found = self.checks.iter().find(|check| check.name == name);
        found.ok_or_else(|| format!("lab {} has no public check `{name}`", self.name))
    }

    /// The bug called `name`, or what to say if there is none.
    pub(crate) fn bug(&self, name: &str) -> Result<&Bug, String> {
        let found = self.bugs.iter().find(|bug| bug.name == name);
        found.ok_or_else(|| format!("lab {} has no bug `{name}`", self.name))
    }

    /// The lab's folder under `solutions/` and `exercises/`, and its page without `.md`.
    pub(crate) fn folder(&self) -> String {
        format!("{:02}-{}", self.number, self.name)
    }
}

fn bugs_of(root: &Path, lab: &Lab) -> Result<Vec<Bug>> {
    let path = root.join("solutions").join(lab.folder()).join("bugs.toml");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let bugs: Bugs = toml::from_str(&read(&path)?).with_context(|| format!("in {}", path.display()))?;
    Ok(bugs.bug)
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    /// A course of one lab with two public checks, and a bug that a hidden check catches.
    pub(crate) fn course() -> Course {
        let check = |name: &str, points, stage| Check {
            name: name.into(),
            points,
            says: "`Hello` comes back".into(),
            stage,
        };
        let bug = |name: &str, by: &str| Bug {
            name: name.into(),
            caught_by: by.into(),
            says: "One read.".into(),
            edit: vec![],
        };
        Course {
            labs: vec![Lab {
                name: "tcp-echo".into(),
                number: 3,
                title: "A blocking echo server".into(),
                checks: vec![check("echoes-a-line", 40, 1), check("answers-time", 20, 2)],
                bugs: vec![bug("no-newline", "echoes-a-line"), bug("reply-per-read", "secret")],
            }],
        }
    }
}
