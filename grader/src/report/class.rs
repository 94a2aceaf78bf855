//! What a class came to: the input of every report of a class, filled from the gradebook.

use std::collections::BTreeMap;

use checks::Verdict;

use crate::catalog::Contract;
use crate::gradebook::StudentResult;

/// The grades of a class, as they count now.
#[derive(Debug, Clone)]
pub struct Class {
    /// What the class is called in reports.
    pub title: String,
    /// The labs that are reported, in the course's order.
    pub labs: Vec<LabInfo>,
    /// In the order of their ids. Labs that are not in `labs` are not in them either.
    pub students: Vec<StudentResult>,
    /// How often a check said different things of the same sources, by (lab, check); empty if nothing was graded twice.
    pub flakes: BTreeMap<(String, String), Flakes>,
}

/// One lab of the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabInfo {
    /// `tcp-echo`.
    pub name: String,
    /// Its place in the course.
    pub number: u8,
    /// What it is about.
    pub title: String,
    /// Points that can be earned.
    pub max: u32,
}

/// A check over repeated gradings of the same sources.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flakes {
    /// Sources that were graded more than once.
    pub repeated: u32,
    /// Of those, sources of which it did not always say the same.
    pub changed: u32,
}

/// What a check told about the class.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckStatistics {
    /// The lab.
    pub lab: &'static str,
    /// The check.
    pub check: &'static str,
    /// Students whose program it judged: it built, and the check was not skipped.
    pub judged: u32,
    /// Of those, students who passed.
    pub passed: u32,
    /// Correlation of passing it with the points earned by everything else, from -1 to 1; `None` where all or nobody
    /// passed, or all else is the same.
    pub discrimination: Option<f64>,
    /// Share of repeatedly graded sources of which it changed its mind.
    pub flake_rate: Option<f64>,
}

impl CheckStatistics {
    /// Share of the judged that passed, from 0 to 1; `None` where nobody was judged.
    pub fn pass_rate(&self) -> Option<f64> {
        (self.judged > 0).then(|| f64::from(self.passed) / f64::from(self.judged))
    }
}

impl LabInfo {
    /// Of a lab in the course's contract.
    pub fn of(contract: &Contract) -> LabInfo {
        LabInfo {
            name: contract.name().to_owned(),
            number: contract.public.number,
            title: contract.public.title.to_owned(),
            max: contract.checks(false).iter().map(|entry| entry.check.points).sum(),
        }
    }
}

impl Class {
    /// The class's results in these labs.
    pub fn new(title: &str, labs: Vec<LabInfo>, mut students: Vec<StudentResult>) -> Class {
        for student in &mut students {
            student.labs.retain(|lab| labs.iter().any(|known| known.name == lab.report.lab));
        }
        Class { title: title.to_owned(), labs, students, flakes: BTreeMap::new() }
    }

    /// Points that can be earned in all labs.
    pub fn max(&self) -> u32 {
        self.labs.iter().map(|lab| lab.max).sum()
    }

    /// Every check of the labs in their order; a check that nobody's work met is not among them.
    pub fn statistics(&self) -> Vec<CheckStatistics> {
        let mut answers: BTreeMap<(usize, usize), Answers> = BTreeMap::new();
        for student in &self.students {
            let total: u32 = student.labs.iter().map(|lab| lab.report.score).sum();
            for lab in &student.labs {
                let Some(number) = self.labs.iter().position(|known| known.name == lab.report.lab) else {
                    continue;
                };
                let is_judged = lab.report.verdict.is_judged();
                for (place, check) in lab.report.checks.iter().enumerate() {
                    let entry = answers.entry((number, place)).or_insert_with(|| Answers {
                        lab: lab.report.lab,
                        check: check.check,
                        points: Vec::new(),
                    });
                    if is_judged && !matches!(check.verdict, Verdict::Skip | Verdict::Infra) {
                        let passed = check.verdict == Verdict::Pass;
                        entry.points.push((passed, f64::from(total.saturating_sub(check.earned))));
                    }
                }
            }
        }
        answers.into_values().map(|answers| self.of_check(&answers)).collect()
    }

    fn of_check(&self, answers: &Answers) -> CheckStatistics {
        let count = |wanted: bool| answers.points.iter().filter(|(passed, _)| *passed == wanted).count();
        let flakes = self.flakes.get(&(answers.lab.to_owned(), answers.check.to_owned()));
        let flakes = flakes.filter(|flakes| flakes.repeated > 0);
        CheckStatistics {
            lab: answers.lab,
            check: answers.check,
            judged: u32::try_from(answers.points.len()).unwrap_or(u32::MAX),
            passed: u32::try_from(count(true)).unwrap_or(u32::MAX),
            discrimination: correlation(&answers.points),
            flake_rate: flakes.map(|flakes| f64::from(flakes.changed) / f64::from(flakes.repeated)),
        }
    }
}

/// Of one check: whether each student passed, and the student's points without it.
struct Answers {
    lab: &'static str,
    check: &'static str,
    points: Vec<(bool, f64)>,
}

/// The point-biserial correlation, which is Pearson's with 0 and 1 on one side.
fn correlation(points: &[(bool, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean_passed = points.iter().filter(|(passed, _)| *passed).count() as f64 / count;
    let mean_points = points.iter().map(|(_, points)| points).sum::<f64>() / count;
    let (mut covariance, mut of_passed, mut of_points) = (0.0, 0.0, 0.0);
    for (passed, points) in points {
        let (x, y) = (f64::from(u8::from(*passed)) - mean_passed, points - mean_points);
        covariance += x * y;
        of_passed += x * x;
        of_points += y * y;
    }
    (of_passed > 0.0 && of_points > 0.0).then(|| covariance / (of_passed * of_points).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_only_good_students_pass_discriminates() {
        let of = |points: &[(bool, f64)]| correlation(points);
        assert!((of(&[(true, 90.0), (true, 90.0), (false, 10.0)]).unwrap() - 1.0).abs() < 1e-9);
        assert!((of(&[(false, 90.0), (true, 10.0)]).unwrap() + 1.0).abs() < 1e-9);
        assert_eq!(of(&[(true, 90.0), (true, 10.0)]), None);
        assert_eq!(of(&[(true, 50.0), (false, 50.0)]), None);
        assert_eq!(of(&[]), None);
    }
}
