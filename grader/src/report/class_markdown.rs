//! The class in Markdown: who has what, and of each lab what its scores and checks tell.

use std::fmt::Write;

use crate::class::statistics::{self, CLASSES, LabNumbers};
use crate::gradebook::StudentResult;
use crate::report::class::{CheckStatistics, Class};
use crate::report::csv::Standing;
use crate::report::isolation;
use crate::report::markdown::{inline, isolation_line};

/// The rare bugs tell nothing of a class.
const MAX_BUGS: usize = 8;

/// With a final newline.
pub fn render(class: &Class) -> String {
    let mut page = format!("# {}\n\n", inline(&class.title));
    students(&mut page, class);
    let (numbers, checks) = (statistics::of(class), class.statistics());
    for lab in &numbers {
        of_lab(&mut page, lab, checks.iter().filter(|check| check.lab == lab.lab));
    }
    let labs = class.students.iter().flat_map(|student| &student.labs);
    let held = isolation::of_all(labs.map(|lab| &lab.report.isolation));
    page.push_str(&isolation_line(&held));
    page
}

/// A row a student.
fn students(page: &mut String, class: &Class) {
    let labs: Vec<String> = class.labs.iter().map(|lab| format!(" {} |", inline(&lab.name))).collect();
    let _ = writeln!(page, "| student |{} total |", labs.concat());
    let _ = writeln!(page, "|---|{}---:|", "---:|".repeat(labs.len()));
    for student in &class.students {
        let cells = class.labs.iter().map(|lab| Standing::in_lab(student, lab));
        let cells = cells.chain([Standing::in_all(student, class)]).map(cell);
        let _ = writeln!(page, "| {} |{}", who(student), cells.collect::<String>());
    }
    page.push('\n');
}

fn who(student: &StudentResult) -> String {
    match &student.person.name {
        Some(name) => format!("{} ({})", inline(&student.person.id), inline(name)),
        None => inline(&student.person.id),
    }
}

/// The verdict stands where it says more than the points.
fn cell(standing: Standing) -> String {
    match (standing.score, standing.verdict) {
        (Some(score), "PASS" | "FAIL" | "GRADED") => format!(" {score}/{} |", standing.max),
        (Some(score), verdict) => format!(" {} {score}/{} |", inline(verdict), standing.max),
        (None, verdict) => format!(" {} |", inline(verdict)),
    }
}

fn of_lab<'a>(page: &mut String, lab: &LabNumbers, checks: impl Iterator<Item = &'a CheckStatistics>) {
    let verdicts: Vec<String> =
        lab.verdicts.iter().map(|(verdict, count)| format!("{count} {}", inline(verdict))).collect();
    let _ = writeln!(page, "## {:02} {}\n", lab.number, inline(&lab.lab));
    let _ = writeln!(page, "mean {:.0} %, median {:.0} %: {}\n", lab.mean, lab.median, verdicts.join(", "));
    let classes: Vec<String> = CLASSES.iter().map(|class| format!(" {class} % |")).collect();
    let counts: Vec<String> = lab.distribution.iter().map(|count| format!(" {count} |")).collect();
    let rule = "---:|".repeat(CLASSES.len());
    let _ = writeln!(page, "| score |{}\n|---|{rule}\n| students |{}\n", classes.concat(), counts.concat());
    let bugs = lab.nearest_bugs.iter().take(MAX_BUGS);
    let bugs: Vec<String> = bugs.map(|(bug, count)| format!("{} ({count})", inline(bug))).collect();
    if !bugs.is_empty() {
        let _ = writeln!(page, "Most frequent bugs: {}\n", bugs.join(", "));
    }
    page.push_str("| check | passed | discrimination | flakes |\n|---|---:|---:|---:|\n");
    for check in checks {
        let discrimination =
            check.discrimination.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
        let flakes = check.flake_rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1} %", rate * 100.0));
        let _ = writeln!(
            page,
            "| {} | {}/{} | {discrimination} | {flakes} |",
            inline(check.check),
            check.passed,
            check.judged
        );
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn the_class_as_it_is_read() {
        insta::assert_snapshot!(render(&samples::class()));
    }

    #[test]
    fn every_table_is_whole_whatever_a_student_is_called() {
        let page = render(&samples::class());
        for table in page.split("\n\n").filter(|block| block.starts_with('|')) {
            // A bar that is escaped is no border (GFM 0.29 §4.10).
            let columns = |row: &str| row.replace(r"\|", "").matches('|').count();
            let first = columns(table.lines().next().unwrap());
            assert!(table.lines().all(|row| columns(row) == first && row.ends_with('|')), "{table}");
        }
        // What is escaped is text (CommonMark 0.31 §2.4).
        let live = page.replace(r"\<", "").replace(r"\[", "");
        for obeyed in ["<", "[", "\u{202e}", "\r"] {
            assert!(!live.contains(obeyed), "{obeyed:?} in {live}");
        }
    }
}
