//! The class list: a CSV file with a header, one student a row.
//!
//! Columns by name, in any order: `id` (the name of the student's folder or archive), and if known `name`, `email` and
//! `submitted_at`. Others are passed over. Every row is checked before any of them is used.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::text;
use crate::usage::Usage;
use crate::when;

/// More than any class list has.
const MAX_BYTES: usize = 16 << 20;
/// Of many mistakes the first few tell what is wrong with the file.
const MAX_MISTAKES: usize = 20;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name of the folder or archive.
    pub id: String,
    /// The student's name.
    pub name: Option<String>,
    /// The student's address.
    pub email: Option<String>,
    /// When the work was handed in; wins over the files' own times.
    pub submitted_at: Option<Timestamp>,
}

/// Reads a class list.
///
/// # Errors
/// [`Usage`] with a line for each row that is wrong; or the file can't be read.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    let bytes = fs::read(path).with_context(|| format!("reading the roster {}", path.display()))?;
    parse(&bytes).map_err(|mistakes| {
        let shown = path.display();
        let more = mistakes.len().saturating_sub(MAX_MISTAKES);
        let mut lines: Vec<String> =
            mistakes.iter().take(MAX_MISTAKES).map(|mistake| format!("{shown}: {mistake}")).collect();
        if more > 0 {
            lines.push(format!("{shown}: and {}", text::count(more, "more mistake")));
        }
        Usage::new(lines.join("\n")).into()
    })
}

/// The places of the columns in a row.
struct Columns {
    id: usize,
    name: Option<usize>,
    email: Option<usize>,
    submitted_at: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Columns, String> {
        let place = |name: &str| header.iter().position(|field| field.trim().eq_ignore_ascii_case(name));
        let Some(id) = place("id") else {
            let columns: Vec<&str> = header.iter().collect();
            return Err(format!("no column `id` (there are: {})", text::plain(&columns.join(", "))));
        };
        Ok(Columns { id, name: place("name"), email: place("email"), submitted_at: place("submitted_at") })
    }
}

/// Every row, or every mistake.
fn parse(bytes: &[u8]) -> Result<Vec<Row>, Vec<String>> {
    if bytes.len() > MAX_BYTES {
        return Err(vec![format!("{} bytes; a roster has at most {MAX_BYTES}", bytes.len())]);
    }
    // Spreadsheets begin UTF-8 with a byte order mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().map_err(|error| vec![error.to_string()])?.clone();
    let columns = Columns::of(&header).map_err(|mistake| vec![mistake])?;
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    let mut lines: BTreeMap<(&str, String), u64> = BTreeMap::new();
    for record in reader.records() {
        let (line, row) = match record {
            Err(error) => {
                mistakes.push(text::plain(&error.to_string()));
                continue;
            }
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                (line, row(&columns, &record))
            }
        };
        let row = match row {
            Ok(row) => row,
            Err(mistake) => {
                mistakes.push(format!("line {line}: {}", text::plain(&mistake)));
                continue;
            }
        };
        let email = row.email.as_ref().map(|email| ("email", email.to_lowercase()));
        for (column, value) in [Some(("id", row.id.clone())), email].into_iter().flatten() {
            let shown = text::plain(&value);
            if let Some(first) = lines.insert((column, value), line) {
                mistakes.push(format!("line {line}: the {column} {shown:?} is in line {first} too"));
            }
        }
        rows.push(row);
    }
    if mistakes.is_empty() { Ok(rows) } else { Err(mistakes) }
}

fn row(columns: &Columns, record: &csv::StringRecord) -> Result<Row, String> {
    let field = |place: Option<usize>| {
        let field = record.get(place?)?.trim();
        (!field.is_empty()).then(|| field.to_owned())
    };
    let id = field(Some(columns.id)).ok_or("no id")?;
    if id.contains('/') || id.chars().any(char::is_control) || id == "." || id == ".." {
        return Err(format!("the id {id:?} can't be the name of a folder"));
    }
    let submitted_at = match field(columns.submitted_at) {
        Some(written) => Some(when::instant(&written).map_err(|error| format!("submitted_at: {error}"))?),
        None => None,
    };
    Ok(Row { id, name: field(columns.name), email: field(columns.email), submitted_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn columns_are_found_by_name_and_quotes_are_obeyed() {
        let text = "\u{feff}email,ID,section,name,submitted_at\r\n\
                    a@x.org,alice,1,\"O'Neil, \"\"Al\"\"\r\nSmith\",2026-11-20T10:00:00Z\r\n,bob,2,=cmd(),\r\n";
        let rows = parse(text.as_bytes()).unwrap();
        assert_eq!(rows[0].id, "alice");
        assert_eq!(rows[0].name.as_deref(), Some("O'Neil, \"Al\"\r\nSmith"));
        assert_eq!(rows[0].submitted_at.unwrap().to_string(), "2026-11-20T10:00:00Z");
        assert_eq!((rows[1].name.as_deref(), rows[1].email.as_deref()), (Some("=cmd()"), None));
    }

    #[test]
    fn every_mistake_has_its_line() {
        let text = "id,email,submitted_at\nalice,a@x.org,\nbob,A@X.org,\nalice,,\n,c@x.org,\ncarol,,yesterday\n../x,,\n";
        let found = mistakes(text);
        assert_eq!(found.len(), 5, "{found:#?}");
        assert_eq!(found[0], "line 3: the email \"a@x.org\" is in line 2 too");
        assert_eq!(found[1], "line 4: the id \"alice\" is in line 2 too");
        assert_eq!(found[2], "line 5: no id");
        assert!(found[3].starts_with("line 6: submitted_at: \"yesterday\""), "{}", found[3]);
        assert_eq!(found[4], "line 7: the id \"../x\" can't be the name of a folder");
    }

    #[test]
    fn what_is_no_csv_with_an_id_is_refused() {
        assert_eq!(mistakes("name,mail\nA,b\n"), ["no column `id` (there are: name, mail)"]);
        assert!(mistakes("id,name\nalice\n")[0].contains("line: 2"), "{:?}", mistakes("id,name\nalice\n"));
        assert!(parse(b"id,name\nalice,\xff\n").unwrap_err()[0].contains("UTF-8"));
    }
}
