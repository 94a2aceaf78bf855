//! Canvas's gradebook CSV, filled into the instructor's own export, which has Canvas's ids of students and assignments.

use crate::report::class::Class;
use crate::report::columns;
use crate::report::export::{self, Export, Filled, Key, number};
use crate::report::sheet::shown_in_line;
use crate::usage::Usage;

/// The export's rows with the class's points; `given` are pairs of a lab and the title of its column.
///
/// A lab's points are scaled to the assignment's, because skipped checks count neither way. Excused students (`EX`)
/// and students without a grade stay as they are.
///
/// # Errors
/// What is wrong with the export, by row and column.
pub fn fill(class: &Class, file: &str, bytes: &[u8], given: &[(String, String)]) -> Result<Filled, Usage> {
    let mut export = Export::parse(file, bytes)?;
    let known =
        [("Student", Key::Name), ("ID", Key::Id), ("SIS User ID", Key::Id), ("SIS Login ID", Key::IdOrEmail)];
    let mut keys: Vec<(usize, Key)> =
        known.iter().filter_map(|(name, key)| Some((export.column(&[name])?, *key))).collect();
    let Some(first) = export.column(&["Student"]).filter(|_| keys.len() > 1) else {
        return Err(Usage::new(format!(
            "{file}: no export of a Canvas gradebook: no columns Student and ID"
        )));
    };
    // Canvas's own order: ids, then the name.
    keys.sort_by_key(|(_, key)| *key == Key::Name);
    let points_row = export.rows.iter().position(|row| row[first].trim() == "Points Possible");
    let Some(points_row) = points_row else {
        return Err(Usage::new(format!(
            "{file}: no export of a Canvas gradebook: no row \"Points Possible\""
        )));
    };
    let is_writable = |column: usize| !export.rows[points_row][column].contains("read only");
    let titles = export
        .header
        .iter()
        .enumerate()
        .map(|(column, cell)| title(cell.trim()).filter(|_| is_writable(column)).map(str::to_owned));
    let targets = columns::targets(&export, class, given, &titles.collect::<Vec<_>>())?;
    let mut possible = Vec::new();
    for target in &targets {
        let points = export
            .cell(points_row, target.column)
            .parse::<f64>()
            .ok()
            .filter(|points| points.is_finite() && *points > 0.0);
        if points.is_none() {
            export.mistake(points_row, target.column, "no number of points above 0");
        }
        possible.push(points.unwrap_or(0.0));
    }
    let is_student = |row: &[String]| {
        keys.iter().any(|(column, key)| *key != Key::Name && !row[*column].trim().is_empty())
    };
    let found = export.find_students(class, &keys, is_student);
    for (row, student) in &found {
        for (target, possible) in targets.iter().zip(&possible) {
            let standing = target.standing(class, student);
            let Some(score) = standing.score.filter(|_| standing.max > 0) else { continue };
            if !export.cell(*row, target.column).eq_ignore_ascii_case("EX") {
                export.rows[*row][target.column] =
                    number(f64::from(score) * possible / f64::from(standing.max));
            }
        }
    }
    let unknown: Vec<String> = (0..export.rows.len())
        .filter(|row| is_student(&export.rows[*row]) && !found.contains_key(row))
        .map(|row| shown_in_line(export.cell(row, first)))
        .collect();
    let notes = export::notes(class, &found, &unknown, &targets);
    export.finish(notes)
}

/// `Echo server (4711)` is the assignment `Echo server`; columns without a number are Canvas's own.
fn title(cell: &str) -> Option<&str> {
    let (title, id) = cell.strip_suffix(')')?.rsplit_once(" (")?;
    (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    const EXPORT: &str = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,Lab 3: tcp-echo (11),framing (12),Essay (13),total (14),Final Score\r\n\
        \"    Points Possible\",,,,,50,100,10,100,(read only)\r\n\
        \"Smith, \"\"Al\"\"\r\nO'Neil\",1,,alice@example.org,A,,3,7,,1\r\n\
        \"=HYPERLINK(\"\"x\"\")\",2,bob,x,A,EX,,,,1\r\n\
        carol,3,carol,,A,1,1,1,1,1\r\n\
        Mallory,4,mallory,,A,9,9,9,9,1\r\n\
        \"Student, Test\",5,,,A,,,,,1\r\n";

    fn rows(table: &str) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn the_export_comes_back_filled() {
        let filled = fill(&samples::class(), "export.csv", EXPORT.as_bytes(), &[]).unwrap();
        let rows = rows(&filled.table);
        let of = |row: usize| rows[row][5..].iter().map(String::as_str).collect::<Vec<_>>();
        // Half points for the lab, the essay is not ours, the total is in percent.
        assert_eq!(of(2), ["50", "100", "7", "100", "1"]);
        assert_eq!(of(3), ["EX", "50", "", "46.15", "1"]);
        assert_eq!(of(4), ["0", "100", "1", "1", "1"], "no total without every lab");
        assert_eq!(of(5), ["9", "9", "9", "9", "1"], "a rejected submission has no grade");
        assert_eq!(rows[3][0], "'=HYPERLINK(\"x\")");
        assert_eq!(rows[1][0], "    Points Possible");
        insta::assert_snapshot!(filled.notes.join("\n"));
    }

    #[test]
    fn mistakes_name_file_row_and_column() {
        let told =
            |export: &str| fill(&samples::class(), "x.csv", export.as_bytes(), &[]).unwrap_err().to_string();
        let head = "Student,ID,SIS Login ID,tcp-echo (1)\nPoints Possible,,,100\n";
        let twice = told(&format!("{head}A,1,alice,\nB,2,alice,\n"));
        assert_eq!(twice, "x.csv: row 4, column \"SIS Login ID\": is the student alice, and so is row 3");
        let torn = told(&format!("{head}A,bob,alice,\n"));
        assert_eq!(
            torn,
            "x.csv: row 3, column \"SIS Login ID\": is the student alice, but another column says bob"
        );
        assert!(
            told(&format!("{head}A,1\n")).starts_with("x.csv: CSV error: record 2 (line: 3"),
            "a short row"
        );
        let points = told("Student,ID,tcp-echo (1)\nPoints Possible,,many\n");
        assert_eq!(points, "x.csv: row 2, column \"tcp-echo (1)\": no number of points above 0");
        assert!(told("a,b\n1,2\n").contains("no columns Student and ID"));
        assert!(
            told("Student,ID,Essay (1)\nPoints Possible,,1\n")
                .ends_with("--column LAB=COLUMN (there are: Essay)")
        );
        assert!(
            told("Student,ID,tcp-echo (1),old tcp-echo (2)\nPoints Possible,,1,1\n")
                .contains("taken already")
        );
    }

    #[test]
    fn a_column_can_be_named() {
        let columns = [("framing".to_owned(), "Essay".to_owned())];
        let filled = fill(&samples::class(), "x.csv", EXPORT.as_bytes(), &columns).unwrap();
        assert_eq!(rows(&filled.table)[2][5..8], ["", "3", "10"]);
        let wrong = [("framing".to_owned(), "Final Score".to_owned())];
        fill(&samples::class(), "x.csv", EXPORT.as_bytes(), &wrong).unwrap_err();
    }
}
