//! What the checks have said before, so that `lab` knows where you are without running them. The checks can say all of it
//! again: who deletes `.lab/progress.json` loses the dates and how many hints were shown, and nothing else.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use checks::{Lab, Outcome, Verdict};
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::place::Place;

/// All that is known.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// The lab that was checked last.
    #[serde(default)]
    pub(crate) latest: Option<String>,
    /// By the labs' names.
    #[serde(default)]
    pub(crate) labs: BTreeMap<String, Record>,
}

/// What is known of one lab.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The digest of the lab's sources when they were checked.
    #[serde(default)]
    pub(crate) sources: String,
    /// By the checks' names.
    #[serde(default)]
    pub(crate) checks: BTreeMap<String, Word>,
    /// When all checks passed for the first time, in seconds since 1970.
    #[serde(default)]
    pub(crate) passed: Option<u64>,
    /// How many hints of a check were shown.
    #[serde(default)]
    pub(crate) hints: BTreeMap<String, u8>,
}

/// A check's last word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) verdict: Verdict,
    /// Where something is not written yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) not_done: Option<String>,
}

impl From<&Outcome> for Word {
    fn from(outcome: &Outcome) -> Word {
        let where_ = outcome.fault.as_ref().filter(|_| outcome.not_done).map(|fault| fault.got.clone());
        Word { verdict: outcome.verdict, not_done: where_ }
    }
}

impl Memory {
    /// What is known here. A file that can't be understood is set aside: the checks will say it again.
    pub(crate) fn load(place: &Place) -> Memory {
        let path = file(place);
        let Ok(text) = fs::read(&path) else { return Memory::default() };
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            let aside = path.with_extension("json.unreadable");
            eprintln!("{} is set aside as {}: {error}", path.display(), aside.display());
            // If it can't be, it is written over.
            let _ = fs::rename(&path, aside);
            Memory::default()
        })
    }

    /// Changes what is known, in one step; two runners at a time wait for one another.
    pub(crate) fn change(place: &Place, change: impl FnOnce(&mut Memory)) -> Result<Memory> {
        let folder = place.memory();
        fs::create_dir_all(&folder).with_context(|| format!("Failed to create {}", folder.display()))?;
        let lock = folder.join("lock");
        let lock = File::create(&lock).with_context(|| format!("Failed to create {}", lock.display()))?;
        lock.lock().context("Failed to wait for another lab command")?;
        let mut memory = Memory::load(place);
        change(&mut memory);
        let text = serde_json::to_vec_pretty(&memory).context("Failed to write down the progress")?;
        durable::write(&file(place), &text)?;
        Ok(memory)
    }

    /// What is known of a lab.
    pub(crate) fn of(&self, lab: &Lab) -> Option<&Record> {
        self.labs.get(lab.name)
    }

    /// Takes down what checks of a lab have said about these sources.
    pub(crate) fn note(&mut self, lab: &Lab, sources: &str, words: BTreeMap<String, Word>) {
        self.latest = Some(lab.name.to_owned());
        let record = self.labs.entry(lab.name.to_owned()).or_default();
        if record.sources != sources {
            record.checks.clear();
            sources.clone_into(&mut record.sources);
        }
        record.checks.extend(words);
        // A check that this edition no longer has.
        record.checks.retain(|name, _| lab.check(name).is_some());
        if record.passed.is_none() && record.is_done(lab) {
            record.passed = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
        }
    }
}

impl Record {
    /// Whether every check has passed, but for those that this machine can't run.
    pub(crate) fn is_done(&self, lab: &Lab) -> bool {
        let verdict = |name: &str| self.checks.get(name).map(|word| word.verdict);
        let has = |wanted: Verdict| lab.checks.iter().any(|check| verdict(check.name) == Some(wanted));
        has(Verdict::Pass)
            && lab
                .checks
                .iter()
                .all(|check| matches!(verdict(check.name), Some(Verdict::Pass | Verdict::Skip)))
    }
}

fn file(place: &Place) -> PathBuf {
    place.memory().join("progress.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { root: folder.path().to_owned() };
        (folder, place)
    }

    fn all(lab: &Lab, verdict: Verdict) -> BTreeMap<String, Word> {
        lab.checks.iter().map(|check| (check.name.to_owned(), Word { verdict, not_done: None })).collect()
    }

    #[test]
    fn what_was_noted_is_known_again() {
        let (_folder, place) = here();
        let lab = crate::course::lab("tcp-echo").unwrap();
        Memory::change(&place, |memory| memory.note(lab, "a", all(lab, Verdict::Pass))).unwrap();
        let memory = Memory::load(&place);
        assert_eq!(memory.latest.as_deref(), Some("tcp-echo"));
        let record = memory.of(lab).unwrap();
        assert!(record.is_done(lab) && record.passed.is_some());
    }

    #[test]
    fn words_about_other_sources_are_forgotten_and_the_date_is_not() {
        let lab = crate::course::lab("tcp-echo").unwrap();
        let mut memory = Memory::default();
        memory.note(lab, "a", all(lab, Verdict::Pass));
        let one = BTreeMap::from([(
            lab.checks[0].name.to_owned(),
            Word { verdict: Verdict::Fail, not_done: None },
        )]);
        memory.note(lab, "b", one);
        let record = memory.of(lab).unwrap();
        assert_eq!(record.checks.len(), 1);
        assert!(!record.is_done(lab) && record.passed.is_some());
    }

    #[test]
    fn skipped_is_not_passed() {
        let lab = crate::course::lab("tcp-echo").unwrap();
        let mut memory = Memory::default();
        memory.note(lab, "a", all(lab, Verdict::Skip));
        assert!(!memory.of(lab).unwrap().is_done(lab));
    }

    #[test]
    fn a_broken_file_is_set_aside_and_a_later_edition_is_read() {
        let (_folder, place) = here();
        durable::write(&file(&place), b"{\"labs\":").unwrap();
        assert!(Memory::load(&place).labs.is_empty());
        assert!(place.memory().join("progress.json.unreadable").exists());
        durable::write(&file(&place), br#"{"latest":"sntp","new":1}"#).unwrap();
        assert_eq!(Memory::load(&place).latest.as_deref(), Some("sntp"));
    }
}
