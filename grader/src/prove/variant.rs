//! The programs that a lab's checks are proved with: its reference, its stub, and each named bug.

use anyhow::{Context, Result};
use checks::{Outcome, Verdict};

use crate::bugs::{self, Bug};
use crate::catalog::{Contract, Entry};
use crate::course::{Course, LabFolder};
use crate::prove::proof::{BrokenVariant, FlakyBug, LabProof, ReferenceFailure};
use crate::release;
use crate::tree::{self, Tree};

/// Everything that is proved about one lab.
#[derive(Debug)]
pub(super) struct Lab<'a> {
    pub(super) folder: &'a LabFolder,
    pub(super) entries: Vec<Entry>,
    pub(super) variants: Vec<Variant>,
    /// Variants that could not be made, told before any was built.
    pub(super) broken: Vec<BrokenVariant>,
    bugs: Vec<Bug>,
}

/// One program and what came of it.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) role: Role,
    pub(super) files: Tree,
    /// Of the files: what seeds come from.
    pub(super) sha256: String,
    /// By the check's place among the lab's entries.
    pub(super) tallies: Vec<Tally>,
}

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reference,
    Stub,
    /// By its place in bugs.toml.
    Bug(usize),
}

/// How one variant did on one check.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) runs: u32,
    pub(super) failures: u32,
    pub(super) undone: u32,
    pub(super) skips: u32,
    pub(super) infra: Option<String>,
    /// What was wrong at the first failure.
    pub(super) got: String,
}

impl Tally {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        self.undone += u32::from(outcome.not_done);
        match outcome.verdict {
            Verdict::Pass => {}
            Verdict::Skip => self.skips += 1,
            Verdict::Infra => self.infra = Some(outcome.reason.clone().unwrap_or_default()),
            _ => {
                self.failures += 1;
                if let Some(fault) = outcome.fault.as_ref().filter(|_| self.got.is_empty()) {
                    self.got =
                        format!("{}: expected {}, got {}", outcome.verdict.word(), fault.expected, fault.got);
                }
            }
        }
    }
}

impl<'a> Lab<'a> {
    /// Reads a lab and makes its variants. What can't be made is part of the proof.
    pub(super) fn read(course: &'a Course, contract: &Contract) -> Result<Lab<'a>> {
        let folder = course.lab(contract.name())?;
        let solution = release::solution(course, folder)?;
        let bugs_path = format!("solutions/{}/bugs.toml", folder.folder());
        let bugs_file = solution.get("bugs.toml").with_context(|| format!("no {bugs_path}"))?;
        let bugs = bugs::parse(&bugs_path, std::str::from_utf8(bugs_file)?)?;
        let entries = contract.checks(false);
        let mut lab = Lab { folder, entries, variants: Vec::new(), broken: Vec::new(), bugs };
        let stub = release::exercise(folder, &solution)?;
        lab.add(Role::Reference, solution.clone());
        lab.add(Role::Stub, stub);
        for index in 0..lab.bugs.len() {
            let bug = &lab.bugs[index];
            if !lab.entries.iter().any(|entry| entry.check.name == bug.caught_by) {
                let reason = format!("caught_by = {:?}, and the lab has no such check", bug.caught_by);
                lab.broken.push(BrokenVariant { variant: bug.name.clone(), reason });
                continue;
            }
            match bug.apply(&solution) {
                Ok(files) => lab.add(Role::Bug(index), files),
                Err(error) => {
                    let broken = BrokenVariant { variant: bug.name.clone(), reason: format!("{error:#}") };
                    lab.broken.push(broken);
                }
            }
        }
        Ok(lab)
    }

    fn add(&mut self, role: Role, files: Tree) {
        let tallies = vec![Tally::default(); self.entries.len()];
        self.variants.push(Variant { role, sha256: tree::sha256(&files), files, tallies });
    }

    pub(super) fn bugs(&self) -> &[Bug] {
        &self.bugs
    }

    /// `reference`, `stub` or the bug's name.
    pub(super) fn name(&self, role: Role) -> &str {
        match role {
            Role::Reference => "reference",
            Role::Stub => "stub",
            Role::Bug(index) => &self.bugs[index].name,
        }
    }

    /// The place of the check that must catch the bug.
    pub(super) fn catcher(&self, bug: usize) -> usize {
        let name = &self.bugs[bug].caught_by;
        let place = self.entries.iter().position(|entry| entry.check.name == name);
        place.expect("only bugs with a known catcher become variants")
    }

    /// What the tallies mean.
    pub(super) fn judge(&self, repeats: u32, with_matrix: bool) -> LabProof {
        let name_of = |place: usize| self.entries[place].check.name.to_owned();
        let is_idle = |name: &str| !self.bugs.iter().any(|bug| bug.caught_by == name);
        let mut proof = LabProof {
            lab: self.folder.name.clone(),
            checks: self.entries.len(),
            bugs: self.bugs.len(),
            repeats,
            idle_checks: (0..self.entries.len()).map(name_of).filter(|name| is_idle(name)).collect(),
            broken_variants: self.broken.clone(),
            ..LabProof::default()
        };
        for variant in &self.variants {
            for (place, tally) in variant.tallies.iter().enumerate() {
                if let Some(reason) = &tally.infra {
                    proof.trouble.push(format!(
                        "{} on {}: {reason}",
                        self.name(variant.role),
                        name_of(place)
                    ));
                }
                if tally.skips > 0 {
                    proof.skipped_checks.insert(name_of(place));
                } else {
                    match variant.role {
                        Role::Reference if tally.failures > 0 => {
                            let got = tally.got.clone();
                            let failure =
                                ReferenceFailure { check: name_of(place), times: tally.failures, got };
                            proof.reference_failures.push(failure);
                        }
                        Role::Stub if tally.failures < tally.runs => proof.stub_passes.push(name_of(place)),
                        Role::Stub if tally.undone < tally.runs => {
                            proof.stub_strays.push(format!("{}: {}", name_of(place), tally.got));
                        }
                        _ => {}
                    }
                }
            }
            if let Role::Bug(index) = variant.role {
                self.judge_bug(&mut proof, variant, index);
            }
        }
        if with_matrix {
            let fails = |variant: &Variant| {
                let failed = variant.tallies.iter().enumerate().filter(|(_, tally)| tally.failures > 0);
                failed.map(|(place, _)| name_of(place)).collect()
            };
            let bugs = self.variants.iter().filter(|variant| matches!(variant.role, Role::Bug(_)));
            let rows = bugs.map(|variant| (self.name(variant.role).to_owned(), fails(variant)));
            proof.matrix = Some(rows.collect());
        }
        proof
    }

    fn judge_bug(&self, proof: &mut LabProof, variant: &Variant, index: usize) {
        let bug = self.bugs[index].name.clone();
        let own = &variant.tallies[self.catcher(index)];
        let is_caught_elsewhere = variant.tallies.iter().any(|tally| tally.failures > 0);
        if own.runs == 0 || own.skips > 0 || own.failures == own.runs {
            // Not built (told already), not possible here, or caught each time.
        } else if own.failures > 0 {
            proof.flaky_bugs.push(FlakyBug { bug, caught: own.failures });
        } else if is_caught_elsewhere {
            proof.caught_elsewhere.push(bug);
        } else {
            proof.uncaught_bugs.push(bug);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::catalog;

    /// A course whose tcp-echo has these bugs.
    fn course(bugs: &str) -> (tempfile::TempDir, Course) {
        let root = tempfile::tempdir().unwrap();
        let lab = root.path().join("solutions/03-tcp-echo");
        fs::create_dir_all(lab.join("src")).unwrap();
        fs::write(lab.join("src/lib.rs"), "pub const PREFIX: &str = \"ECHO\";\n").unwrap();
        fs::write(lab.join("Cargo.toml"), "[package]\nname = \"tcp-echo\"\n").unwrap();
        fs::write(lab.join("bugs.toml"), bugs).unwrap();
        let course = Course::at(root.path()).unwrap();
        (root, course)
    }

    fn bug(name: &str, caught_by: &str, from: &str) -> String {
        format!(
            "[[bug]]\nname = \"{name}\"\ncaught_by = \"{caught_by}\"\nsays = \"x\"\n[[bug.edit]]\nfile = \"src/lib.rs\"\nfrom = \"{from}\"\nto = \"OTHER\"\n"
        )
    }

    fn contract() -> Contract {
        catalog::select(&["tcp-echo".to_owned()]).unwrap()[0]
    }

    fn tally(runs: u32, failures: u32) -> Tally {
        Tally { runs, failures, ..Tally::default() }
    }

    /// As if all had gone well: the reference passed, the stub was undone, every bug was caught by its own check.
    fn well_done<'a>(course: &'a Course) -> Lab<'a> {
        let mut lab = Lab::read(course, &contract()).unwrap();
        for index in 0..lab.variants.len() {
            let role = lab.variants[index].role;
            let own = if let Role::Bug(bug) = role { Some(lab.catcher(bug)) } else { None };
            for (place, slot) in lab.variants[index].tallies.iter_mut().enumerate() {
                *slot = match role {
                    Role::Reference => tally(5, 0),
                    Role::Stub => Tally { undone: 1, ..tally(1, 1) },
                    Role::Bug(_) if own == Some(place) => tally(5, 5),
                    Role::Bug(_) => Tally::default(),
                };
            }
        }
        lab
    }

    #[test]
    fn what_went_well_leaves_only_checks_without_a_bug() {
        let (_root, course) = course(&bug("wrong-prefix", "echoes-a-line", "ECHO"));
        let proof = well_done(&course).judge(5, false);
        assert_eq!(proof.idle_checks.len(), proof.checks - 1);
        assert_eq!(
            LabProof { idle_checks: Vec::new(), ..proof.clone() },
            LabProof {
                lab: "tcp-echo".into(),
                checks: proof.checks,
                bugs: 1,
                repeats: 5,
                ..LabProof::default()
            }
        );
    }

    #[test]
    fn a_bug_is_uncaught_caught_elsewhere_or_flaky() {
        let (_root, course) = course(&bug("wrong-prefix", "echoes-a-line", "ECHO"));
        let mut lab = well_done(&course);
        let own = lab.catcher(0);
        lab.variants[2].tallies[own] = tally(5, 0);
        assert_eq!(lab.judge(5, false).uncaught_bugs, ["wrong-prefix"]);
        lab.variants[2].tallies[own + 1] = tally(1, 1);
        let proof = lab.judge(5, false);
        assert_eq!((proof.caught_elsewhere, proof.uncaught_bugs), (vec!["wrong-prefix".to_owned()], vec![]));
        lab.variants[2].tallies[own] = tally(5, 4);
        assert_eq!(lab.judge(5, false).flaky_bugs, [FlakyBug { bug: "wrong-prefix".into(), caught: 4 }]);
    }

    #[test]
    fn the_reference_must_pass_and_the_stub_must_be_undone() {
        let (_root, course) = course("");
        let mut lab = well_done(&course);
        lab.variants[0].tallies[0] = Tally { got: "nothing".into(), ..tally(5, 2) };
        lab.variants[1].tallies[1] = tally(1, 0);
        lab.variants[1].tallies[2] = Tally { got: "a panic".into(), ..tally(1, 1) };
        lab.variants[1].tallies[3] = Tally { skips: 1, ..tally(1, 0) };
        lab.variants[0].tallies[4].infra = Some("no cell".into());
        let name = |place: usize| lab.entries[place].check.name;
        let proof = lab.judge(5, false);
        let failure = ReferenceFailure { check: name(0).into(), times: 2, got: "nothing".into() };
        assert_eq!(proof.reference_failures, [failure]);
        assert_eq!(proof.stub_passes, [name(1)]);
        assert_eq!(proof.stub_strays, [format!("{}: a panic", name(2))]);
        assert_eq!(proof.skipped_checks.iter().collect::<Vec<_>>(), [name(3)]);
        assert_eq!(proof.trouble, [format!("reference on {}: no cell", name(4))]);
    }

    #[test]
    fn a_bug_that_cant_be_made_is_told_and_not_counted_as_uncaught() {
        let gone = bug("stale", "echoes-a-line", "no such text");
        let lost = bug("lost", "no-such-check", "ECHO");
        let (_root, course) = course(&format!("{gone}{lost}"));
        let proof = well_done(&course).judge(5, false);
        let told: Vec<&str> = proof.broken_variants.iter().map(|broken| broken.variant.as_str()).collect();
        assert_eq!(told, ["stale", "lost"]);
        assert!(proof.broken_variants[0].reason.contains("no longer holds"));
        assert!(proof.broken_variants[1].reason.contains("no such check"));
        assert!(proof.uncaught_bugs.is_empty());
    }

    #[test]
    fn the_matrix_has_a_row_for_each_bug() {
        let (_root, course) = course(&bug("wrong-prefix", "echoes-a-line", "ECHO"));
        let matrix = well_done(&course).judge(5, true).matrix.unwrap();
        assert_eq!(matrix["wrong-prefix"].iter().collect::<Vec<_>>(), ["echoes-a-line"]);
    }
}
