//! The course's contract: every lab with its public and hidden checks, found by name.

use std::collections::BTreeSet;

use checks::signatures::Signatures;
use checks::{Audience, Check, Lab};

use crate::usage::Usage;

/// Both halves of a lab's contract.
#[derive(Debug, Clone, Copy)]
pub struct Contract {
    /// What students run themselves.
    pub public: &'static Lab,
    /// What only the instructor's grader runs.
    pub hidden: &'static Lab,
}

/// One check and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The half of the lab that holds it.
    pub lab: &'static Lab,
    /// The check.
    pub check: &'static Check,
    /// Who sees it.
    pub audience: Audience,
}

/// All contracts in the course's order.
pub fn all() -> Vec<Contract> {
    let hidden = |public: &Lab| hidden::labs::ALL.iter().find(|lab| lab.name == public.name);
    let pair = |public: &&'static Lab| Some(Contract { public, hidden: hidden(public)? });
    checks::labs::ALL.iter().filter_map(pair).collect()
}

/// The contracts of these labs in the course's order; of all labs if none is named. `03-tcp-echo` names one as well.
///
/// # Errors
/// A name that no lab has.
pub fn select(names: &[String]) -> Result<Vec<Contract>, Usage> {
    let all = all();
    let mut chosen = BTreeSet::new();
    for name in names {
        let index = all
            .iter()
            .position(|contract| *name == contract.public.name || *name == contract.public.folder());
        chosen.insert(index.ok_or_else(|| Usage::unknown("lab", name, all.iter().map(|c| c.public.name)))?);
    }
    Ok(all
        .into_iter()
        .enumerate()
        .filter(|(i, _)| names.is_empty() || chosen.contains(i))
        .map(|(_, c)| c)
        .collect())
}

impl Contract {
    /// The lab's name.
    pub fn name(&self) -> &'static str {
        self.public.name
    }

    /// The checks, public ones first.
    pub fn checks(&self, public_only: bool) -> Vec<Entry> {
        let half =
            |lab: &'static Lab, audience| lab.checks.iter().map(move |check| Entry { lab, check, audience });
        let hidden = half(self.hidden, Audience::Hidden).filter(|_| !public_only);
        half(self.public, Audience::Public).chain(hidden).collect()
    }

    /// The check of that name.
    ///
    /// # Errors
    /// The lab has none of that name.
    pub fn check(&self, name: &str) -> Result<Entry, Usage> {
        let checks = self.checks(false);
        let found = checks.iter().find(|entry| entry.check.name == name).copied();
        found.ok_or_else(|| {
            let kind = format!("check of {}", self.name());
            Usage::unknown(&kind, name, checks.iter().map(|entry| entry.check.name))
        })
    }

    /// What each known bug fails, as far as the asked-for halves see it.
    pub fn signatures(&self, public_only: bool) -> Signatures {
        let mut both = Signatures::of(self.public);
        let hidden = if public_only { Signatures::default() } else { Signatures::of(self.hidden) };
        for bug in hidden.bugs {
            match both.bugs.iter_mut().find(|known| known.name == bug.name) {
                Some(known) => known.fails.extend(bug.fails),
                None => both.bugs.push(bug),
            }
        }
        both
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lab_has_both_halves() {
        assert_eq!(all().len(), checks::labs::ALL.len());
        assert_eq!(all().len(), hidden::labs::ALL.len());
    }

    #[test]
    fn labs_are_found_by_name_and_by_folder() {
        let names = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(ToString::to_string).collect();
            select(&given).map(|found| found.iter().map(Contract::name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["framing", "03-tcp-echo"]).unwrap(), ["tcp-echo", "framing"]);
        assert_eq!(names(&[]).unwrap().len(), all().len());
        assert!(names(&["tcp-ecko"]).unwrap_err().to_string().contains("did you mean tcp-echo?"));
    }

    #[test]
    fn checks_are_found_in_both_halves() {
        let lab = select(&["tcp-echo".to_owned()]).unwrap()[0];
        assert_eq!(lab.check("echoes-a-line").unwrap().audience, Audience::Public);
        assert_eq!(lab.check("joins-a-line-sent-in-pieces").unwrap().audience, Audience::Hidden);
        let message = lab.check("echos-a-line").unwrap_err().to_string();
        assert!(
            message.starts_with(r#"no check of tcp-echo "echos-a-line"; did you mean echoes-a-line?"#),
            "{message}"
        );
    }
}
