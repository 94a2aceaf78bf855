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

/// How an engine tells a job its place.
struct Engine {
    /// The variable that says which job this is; only jobs that have a place have it.
    index: &'static str,
    /// The index of the first part.
    first: First,
    /// The variable that says how many there are.
    count: &'static str,
}

enum First {
    Is(u64),
    /// Slurm's arrays begin where the user says, and may have gaps.
    OfArray {
        first: &'static str,
        last: &'static str,
    },
}

const ENGINES: [Engine; 3] = [
    // Slurm's job arrays.
    Engine {
        index: "SLURM_ARRAY_TASK_ID",
        first: First::OfArray { first: "SLURM_ARRAY_TASK_MIN", last: "SLURM_ARRAY_TASK_MAX" },
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
        for Engine { index: index_name, first, count: count_name } in ENGINES {
            let Some(index) = number(index_name)? else { continue };
            let told = |name: &str| {
                number(name)?
                    .ok_or_else(|| format!("{index_name} is set and {name} is not: which part of how many?"))
            };
            let count = told(count_name)?;
            let first = match first {
                First::Is(first) => first,
                First::OfArray { first, last } => {
                    start_of_array((first, told(first)?), (last, told(last)?), count)?
                }
            };
            let place = index.checked_sub(first).filter(|place| *place < count);
            return place.map(|index| Shard { index, count }).ok_or_else(|| {
                format!(
                    "{index_name}={index} is no part of {count_name}={count}: the first has the index {first}"
                )
            });
        }
        let names: Vec<&str> = ENGINES.iter().map(|engine| engine.index).collect();
        Err(format!(
            "no engine says which part this is (none of {} is set); say it like 2/4",
            names.join(", ")
        ))
    }

    /// Which part, from 1.
    pub fn number(self) -> u64 {
        self.index + 1
    }

    /// Of how many.
    pub fn count(self) -> u64 {
        self.count
    }

    /// Whether the student belongs to this part.
    pub fn holds(self, student: &str) -> bool {
        let digest = Sha256::digest(student.as_bytes());
        let number = u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"));
        number % self.count == self.index
    }
}

/// The first index of an array that is a whole class. One that was submitted for a few tasks only, say to run one part
/// again, has other numbers than the array that those tasks belong to: their students would be others.
fn start_of_array(first: (&str, u64), last: (&str, u64), count: u64) -> Result<u64, String> {
    let ((first_name, first), (last_name, last)) = (first, last);
    let is_without_gaps = last.checked_sub(first).and_then(|length| length.checked_add(1)) == Some(count);
    if first <= 1 && is_without_gaps {
        return Ok(first);
    }
    Err(format!(
        "an array of {count} from {first_name}={first} to {last_name}={last} is not a whole class, like 1-4 or 0-3: \
         submit the whole array again (finished parts have nothing to do), or name the part, like 2/4"
    ))
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
        write!(f, "{}/{}", self.number(), self.count)
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
        let slurm = |id, first, last, count| {
            of(&[
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", first),
                ("SLURM_ARRAY_TASK_MAX", last),
                ("SLURM_ARRAY_TASK_COUNT", count),
            ])
        };
        assert_eq!(slurm("1", "1", "4", "4").unwrap(), "1/4");
        assert_eq!(slurm("4", "1", "4", "4").unwrap(), "4/4");
        assert_eq!(slurm("3", "0", "3", "4").unwrap(), "4/4");
        // --array=3, --array=1,3 and --array=1-7:2: some tasks of another array, or one with gaps.
        for (id, first, last, count) in [("3", "3", "3", "1"), ("1", "1", "3", "2"), ("5", "1", "7", "4")] {
            let error = slurm(id, first, last, count).unwrap_err();
            assert!(
                error.contains("not a whole class") && error.contains("SLURM_ARRAY_TASK_MAX="),
                "{error}"
            );
        }
        assert!(slurm("0", "1", "4", "4").unwrap_err().contains("SLURM_ARRAY_TASK_ID=0 is no part"));
        assert!(slurm("1", "1", "0", "0").unwrap_err().contains("not a whole class"));
        let alone = of(&[("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_ARRAY_TASK_COUNT", "4")]);
        assert!(alone.unwrap_err().contains("SLURM_ARRAY_TASK_MIN is not"));

        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "3")]).unwrap(), "1/3");
        assert!(of(&[("JOB_COMPLETION_INDEX", "0")]).unwrap_err().contains("JOB_COMPLETIONS is not"));
        let error = of(&[("JOB_COMPLETION_INDEX", "3"), ("JOB_COMPLETIONS", "3")]).unwrap_err();
        assert_eq!(
            error,
            "JOB_COMPLETION_INDEX=3 is no part of JOB_COMPLETIONS=3: the first has the index 0"
        );
        assert!(of(&[("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "0")]).is_err());

        assert_eq!(of(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "2")]).unwrap(), "2/2");
        for wrong in ["x", "", "-1", "1.5", "99999999999999999999"] {
            let error = of(&[("CI_NODE_INDEX", wrong), ("CI_NODE_TOTAL", "2")]).unwrap_err();
            assert_eq!(error, format!("CI_NODE_INDEX={wrong:?} is no number"));
        }
        // GitLab says this to jobs that are not parallel.
        assert!(of(&[("CI_NODE_TOTAL", "1")]).unwrap_err().contains("SLURM_ARRAY_TASK_ID"));
    }
}
