//! Where the book's parts lie, and how they become a site.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mdbook_driver::MDBook;

use crate::course::Course;
use crate::edition::Edition;
use crate::expand::Expander;
use crate::problem::Problem;
use crate::{reading, search};

/// The course's root folder, as the builder sees it.
pub(crate) struct Site {
    root: PathBuf,
}

impl Site {
    /// The course that `start` lies in, found upward so that any folder of the repository will do.
    pub(crate) fn find(start: &Path) -> Result<Self> {
        start
            .ancestors()
            .find(|folder| folder.join("book/book.toml").is_file())
            .map(|root| Self { root: root.to_owned() })
            .with_context(|| format!("no book/book.toml in {} or a folder above it", start.display()))
    }

    /// The folder that holds `book/`, `solutions/` and `exercises/`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The chapters.
    pub(crate) fn src(&self) -> PathBuf {
        self.root.join("book/src")
    }

    /// The chapters' paths relative to `src`, without the summary, in alphabetical order.
    pub(crate) fn pages(&self) -> Result<Vec<String>> {
        markdown_files(&self.src())
    }

    /// Where the finished site goes.
    pub(crate) fn output(&self) -> PathBuf {
        self.root.join("book/book")
    }

    /// Descriptions of terminal sessions, and what they printed when they were last recorded.
    pub(crate) fn transcripts(&self) -> PathBuf {
        self.root.join("book/transcripts")
    }

    /// Failure reports of known bugs, as the grader printed them.
    pub(crate) fn ladders(&self) -> PathBuf {
        self.root.join("book/ladders")
    }

    /// Renders the site into `output`, unless something that should be put in is missing.
    pub(crate) fn build(&self, output: &Path, edition: Edition) -> Result<Vec<Problem>> {
        let (mut book, mut problems) = self.expanded(output)?;
        problems.extend(edition.reduce(&mut book.book));
        if problems.is_empty() {
            render(&book, output)?;
        }
        Ok(problems)
    }

    /// Renders the site into `output` whatever is missing: gaps show as such on the page.
    pub(crate) fn build_with_gaps(&self, output: &Path) -> Result<Vec<Problem>> {
        let (book, problems) = self.expanded(output)?;
        render(&book, output)?;
        Ok(problems)
    }

    fn expanded(&self, output: &Path) -> Result<(MDBook, Vec<Problem>)> {
        let mut book = MDBook::load(self.root.join("book"))?;
        book.config.build.build_dir = output.to_owned();
        let course = Course::load(&self.root)?;
        let mut expander = Expander::new(self, &course);
        book.book.for_each_chapter_mut(|chapter| {
            if let Some(path) = &chapter.source_path {
                let page = path.to_string_lossy();
                let expanded = expander.expand(&page, &chapter.content);
                chapter.content = reading::with_time(&course, &page, &chapter.content, &expanded);
            }
        });
        Ok((book, expander.into_problems()))
    }
}

fn render(book: &MDBook, output: &Path) -> Result<()> {
    book.build()?;
    search::improve(output)
}

/// The text of a file, with its path in the error.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The pages below `src`, except the summary.
fn markdown_files(src: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let relative = path.strip_prefix(src).expect("it was found below src");
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found.retain(|path| path != "SUMMARY.md");
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_book_are_found_in_folders_too() {
        let src = tempfile::tempdir().unwrap();
        fs::create_dir(src.path().join("part")).unwrap();
        for file in ["b.md", "SUMMARY.md", "part/a.md", "image.svg"] {
            fs::write(src.path().join(file), "").unwrap();
        }
        assert_eq!(markdown_files(src.path()).unwrap(), ["b.md", "part/a.md"]);
    }
}
