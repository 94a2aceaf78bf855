//! Where a student stands in a lab, and which lab is next.

use checks::{Check, Lab, Verdict};

use crate::memory::{Memory, Word};
use crate::parts::PARTS;
use crate::place::Place;
use crate::sources;

/// What is known of a lab.
pub(crate) struct Standing {
    pub(crate) lab: &'static Lab,
    /// The last words of its checks; none where they were never run.
    words: Vec<(&'static Check, Option<Word>)>,
    /// Whether its sources are no longer those that were checked.
    pub(crate) changed: bool,
    /// Whether every check has passed.
    pub(crate) done: bool,
}

impl Standing {
    /// Of one lab, from memory.
    pub(crate) fn of(place: &Place, memory: &Memory, lab: &'static Lab) -> Standing {
        let record = memory.of(lab);
        let word = |check: &Check| record.and_then(|record| record.checks.get(check.name)).cloned();
        let words: Vec<_> = lab.checks.iter().map(|check| (check, word(check))).collect();
        let was_checked = record.filter(|record| !record.checks.is_empty());
        Standing {
            lab,
            changed: was_checked.is_some_and(|record| record.sources != sources::digest_hex(place, lab)),
            done: record.is_some_and(|record| record.is_done(lab)),
            words,
        }
    }

    /// Of all labs, in order.
    pub(crate) fn all(place: &Place, memory: &Memory) -> Vec<Standing> {
        checks::labs::ALL.iter().map(|lab| Standing::of(place, memory, lab)).collect()
    }

    /// Whether its checks have ever been run.
    pub(crate) fn is_known(&self) -> bool {
        self.words.iter().any(|(_, word)| word.is_some())
    }

    /// Points of the public checks that passed.
    pub(crate) fn earned(&self) -> u32 {
        self.points(|word| word.is_some_and(|word| word.verdict == Verdict::Pass))
    }

    /// Points of the public checks, less those that this machine can't run.
    pub(crate) fn max(&self) -> u32 {
        self.points(|word| word.is_none_or(|word| word.verdict != Verdict::Skip))
    }

    fn points(&self, counts: impl Fn(Option<&Word>) -> bool) -> u32 {
        self.words.iter().filter(|(_, word)| counts(word.as_ref())).map(|(check, _)| check.points).sum()
    }

    /// How many checks passed.
    pub(crate) fn passed(&self) -> usize {
        self.words
            .iter()
            .filter(|(_, word)| word.as_ref().is_some_and(|word| word.verdict == Verdict::Pass))
            .count()
    }

    /// The first check that has not passed, in the order in which a student can reach them, with its last word.
    pub(crate) fn first_open(&self) -> Option<(&'static Check, Option<&Word>)> {
        let is_open = |word: &Option<Word>| {
            word.as_ref().is_none_or(|word| !matches!(word.verdict, Verdict::Pass | Verdict::Skip))
        };
        self.words.iter().find(|(_, word)| is_open(word)).map(|(check, word)| (*check, word.as_ref()))
    }
}

/// The lab to work on: that of the working directory, else the last one checked unless it is done, else the next one that
/// is not done. None when all are.
pub(crate) fn current(place: &Place, memory: &Memory) -> Option<&'static Lab> {
    if let Some(lab) = place.lab_here() {
        return Some(lab);
    }
    let all = Standing::all(place, memory);
    let latest = all.iter().position(|standing| memory.latest.as_deref() == Some(standing.lab.name));
    let (before, from) = all.split_at(latest.unwrap_or(0));
    from.iter().chain(before).find(|standing| !standing.done).map(|standing| standing.lab)
}

/// The lab after this one that is not done, going round.
pub(crate) fn after(place: &Place, memory: &Memory, lab: &Lab) -> Option<&'static Lab> {
    let all = Standing::all(place, memory);
    let here = all.iter().position(|standing| standing.lab.name == lab.name).unwrap_or(0);
    let (before, from) = all.split_at(here);
    from.iter().skip(1).chain(before).find(|standing| !standing.done).map(|standing| standing.lab)
}

/// The part that a lab belongs to.
pub(crate) fn part_of(lab: &Lab) -> &'static str {
    let part = PARTS.iter().find(|part| part.labs().any(|other| other.name == lab.name));
    part.map_or("", |part| part.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn words(lab: &Lab, verdicts: &[Verdict]) -> BTreeMap<String, Word> {
        let pairs = lab.checks.iter().zip(verdicts);
        pairs
            .map(|(check, verdict)| (check.name.to_owned(), Word { verdict: *verdict, not_done: None }))
            .collect()
    }

    fn nowhere() -> Place {
        Place { root: "/nonexistent".into() }
    }

    #[test]
    fn the_course_begins_with_its_first_lab() {
        assert_eq!(current(&nowhere(), &Memory::default()).unwrap().name, checks::labs::ALL[0].name);
    }

    #[test]
    fn a_lab_that_is_done_leads_to_the_next_and_one_that_is_not_stays() {
        let lab = crate::course::lab("tcp-echo").unwrap();
        let mut memory = Memory::default();
        memory.note(lab, "", words(lab, &[Verdict::Fail]));
        assert_eq!(current(&nowhere(), &memory).unwrap().name, "tcp-echo");
        memory.note(lab, "", words(lab, &vec![Verdict::Pass; lab.checks.len()]));
        assert_eq!(current(&nowhere(), &memory).unwrap().name, "tcp-sixteen");
        assert_eq!(after(&nowhere(), &memory, lab).unwrap().name, "tcp-sixteen");
    }

    #[test]
    fn the_first_open_check_is_the_first_that_neither_passed_nor_was_skipped() {
        let lab = crate::course::lab("tcp-echo").unwrap();
        let mut memory = Memory::default();
        memory.note(lab, "", words(lab, &[Verdict::Pass, Verdict::Skip, Verdict::Fail]));
        let standing = Standing::of(&nowhere(), &memory, lab);
        assert_eq!(standing.first_open().unwrap().0.name, lab.checks[2].name);
        assert_eq!(standing.earned(), lab.checks[0].points);
        let all: u32 = lab.checks.iter().map(|check| check.points).sum();
        assert_eq!(standing.max(), all - lab.checks[1].points);
        assert!(!standing.done && standing.is_known());
    }
}
