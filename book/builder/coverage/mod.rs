//! Where the course keeps what its source courses had, from `book/coverage.toml`.

pub(crate) mod table;

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::Spanned;

use crate::site::read;

/// The data, relative to the course's root.
pub(crate) const FILE: &str = "book/coverage.toml";

/// One course that this one grew from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) title: String,
    /// In the order of the source.
    pub(crate) rows: Vec<Row>,
}

/// One item of a source.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where it stands in [`FILE`], counted from 1.
    pub(crate) line: usize,
    /// `S0-34`: the source, and the item's number in it.
    pub(crate) id: String,
    /// What the source had, as Markdown of one line.
    pub(crate) says: String,
    /// Numbers of the labs that it belongs to, also of labs to come.
    pub(crate) labs: Vec<u32>,
    pub(crate) kept: Vec<Place>,
    /// What of it is in no lab and on no page yet, or why it will not be.
    pub(crate) gap: Option<String>,
}

/// A place in the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// A lab's name, or a page without `.md`.
    pub(crate) page: String,
    pub(crate) target: Target,
}

/// What of a page is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Whole,
    /// A public check of the lab.
    Check(String),
    /// A heading, word for word.
    Section(String),
}

impl Place {
    /// `tcp-echo`, `tcp-echo/echoes-a-line` or `tcp-echo#Explore`.
    pub(crate) fn parse(text: &str) -> Self {
        // A heading may hold a slash, a check's name holds no `#`: so the `#` is looked for first.
        let (page, target) = if let Some((page, section)) = text.split_once('#') {
            (page, Target::Section(section.to_owned()))
        } else if let Some((page, check)) = text.split_once('/') {
            (page, Target::Check(check.to_owned()))
        } else {
            (text, Target::Whole)
        };
        Self { page: page.to_owned(), target }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileData {
    source: Vec<SourceData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceData {
    title: String,
    rows: Vec<Spanned<RowData>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowData {
    id: String,
    says: String,
    #[serde(default)]
    labs: Vec<u32>,
    #[serde(default)]
    kept: Vec<String>,
    gap: Option<String>,
}

/// The sources of the course under `root`.
pub(crate) fn load(root: &Path) -> Result<Vec<Source>> {
    parse(&read(&root.join(FILE))?).with_context(|| format!("in {FILE}"))
}

pub(crate) fn parse(text: &str) -> Result<Vec<Source>> {
    let file: FileData = toml::from_str(text)?;
    let source = |source: SourceData| Source {
        title: source.title,
        rows: source.rows.into_iter().map(|row| row_at(text, row)).collect(),
    };
    Ok(file.source.into_iter().map(source).collect())
}

fn row_at(text: &str, row: Spanned<RowData>) -> Row {
    let line = text[..row.span().start].matches('\n').count() + 1;
    let row = row.into_inner();
    Row {
        line,
        id: row.id,
        says: row.says,
        labs: row.labs,
        kept: row.kept.iter().map(|place| Place::parse(place)).collect(),
        gap: row.gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_page_a_check_or_a_section() {
        let place = |target| Place { page: "tcp-echo".into(), target };
        assert_eq!(Place::parse("tcp-echo"), place(Target::Whole));
        assert_eq!(Place::parse("tcp-echo/echoes-a-line"), place(Target::Check("echoes-a-line".into())));
        assert_eq!(Place::parse("tcp-echo#Reads / writes"), place(Target::Section("Reads / writes".into())));
    }

    #[test]
    fn a_row_knows_its_line() {
        let text = "[[source]]\ntitle = \"A\"\nrows = [\n { id = \"A-1\", says = \"x\", labs = [3], kept = [\"a\"] },\n]";
        let row = &parse(text).unwrap()[0].rows[0];
        assert_eq!((row.line, row.id.as_str(), row.kept.len()), (4, "A-1", 1));
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let text = "[[source]]\ntitle = \"A\"\nrows = [{ id = \"A-1\", says = \"x\", kpet = [] }]";
        assert!(parse(text).is_err());
    }
}
