//! The parts of the course, and how long a lab takes: the only things about labs that their checks don't say.

use std::ops::RangeInclusive;

use checks::Lab;

/// A part: a row of labs.
#[derive(Debug)]
pub(crate) struct Part {
    /// As the book calls it.
    pub(crate) name: &'static str,
    numbers: RangeInclusive<u8>,
}

const fn part(name: &'static str, numbers: RangeInclusive<u8>) -> Part {
    Part { name, numbers }
}

/// All parts, in order.
pub(crate) static PARTS: [Part; 6] = [
    part("Streams", 1..=7),
    part("Datagrams", 8..=12),
    part("Protocols", 13..=16),
    part("Concurrency", 17..=19),
    part("Packets", 20..=23),
    part("Production", 24..=26),
];

impl Part {
    /// Its labs, as far as this edition of the course has them.
    pub(crate) fn labs(&self) -> impl Iterator<Item = &'static Lab> {
        checks::labs::ALL.iter().copied().filter(|lab| self.numbers.contains(&lab.number))
    }
}

/// Half hours that a student needs for lab 01, 02, …: estimates of the course's plan.
const HALF_HOURS: [u8; 26] = [
    4, 5, 8, 8, 7, 7, 7, // Streams
    5, 8, 7, 9, 8, // Datagrams
    8, 8, 8, 12, // Protocols
    9, 8, 14, // Concurrency
    14, 10, 9, 8, // Packets
    14, 12, 10, // Production
];

/// About how long the lab takes: `2.5 h`.
pub(crate) fn hours(lab: &Lab) -> String {
    let halves = HALF_HOURS.get(usize::from(lab.number).wrapping_sub(1)).copied().unwrap_or(8);
    format!("{}{} h", halves / 2, if halves % 2 == 1 { ".5" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lab_is_in_one_part() {
        for lab in checks::labs::ALL {
            let parts = PARTS.iter().filter(|part| part.numbers.contains(&lab.number)).count();
            assert_eq!(parts, 1, "{}", lab.name);
        }
    }

    #[test]
    fn the_parts_are_those_of_the_book() {
        let summary = concat!(env!("CARGO_MANIFEST_DIR"), "/../../book/src/SUMMARY.md");
        let Ok(summary) = std::fs::read_to_string(summary) else { return };
        for part in &PARTS {
            let Some((_, below)) = summary.split_once(&format!("# {}\n", part.name)) else {
                assert_eq!(part.labs().count(), 0, "{} is no part of the book", part.name);
                continue;
            };
            let chapters = below.split("\n# ").next().unwrap();
            for lab in part.labs() {
                assert!(
                    chapters.contains(&format!("({}.md)", lab.folder())),
                    "{} in {}",
                    lab.name,
                    part.name
                );
            }
        }
    }
}
