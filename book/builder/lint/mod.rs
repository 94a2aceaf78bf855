//! What must hold of the book's files. Each rule has its module and, in its tests, a sample that breaks it.

mod chapter;
mod coverage;
mod hints;
mod links;
mod page;
mod proofs;
mod summary;
mod unused;

use anyhow::Result;

use crate::course::Course;
use crate::problem::Problem;
use crate::site::{Site, read};

/// A page's source.
pub(crate) struct Source {
    /// Relative to `book/src`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// A problem at a line of this page, counted from 1.
    fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        Problem::new(format!("book/src/{}", self.path), line, what)
    }

    /// The first line that contains `text`, or the first of all.
    fn line_of(&self, text: &str) -> usize {
        self.text.lines().position(|line| line.contains(text)).map_or(1, |at| at + 1)
    }
}

/// Whether the page has that heading, of any level, word for word.
fn has_heading(source: &Source, title: &str) -> bool {
    let headings = source.text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches('#').trim()).any(|heading| heading == title)
}

/// Everything that is wrong with the book's files, page by page.
pub(crate) fn check(site: &Site) -> Result<Vec<Problem>> {
    let summary = Source { path: "SUMMARY.md".into(), text: read(&site.src().join("SUMMARY.md"))? };
    let files = site.pages()?;
    let mut problems = summary::check(&summary, &files);
    if !problems.is_empty() {
        return Ok(problems); // mdBook doesn't load such a book
    }
    let sources: Vec<Source> = files
        .into_iter()
        .map(|path| Ok(Source { text: read(&site.src().join(&path))?, path }))
        .collect::<Result<_>>()?;
    let course = Course::load(site.root())?;

    let rendered = tempfile::tempdir()?;
    problems.extend(site.build_with_gaps(rendered.path())?);
    let pages = page::read_all(rendered.path())?;

    problems.extend(links::check(&sources, &pages, rendered.path()));
    problems.extend(chapter::check(&course, &sources));
    problems.extend(hints::check(site.root(), &course, &sources)?);
    problems.extend(coverage::check(site.root(), &course, &sources)?);
    problems.extend(proofs::check(site.root(), &course)?);
    problems.extend(unused::check(&sources, site)?);
    problems.sort();
    problems.dedup();
    Ok(problems)
}
