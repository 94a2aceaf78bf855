//! Moodle's gradebook CSV, filled into the instructor's own export: Moodle refuses a whole file for one row that it
//! doesn't know, one grade that is no number, or one above 100.

use checks::Verdict;

use crate::gradebook::{StudentResult, Timeliness};
use crate::report::class::Class;
use crate::report::columns::{self, Target};
use crate::report::export::{self, Export, Filled, Key, number};
use crate::usage::Usage;
use crate::when;

/// The export's rows with the class's grades in percent, and with feedback where there is a column for it; `given`
/// are pairs of a lab and the title of its column. Students without a grade stay as they are.
///
/// # Errors
/// What is wrong with the export, by row and column.
pub fn fill(class: &Class, file: &str, bytes: &[u8], given: &[(String, String)]) -> Result<Filled, Usage> {
    let mut export = Export::parse(file, bytes)?;
    let known = [(&["ID number", "Username"][..], Key::Id), (&["Email address"], Key::Email)];
    let keys: Vec<(usize, Key)> =
        known.iter().filter_map(|(names, key)| Some((export.column(names)?, *key))).collect();
    let Some((first, _)) = keys.last().copied() else {
        return Err(Usage::new(format!(
            "{file}: no export of a Moodle gradebook: no column ID number or Email address"
        )));
    };
    let titles: Vec<Option<String>> =
        export.header.iter().map(|cell| title(cell.trim()).map(str::to_owned)).collect();
    let targets = columns::targets(&export, class, given, &titles)?;
    let feedbacks: Vec<Option<usize>> =
        targets.iter().map(|target| feedback_column(&export, *target)).collect();
    let found = export.find_students(class, &keys, |_| true);
    for (row, student) in &found {
        for (target, feedback) in targets.iter().zip(&feedbacks) {
            let standing = target.standing(class, student);
            let Some(score) = standing.score.filter(|_| standing.max > 0) else { continue };
            export.rows[*row][target.column] = number(f64::from(score) * 100.0 / f64::from(standing.max));
            if let Some(feedback) = feedback {
                export.rows[*row][*feedback] = self::feedback(class, student, *target);
            }
        }
    }
    validate(&mut export, &targets);
    let unknown: Vec<String> = (0..export.rows.len())
        .filter(|row| !found.contains_key(row))
        .map(|row| export.cell(row, first).to_owned())
        .collect();
    let notes = export::notes(class, &found, &unknown, &targets);
    export.finish(notes)
}

/// `Assignment: Echo server (Real)` is the grade item `Echo server`.
fn title(cell: &str) -> Option<&str> {
    let title = cell.strip_prefix("Assignment: ")?;
    Some(title.strip_suffix(" (Real)").unwrap_or(title))
}

fn feedback_column(export: &Export, target: Target) -> Option<usize> {
    let title = title(export.header[target.column].trim())?;
    export.header.iter().position(|cell| {
        let cell = cell.trim().strip_prefix("Feedback: ");
        cell.is_some_and(|cell| cell.strip_suffix(" (Feedback)").unwrap_or(cell) == title)
    })
}

/// Verdicts and names of checks: nothing that a student wrote.
fn feedback(class: &Class, student: &StudentResult, target: Target) -> String {
    let labs = student
        .labs
        .iter()
        .filter(|lab| target.lab.is_none_or(|place| class.labs[place].name == lab.report.lab));
    let told: Vec<String> = labs
        .map(|lab| {
            let report = &lab.report;
            let mut told =
                format!("{}: {} {}/{}", report.lab, report.verdict.word(), report.score, report.max);
            let failed = report.checks.iter().filter(|check| check.verdict.is_failure());
            let failed: Vec<&str> = failed.map(|check| check.check).collect();
            if report.verdict.is_judged() && !failed.is_empty() {
                told += &format!("; failed: {}", failed.join(", "));
            }
            let skipped = report.checks.iter().filter(|check| check.verdict == Verdict::Skip).count();
            if skipped > 0 {
                told += &format!("; skipped: {skipped}");
            }
            if let Timeliness::Late(after) | Timeliness::Grace(after) = lab.timeliness {
                told += &format!("; {} by {}", lab.timeliness.word(), when::roughly(after));
            }
            told
        })
        .collect();
    if told.is_empty() { "nothing was handed in".to_owned() } else { told.join(" | ") }
}

/// What Moodle would refuse in a column that it will read.
fn validate(export: &mut Export, targets: &[Target]) {
    for target in targets {
        for row in 0..export.rows.len() {
            let cell = export.cell(row, target.column);
            let is_grade = cell.parse::<f64>().is_ok_and(|grade| (0.0..=100.0).contains(&grade));
            if !is_grade && !cell.is_empty() && cell != "-" {
                export.mistake(row, target.column, "Moodle takes only numbers from 0 to 100 and \"-\"");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    const HEAD: &str = "\"First name\",Surname,\"ID number\",\"Email address\",\"Assignment: tcp-echo (Real)\",\"Feedback: tcp-echo (Feedback)\"\n";

    fn told(rows: &str) -> String {
        let export = format!("{HEAD}{rows}");
        fill(&samples::class(), "grades.csv", export.as_bytes(), &[]).unwrap_err().to_string()
    }

    #[test]
    fn the_export_comes_back_filled() {
        let rows = "Al,\"O'Neil, x\",,ALICE@example.org,-,\n\
            Bob,\"\u{202e}x\",bob,b2@example.org,12.5,old\n\
            Dave,@SUM(A1),dave,dave@example.org,,\n\
            Mal,=1+1,,m@example.org,-,\n\
            Nobody,Else,77,nobody@example.org,-,\n";
        let filled = fill(&samples::class(), "grades.csv", format!("{HEAD}{rows}").as_bytes(), &[]).unwrap();
        insta::assert_snapshot!(format!("{}---\n{}", filled.table, filled.notes.join("\n")));
    }

    #[test]
    fn what_moodle_would_refuse_is_told_by_row_and_column() {
        assert_eq!(
            told("A,B,alice,,-,\nC,D,,alice@example.org,-,\n"),
            "grades.csv: row 3, column \"Email address\": is the student alice, and so is row 2"
        );
        assert_eq!(
            told("A,B,,nobody@example.org,120,\nC,D,,else@example.org,n/a,\n"),
            "grades.csv: row 2, column \"Assignment: tcp-echo (Real)\": Moodle takes only numbers from 0 to 100 and \"-\"\n\
             grades.csv: row 3, column \"Assignment: tcp-echo (Real)\": Moodle takes only numbers from 0 to 100 and \"-\""
        );
    }

    #[test]
    fn two_students_of_one_address_are_not_guessed() {
        let mut class = samples::class();
        class.students[0].person.email = Some("alice@example.org".into());
        let export = format!("{HEAD}A,B,,alice@example.org,-,\n");
        let error = fill(&class, "grades.csv", export.as_bytes(), &[]).unwrap_err().to_string();
        assert_eq!(error, "grades.csv: row 2, column \"Email address\": could be =cmd() and could be alice");
    }
}
