//! Numbers about a class's labs: how the scores are spread, and which bugs are frequent. What the checks tell is in
//! [`Class::statistics`].

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::class::{Class, LabInfo};
use crate::report::model::LabReport;

/// One lab, over all students it was graded for.
#[derive(Debug, Clone, Serialize)]
pub struct LabNumbers {
    /// The lab.
    pub lab: String,
    /// Its place in the course.
    pub number: u8,
    /// Students that it was graded for.
    pub students: usize,
    /// The mean of their scores, in percent of what each could have earned.
    pub mean: f64,
    /// The middle one.
    pub median: f64,
    /// How many have 0, 1–25, 26–50, 51–75, 76–99 and 100 percent.
    pub distribution: [usize; 6],
    /// How many have which verdict.
    pub verdicts: BTreeMap<&'static str, usize>,
    /// The nearest known bugs and how many students have them, the most frequent first.
    pub nearest_bugs: Vec<(String, usize)>,
}

/// The percent that bound the classes of the distribution.
pub const CLASSES: [&str; 6] = ["0", "1-25", "26-50", "51-75", "76-99", "100"];

/// The numbers of every lab of the class.
pub fn of(class: &Class) -> Vec<LabNumbers> {
    let numbers = |lab: &LabInfo| {
        let results = class.students.iter().flat_map(|student| &student.labs);
        let graded: Vec<&LabReport> =
            results.map(|result| &result.report).filter(|report| report.lab == lab.name).collect();
        (!graded.is_empty()).then(|| lab_numbers(lab, &graded))
    };
    class.labs.iter().filter_map(numbers).collect()
}

fn lab_numbers(lab: &LabInfo, graded: &[&LabReport]) -> LabNumbers {
    let percent = |report: &&LabReport| match report.max {
        0 => 0.0,
        max => f64::from(report.score) * 100.0 / f64::from(max),
    };
    let mut percents: Vec<f64> = graded.iter().map(percent).collect();
    percents.sort_by(f64::total_cmp);
    let mut distribution = [0; 6];
    for percent in &percents {
        distribution[class_of(*percent)] += 1;
    }
    let mut verdicts = BTreeMap::new();
    let mut bugs: BTreeMap<&str, usize> = BTreeMap::new();
    for report in graded {
        *verdicts.entry(report.verdict.word()).or_default() += 1;
        let mut named: Vec<&str> =
            report.checks.iter().filter_map(|check| check.nearest_bug.as_deref()).collect();
        named.sort_unstable();
        named.dedup();
        for bug in named {
            *bugs.entry(bug).or_default() += 1;
        }
    }
    let mut nearest_bugs: Vec<(String, usize)> =
        bugs.into_iter().map(|(bug, count)| (bug.to_owned(), count)).collect();
    nearest_bugs.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    LabNumbers {
        lab: lab.name.clone(),
        number: lab.number,
        students: graded.len(),
        mean: percents.iter().sum::<f64>() / percents.len() as f64,
        median: median(&percents),
        distribution,
        verdicts,
        nearest_bugs,
    }
}

fn class_of(percent: f64) -> usize {
    match percent {
        p if p <= 0.0 => 0,
        p if p <= 25.0 => 1,
        p if p <= 50.0 => 2,
        p if p <= 75.0 => 3,
        p if p < 100.0 => 4,
        _ => 5,
    }
}

/// Of sorted numbers, at least one.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_marks_are_in_the_last_class() {
        for (percent, class) in [(0.0, 0), (0.5, 1), (25.0, 1), (25.1, 2), (75.0, 3), (99.9, 4), (100.0, 5)] {
            assert_eq!(class_of(percent), class, "{percent}");
        }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!([median(&[1.0]), median(&[1.0, 2.0]), median(&[1.0, 2.0, 9.0])], [1.0, 1.5, 2.0]);
    }
}
