//! What a verdict is a function of. The same key is the same verdict, and is never worked out twice.

use anyhow::Result;

use crate::catalog::Contract;
use crate::course::Course;
use crate::inputs;
use crate::submission::SubmittedLab;
use crate::tree::{self, Tree};

/// How seeds come from sources. A new way of it is a new word here.
const SEED_POLICY: &str = "from the sources of the lab, the lab and the check";

/// What a lab's sources are, or why there are none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work<'a> {
    /// To be built.
    Sources(&'a SubmittedLab),
    /// No such folder.
    Missing,
}

/// What decides a verdict beside the sources.
#[derive(Debug)]
pub(super) struct Keys {
    common: Tree,
    course: Course,
}

impl Keys {
    /// `profile` is what the machine offers, as [`profile`](crate::profile::profile()) says it.
    pub(super) fn new(course: &Course, rustc: &str, profile: &str, public_only: bool) -> Result<Keys> {
        let common = [
            ("grader", env!("CARGO_PKG_VERSION").to_owned()),
            ("lock file", inputs::lockfile_sha256(course)?),
            ("workspace", inputs::workspace_sha256(course)?),
            ("toolchain", rustc.to_owned()),
            ("cell", profile.to_owned()),
            ("seeds", SEED_POLICY.to_owned()),
            ("checks", if public_only { "public" } else { "all" }.to_owned()),
        ];
        let common = common.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
        Ok(Keys { common, course: course.clone() })
    }

    /// The part of a lab's keys that is the same for every student.
    pub(super) fn of_lab(&self, contract: &Contract) -> Result<LabKeys> {
        let mut inputs = self.common.clone();
        inputs.insert("lab".to_owned(), contract.name().into());
        let checks = inputs::lab_checks_sha256(&self.course, contract.name())?;
        inputs.insert("contract".to_owned(), checks.into_bytes());
        Ok(LabKeys { inputs })
    }
}

/// See [`Keys::of_lab`].
#[derive(Debug)]
pub(super) struct LabKeys {
    inputs: Tree,
}

impl LabKeys {
    pub(super) fn of(&self, work: Work) -> String {
        let work = match work {
            Work::Sources(lab) => format!("{} {}", lab.sha256, tree::sha256(&lab.files)),
            Work::Missing => "missing".to_owned(),
        };
        let mut inputs = self.inputs.clone();
        inputs.insert("work".to_owned(), work.into_bytes());
        tree::sha256(&inputs)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::catalog;
    use crate::submission;

    const RUSTC: &str = "rustc 1.95.0";
    const PROFILE: &str = "rung A, wire, 20000 open files";

    fn course() -> Course {
        Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap()
    }

    fn key(keys: &Keys, lab: &str, work: Work) -> String {
        keys.of_lab(&catalog::select(&[lab.to_owned()]).unwrap()[0]).unwrap().of(work)
    }

    #[test]
    fn whatever_a_verdict_depends_on_is_in_its_key() {
        let course = course();
        let of = |rustc: &str, profile: &str, public_only: bool, lab: &str| {
            key(&Keys::new(&course, rustc, profile, public_only).unwrap(), lab, Work::Missing)
        };
        let keys = [
            of(RUSTC, PROFILE, false, "tcp-echo"),
            of("rustc 1.96.0", PROFILE, false, "tcp-echo"),
            of(RUSTC, "rung A, no wire, 20000 open files", false, "tcp-echo"),
            of(RUSTC, "rung E, no wire, 20000 open files", false, "tcp-echo"),
            of(RUSTC, PROFILE, true, "tcp-echo"),
            of(RUSTC, PROFILE, false, "framing"),
        ];
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:#?}");
        assert_eq!(keys[0], of(RUSTC, PROFILE, false, "tcp-echo"));
    }

    #[test]
    fn the_same_work_has_the_same_key_and_other_work_another() {
        let course = course();
        let keys = Keys::new(&course, RUSTC, PROFILE, false).unwrap();
        let of = |folder: &str| {
            let read = submission::read(&course, &course.root.join(folder)).unwrap().unwrap();
            key(&keys, "tcp-echo", Work::Sources(&read.labs["tcp-echo"]))
        };
        let (ada, elif) = (of("fixtures/submissions/sample/ada"), of("fixtures/submissions/sample/elif"));
        assert_eq!(ada, of("fixtures/submissions/sample/ben"));
        assert_ne!(ada, elif);
        assert_ne!(ada, key(&keys, "tcp-echo", Work::Missing));
    }
}
