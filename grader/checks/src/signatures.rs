//! Which checks each known bug fails: the table that `grader prove --matrix --write` produces, and the diagnosis from it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::spec::Lab;

/// A lab's known bugs, as stored in `signatures/<lab>.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatures {
    /// The hash of everything that went in: solution, bugs, checks and the crates under them.
    #[serde(default)]
    pub inputs: String,
    /// The bugs, in the order of `bugs.toml`.
    #[serde(default, rename = "bug")]
    pub bugs: Vec<Bug>,
}

/// One known bug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bug {
    /// Its name in `bugs.toml`.
    pub name: String,
    /// What went wrong, in a student's words.
    pub says: String,
    /// The checks that it fails.
    pub fails: BTreeSet<String>,
}

impl Signatures {
    /// The known bugs of a lab, as far as the checks of this `Lab` (public or hidden) see them.
    pub fn of(lab: &Lab) -> Signatures {
        toml::from_str(lab.signatures).unwrap_or_default()
    }

    /// The bug whose failed checks are most like these, if the one check in question is among them.
    ///
    /// Likeness is the share of common checks among all that either fails (Jaccard's index); below one half the
    /// diagnosis would be a guess, and there is none.
    pub fn nearest(&self, failed: &BTreeSet<String>, check: &str) -> Option<&Bug> {
        let likeness = |bug: &Bug| {
            let common = bug.fails.intersection(failed).count();
            let either = bug.fails.union(failed).count();
            // In thousandths, so that it can be ordered.
            common * 1000 / either.max(1)
        };
        self.bugs
            .iter()
            .filter(|bug| bug.fails.contains(check))
            .map(|bug| (likeness(bug), bug))
            .filter(|(likeness, _)| *likeness >= 500)
            // max_by_key would take the last of equals; the first stands first in bugs.toml for a reason.
            .rev()
            .max_by_key(|(likeness, _)| *likeness)
            .map(|(_, bug)| bug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn signatures() -> Signatures {
        let bug =
            |name: &str, fails: &[&str]| Bug { name: name.into(), says: String::new(), fails: set(fails) };
        Signatures {
            inputs: String::new(),
            bugs: vec![bug("one", &["a", "b"]), bug("two", &["a", "b", "c"]), bug("three", &["a", "b"])],
        }
    }

    #[test]
    fn the_bug_with_the_same_failures_is_the_nearest() {
        assert_eq!(signatures().nearest(&set(&["a", "b", "c"]), "a").unwrap().name, "two");
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(signatures().nearest(&set(&["a", "b"]), "a").unwrap().name, "one");
    }

    #[test]
    fn a_guess_is_no_diagnosis() {
        assert_eq!(signatures().nearest(&set(&["a", "x", "y", "z"]), "a"), None);
        assert_eq!(signatures().nearest(&set(&["x"]), "x"), None);
    }
}
