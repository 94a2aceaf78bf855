//! A part of a class: the same students for the same count, on whatever machine, in whatever order.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The students of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u64,
    /// At least 1.
    count: u64,
}

/// How an engine tells a job its place: the index's variable, the first index, and the count's variable.
struct Engine {
    index: &'static str,
    first: First,
    count: &'static str,
}

enum First {
    Is(u64),
    /// Said by a variable, 0 if it is not there.
    In(&'static str),
}

const ENGINES: [Engine; 3] = [
    // Slurm's job arrays.
    Engine {
        index: "SLURM_ARRAY_TASK_ID",
        first: First::In("SLURM_ARRAY_TASK_MIN"),
        count: "SLURM_ARRAY_TASK_COUNT",
    },
    // Kubernetes' indexed jobs; the count is not given to the container, so the manifest repeats it there.
    Engine { index: "JOB_COMPLETION_INDEX", first: First::Is(0), count: "JOB_COMPLETIONS" },
    // GitLab's `parallel`.
    Engine { index: "CI_NODE_INDEX", first: First::Is(1), count: "CI_NODE_TOTAL" },
];

impl Shard {
    /// Part `number`, from 1, of `count`.
    ///
    /// # Errors
    /// There is no such part.
    pub fn new(number: u64, count: u64) -> Result<Shard, String> {
        if number == 0 || number > count {
            return Err(format!("part {number} of {count}: parts are counted from 1 to {count}"));
        }
        Ok(Shard { index: number - 1, count })
    }

    /// What the engine that runs this process says, by its variables.
    ///
    /// # Errors
    /// None of the known engines' variables are there, or they don't fit together.
    pub fn from_engine(variable: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
        let number = |name: &str| match variable(name) {
            None => Ok(None),
            Some(value) => {
                value.parse::<u64>().map(Some).map_err(|_| format!("{name}={value:?} is no number"))
            }
        };
        for Engine { index, first, count } in ENGINES {
            let Some(at) = number(index)? else { continue };
            let Some(all) = number(count)? else {
                return Err(format!("{index} is set and {count} is not: of how many parts is this one?"));
            };
            let first = match first {
                First::Is(first) => first,
                First::In(name) => number(name)?.unwrap_or(0),
            };
            let from_one = at.checked_sub(first).and_then(|at| at.checked_add(1));
            let number = from_one.ok_or_else(|| format!("{index}={at} is below the first, {first}"))?;
            return Shard::new(number, all);
        }
        let names: Vec<&str> = ENGINES.iter().map(|engine| engine.index).collect();
        Err(format!("no engine says which part this is (none of {} is set)", names.join(", ")))
    }

    /// Whether the student belongs to this part.
    pub fn holds(self, student: &str) -> bool {
        let digest = Sha256::digest(student.as_bytes());
        let number = u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"));
        number % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    /// `2/4`, or `auto` for what the engine says.
    fn from_str(written: &str) -> Result<Shard, String> {
        if written == "auto" {
            return Shard::from_engine(|name| std::env::var(name).ok());
        }
        let numbers = written.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let (number, count) = numbers.ok_or("a part like 2/4, or auto")?;
        Shard::new(number, count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_student_is_in_exactly_one_part() {
        for count in [1, 2, 4, 7] {
            let parts: Vec<Shard> = (1..=count).map(|number| Shard::new(number, count).unwrap()).collect();
            for student in ["alice", "bob", "Ünal", ""] {
                assert_eq!(
                    parts.iter().filter(|part| part.holds(student)).count(),
                    1,
                    "{student} of {count}"
                );
            }
        }
    }

    #[test]
    fn the_parts_are_the_same_everywhere() {
        let parts = (1..=4).map(|number| Shard::new(number, 4).unwrap());
        let parts: Vec<Shard> = parts.collect();
        let part_of = |student| parts.iter().find(|part| part.holds(student)).unwrap().to_string();
        assert_eq!(["alice", "bob", "carol"].map(part_of), ["4/4", "3/4", "3/4"]);
        for wrong in ["0/4", "5/4", "4", "a/b", "1/0"] {
            wrong.parse::<Shard>().unwrap_err();
        }
    }

    #[test]
    fn engines_say_it_in_their_own_ways() {
        let of = |variables: &[(&str, &str)]| {
            Shard::from_engine(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
            .map(|shard| shard.to_string())
        };
        let slurm = |id| {
            of(&[("SLURM_ARRAY_TASK_ID", id), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "1")])
        };
        assert_eq!(slurm("1").unwrap(), "1/4");
        assert_eq!(slurm("4").unwrap(), "4/4");
        slurm("0").unwrap_err();
        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "3")]).unwrap(), "1/3");
        assert!(of(&[("JOB_COMPLETION_INDEX", "0")]).unwrap_err().contains("JOB_COMPLETIONS is not"));
        assert_eq!(of(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "2")]).unwrap(), "2/2");
        assert!(of(&[("CI_NODE_INDEX", "x"), ("CI_NODE_TOTAL", "2")]).unwrap_err().contains("no number"));
        assert!(of(&[]).unwrap_err().contains("SLURM_ARRAY_TASK_ID"));
    }
}
