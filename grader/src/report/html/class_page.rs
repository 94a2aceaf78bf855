//! What the page of the class says, shaped for its template.

use checks::Audience;
use serde::Serialize;

use super::{Cell, STYLE, late, tone};
use crate::class::statistics::{self, CLASSES, LabNumbers};
use crate::gradebook::StudentResult;
use crate::report::class::{CheckStatistics, Class, LabInfo};
use crate::report::csv::Standing;
use crate::report::isolation;
use crate::report::sheet::shown_in_line;

/// The rare ones tell nothing of a class.
const MAX_BUGS: usize = 8;

#[derive(Serialize)]
pub(super) struct ClassPage {
    style: &'static str,
    title: String,
    ungraded: usize,
    labs: Vec<LabPart>,
    students: Vec<StudentRow>,
    isolation: String,
}

#[derive(Serialize)]
struct LabPart {
    name: String,
    label: String,
    title: String,
    graded: usize,
    mean: String,
    median: String,
    verdicts: Vec<Count>,
    distribution: Vec<Bar>,
    bugs: Vec<Bar>,
    checks: Vec<CheckBar>,
}

#[derive(Serialize)]
struct Count {
    word: &'static str,
    tone: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct Bar {
    label: String,
    count: usize,
    /// Of the longest, in percent.
    width: usize,
}

#[derive(Serialize)]
struct CheckBar {
    name: &'static str,
    hidden: bool,
    passed: u32,
    judged: u32,
    width: u32,
    discrimination: String,
    /// Good students fail where weak ones pass: the check may be at fault.
    odd: bool,
    flakes: String,
}

#[derive(Serialize)]
struct StudentRow {
    id: String,
    name: Option<String>,
    link: String,
    /// One a lab, then the total.
    cells: Vec<Cell>,
}

impl ClassPage {
    pub(super) fn of(class: &Class, links: Vec<String>) -> ClassPage {
        let (numbers, checks) = (statistics::of(class), class.statistics());
        let part = |lab: &LabInfo| {
            let numbers = numbers.iter().find(|numbers| numbers.lab == lab.name);
            let checks = checks.iter().filter(|check| check.lab == lab.name);
            LabPart::of(lab, numbers, checks.map(|check| CheckBar::of(check, class)).collect())
        };
        let row = |(student, link): (&StudentResult, String)| StudentRow {
            id: shown_in_line(&student.person.id),
            name: student.person.name.as_deref().map(shown_in_line),
            link,
            cells: cells(student, class),
        };
        ClassPage {
            style: STYLE,
            title: shown_in_line(&class.title),
            ungraded: class
                .students
                .iter()
                .filter(|student| Standing::in_all(student, class).score.is_none())
                .count(),
            labs: class.labs.iter().map(part).collect(),
            students: class.students.iter().zip(links).map(row).collect(),
            isolation: isolation::line(&isolation::of_all(
                class.students.iter().flat_map(|student| &student.labs).map(|lab| &lab.report.isolation),
            )),
        }
    }
}

impl LabPart {
    fn of(lab: &LabInfo, numbers: Option<&LabNumbers>, checks: Vec<CheckBar>) -> LabPart {
        let bars = |bars: &mut dyn Iterator<Item = (String, usize)>| {
            let bars: Vec<(String, usize)> = bars.collect();
            let longest = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
            bars.into_iter()
                .map(|(label, count)| Bar { label, count, width: count * 100 / longest })
                .collect()
        };
        let mut part = LabPart {
            name: lab.name.clone(),
            label: format!("{:02} {}", lab.number, lab.name),
            title: lab.title.clone(),
            graded: 0,
            mean: String::new(),
            median: String::new(),
            verdicts: Vec::new(),
            distribution: Vec::new(),
            bugs: Vec::new(),
            checks,
        };
        if let Some(numbers) = numbers {
            part.graded = numbers.students;
            (part.mean, part.median) = (format!("{:.0}", numbers.mean), format!("{:.0}", numbers.median));
            let counts = numbers.verdicts.iter();
            part.verdicts =
                counts.map(|(word, count)| Count { word, tone: tone(word), count: *count }).collect();
            let classes = CLASSES.iter().map(|label| label.replace('-', "–"));
            part.distribution = bars(&mut classes.zip(numbers.distribution));
            part.bugs = bars(&mut numbers.nearest_bugs.iter().take(MAX_BUGS).cloned());
        }
        part
    }
}

impl CheckBar {
    fn of(check: &CheckStatistics, class: &Class) -> CheckBar {
        let reports = class.students.iter().flat_map(|student| &student.labs);
        let mut reports =
            reports.filter(|lab| lab.report.lab == check.lab).flat_map(|lab| &lab.report.checks);
        let hidden = reports.any(|report| report.check == check.check && report.audience == Audience::Hidden);
        CheckBar {
            name: check.check,
            hidden,
            passed: check.passed,
            judged: check.judged,
            width: (check.passed * 100).checked_div(check.judged).unwrap_or(0),
            discrimination: check
                .discrimination
                .map_or_else(|| "–".to_owned(), |value| format!("{value:.2}")),
            odd: check.discrimination.is_some_and(|value| value < 0.0),
            flakes: check.flake_rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1} %", rate * 100.0)),
        }
    }
}

/// One for each lab of the class, then the total.
fn cells(student: &StudentResult, class: &Class) -> Vec<Cell> {
    let of_lab = |lab: &LabInfo| {
        let result = student.labs.iter().find(|result| result.report.lab == lab.name);
        Cell { late: result.and_then(late), ..Cell::of(Standing::in_lab(student, lab)) }
    };
    class.labs.iter().map(of_lab).chain([Cell::of(Standing::in_all(student, class))]).collect()
}
