//! The class as a table: one row a student and lab, `total` as a lab of its own.

use crate::gradebook::StudentResult;
use crate::report::class::{Class, LabInfo};
use crate::report::sheet::shown_in_line;

/// What a student has in a lab, or in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// `None` = there is no grade, which is not a zero.
    pub score: Option<u32>,
    /// Points that could have been earned.
    pub max: u32,
    /// The lab's verdict; of the total GRADED, REJECTED or INFRA.
    pub verdict: &'static str,
}

impl Standing {
    /// In one lab.
    pub fn in_lab(student: &StudentResult, lab: &LabInfo) -> Standing {
        let found = student.labs.iter().find(|result| result.report.lab == lab.name);
        match found.map(|result| &result.report) {
            Some(report) => {
                Standing { score: Some(report.score), max: report.max, verdict: report.verdict.word() }
            }
            None if student.rejected.is_some() => Standing { score: None, max: lab.max, verdict: "REJECTED" },
            None if student.path.is_none() => Standing { score: Some(0), max: lab.max, verdict: "MISSING" },
            // It was handed in and could not be graded yet.
            None => Standing { score: None, max: lab.max, verdict: "INFRA" },
        }
    }

    /// In all labs of the class.
    pub fn in_all(student: &StudentResult, class: &Class) -> Standing {
        let labs: Vec<Standing> = class.labs.iter().map(|lab| Standing::in_lab(student, lab)).collect();
        let without = |verdict| labs.iter().any(|lab| lab.score.is_none() && lab.verdict == verdict);
        Standing {
            score: labs.iter().map(|lab| lab.score).sum(),
            max: labs.iter().map(|lab| lab.max).sum(),
            verdict: if without("REJECTED") {
                "REJECTED"
            } else if without("INFRA") {
                "INFRA"
            } else {
                "GRADED"
            },
        }
    }
}

/// The header, then every student's labs and total.
pub fn render(class: &Class) -> String {
    let mut rows = vec![["student", "lab", "score", "max", "verdict"].map(str::to_owned).to_vec()];
    for student in &class.students {
        let labs = class.labs.iter().map(|lab| (lab.name.as_str(), Standing::in_lab(student, lab)));
        for (lab, standing) in labs.chain([("total", Standing::in_all(student, class))]) {
            rows.push(vec![
                shown_in_line(&student.person.id),
                lab.to_owned(),
                standing.score.map_or_else(String::new, |score| score.to_string()),
                standing.max.to_string(),
                standing.verdict.to_owned(),
            ]);
        }
    }
    write(&rows)
}

/// Rows as text that no spreadsheet takes for a formula.
pub fn write(rows: &[Vec<String>]) -> String {
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        let cells = row.iter().map(|cell| harmless(cell));
        writer.write_record(cells).expect("memory takes every row");
    }
    let bytes = writer.into_inner().expect("memory is flushed");
    String::from_utf8(bytes).expect("the cells were UTF-8")
}

/// A cell that begins like a formula gets an apostrophe before it. A number and Moodle's `-` for "none" are none.
fn harmless(cell: &str) -> String {
    let is_like_a_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let is_number = cell.parse::<f64>().is_ok_and(f64::is_finite);
    if is_like_a_formula && !is_number && cell != "-" { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn the_class_as_it_is_read() {
        let table = render(&samples::class());
        let mut reader = ::csv::Reader::from_reader(table.as_bytes());
        assert_eq!(reader.headers().unwrap(), vec!["student", "lab", "score", "max", "verdict"]);
        let rows: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 7 * 4);
        assert!(rows.iter().all(|row| !row[0].starts_with('=')));
        insta::assert_snapshot!(table);
    }

    #[test]
    fn formulas_are_quoted_and_numbers_are_not() {
        for (cell, written) in [
            ("=cmd()", "'=cmd()"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+49 30", "'+49 30"),
            ("-2+3", "'-2+3"),
            ("\t=1", "'\t=1"),
            ("-2.5", "-2.5"),
            ("-", "-"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), written);
        }
        let row = ["O'Neil, \"Al\"\r\nSmith", "=1,2"].map(str::to_owned).to_vec();
        assert_eq!(write(&[row]), "\"O'Neil, \"\"Al\"\"\r\nSmith\",\"'=1,2\"\n");
    }
}
