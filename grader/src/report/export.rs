//! The instructor's own export from a learning platform, with its rows found in the class: what is filled in and
//! handed back. All of it is checked before any of it is written.

use std::collections::BTreeMap;

use crate::gradebook::StudentResult;
use crate::report::class::Class;
use crate::report::columns::Target;
use crate::report::csv;
use crate::report::sheet::shown_in_line;
use crate::text;
use crate::usage::Usage;

/// Of many mistakes the first few tell what is wrong with the file.
const MAX_MISTAKES: usize = 20;

/// A table; every row is as long as the header.
pub(super) struct Export<'a> {
    /// How messages call it.
    pub(super) file: &'a str,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    mistakes: Vec<String>,
}

/// What a column says of a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Id,
    Email,
    IdOrEmail,
    /// Only believed where no other column knows the row.
    Name,
}

/// A filled export, and what the instructor should hear of it.
#[derive(Debug)]
pub struct Filled {
    /// The CSV.
    pub table: String,
    /// Who was not found, and what was left alone.
    pub notes: Vec<String>,
}

impl<'a> Export<'a> {
    pub(super) fn parse(file: &'a str, bytes: &[u8]) -> Result<Export<'a>, Usage> {
        let wrong = |mistake: String| Usage::new(format!("{file}: {}", shown_in_line(&mistake)));
        // Spreadsheets begin UTF-8 with a byte order mark.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ::csv::Reader::from_reader(bytes);
        let cells = |record: &::csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
        let header = cells(reader.headers().map_err(|error| wrong(error.to_string()))?);
        let rows: Result<Vec<_>, _> =
            reader.records().map(|record| record.map(|record| cells(&record))).collect();
        let rows = rows.map_err(|error| wrong(error.to_string()))?;
        Ok(Export { file, header, rows, mistakes: Vec::new() })
    }

    /// The place of a column, if there is one of that name.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        self.header.iter().position(|cell| names.iter().any(|name| cell.trim().eq_ignore_ascii_case(name)))
    }

    /// A cell without the blanks around it.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row][column].trim()
    }

    /// Notes what is wrong with a cell; rows are counted as spreadsheets count them.
    pub(super) fn mistake(&mut self, row: usize, column: usize, what: &str) {
        let column = shown_in_line(&self.header[column]);
        self.mistakes.push(format!("{}: row {}, column {column:?}: {what}", self.file, row + 2));
    }

    /// The student of each of these rows; mistakes where that is not certain.
    pub(super) fn find_students<'c>(
        &mut self,
        class: &'c Class,
        keys: &[(usize, Key)],
        is_student: impl Fn(&[String]) -> bool,
    ) -> BTreeMap<usize, &'c StudentResult> {
        let mut found: BTreeMap<usize, &StudentResult> = BTreeMap::new();
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for row in (0..self.rows.len()).filter(|row| is_student(&self.rows[*row])).collect::<Vec<_>>() {
            let Some((column, student)) = self.student_of(row, class, keys) else { continue };
            if let Some(first) = taken.insert(&student.person.id, row) {
                let id = shown_in_line(&student.person.id);
                self.mistake(row, column, &format!("is the student {id}, and so is row {}", first + 2));
            }
            found.insert(row, student);
        }
        found
    }

    fn student_of<'c>(
        &mut self,
        row: usize,
        class: &'c Class,
        keys: &[(usize, Key)],
    ) -> Option<(usize, &'c StudentResult)> {
        let mut found: Option<(usize, &StudentResult)> = None;
        for (column, key) in keys.iter().copied() {
            let cell = self.cell(row, column).to_owned();
            if cell.is_empty() || (key == Key::Name && found.is_some()) {
                continue;
            }
            let mut matching = class.students.iter().filter(|student| key.names(&cell, student));
            let Some(student) = matching.next() else { continue };
            if let Some(other) = matching.next() {
                let (one, other) = (shown_in_line(&student.person.id), shown_in_line(&other.person.id));
                self.mistake(row, column, &format!("could be {one} and could be {other}"));
                return None;
            }
            match found {
                Some((_, first)) if first.person.id != student.person.id => {
                    let (first, id) = (shown_in_line(&first.person.id), shown_in_line(&student.person.id));
                    self.mistake(
                        row,
                        column,
                        &format!("is the student {id}, but another column says {first}"),
                    );
                    return None;
                }
                Some(_) => {}
                None => found = Some((column, student)),
            }
        }
        found
    }

    /// The table, unless there are mistakes.
    pub(super) fn finish(self, notes: Vec<String>) -> Result<Filled, Usage> {
        if self.mistakes.is_empty() {
            let rows: Vec<Vec<String>> = [self.header].into_iter().chain(self.rows).collect();
            return Ok(Filled { table: csv::write(&rows), notes });
        }
        let more = self.mistakes.len().saturating_sub(MAX_MISTAKES);
        let mut lines = self.mistakes;
        lines.truncate(MAX_MISTAKES);
        if more > 0 {
            lines.push(format!("{}: and {}", self.file, text::count(more, "more mistake")));
        }
        Err(Usage::new(lines.join("\n")))
    }
}

impl Key {
    fn names(self, cell: &str, student: &StudentResult) -> bool {
        let person = &student.person;
        let is_email =
            || person.email.as_deref().is_some_and(|email| email.to_lowercase() == cell.to_lowercase());
        match self {
            Key::Id => person.id == cell,
            Key::Email => is_email(),
            Key::IdOrEmail => person.id == cell || is_email(),
            Key::Name => person.name.as_deref().is_some_and(|name| plain_name(name) == plain_name(cell)),
        }
    }
}

/// `O'Neil,  Al` and `al o'neil` are one.
fn plain_name(name: &str) -> String {
    let name = match name.split_once(',') {
        Some((last, first)) => format!("{first} {last}"),
        None => name.to_owned(),
    };
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What to tell about students and rows that did not meet, and about those who have no grade.
pub(super) fn notes(
    class: &Class,
    found: &BTreeMap<usize, &StudentResult>,
    unknown: &[String],
    targets: &[Target],
) -> Vec<String> {
    let mut notes = Vec::new();
    let list =
        |what: &str, names: Vec<String>| (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")));
    let is_found =
        |student: &&StudentResult| found.values().any(|other| other.person.id == student.person.id);
    let ids = |students: Vec<&StudentResult>| students.iter().map(|s| shown_in_line(&s.person.id)).collect();
    let absent: Vec<&StudentResult> = class.students.iter().filter(|student| !is_found(student)).collect();
    notes.extend(list("in the gradebook and not in the export", ids(absent)));
    notes.extend(list(
        "in the export and not in the gradebook, left as they were",
        unknown.iter().map(|name| shown_in_line(name)).collect(),
    ));
    let without = |student: &&&StudentResult| {
        targets.iter().any(|target| target.standing(class, student).score.is_none())
    };
    let without: Vec<&StudentResult> = found.values().filter(without).copied().collect();
    notes.extend(list("without a grade (rejected, or in quarantine), left as they were", ids(without)));
    notes
}

/// As few digits as say it: `92`, `61.54`.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
