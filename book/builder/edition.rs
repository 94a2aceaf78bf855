//! Who the site is for.

use mdbook_driver::book::{Book, BookItem, Chapter};

use crate::problem::Problem;

/// What students don't need.
const FOR_INSTRUCTORS: [&str; 2] = ["class.md", "cluster.md"];

/// An edition of the book.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edition {
    /// All pages.
    Whole,
    /// Without the pages for instructors.
    Students,
}

impl Edition {
    /// Leaves out the pages that are not of this edition; a link to one of them is a problem.
    pub(crate) fn reduce(self, book: &mut Book) -> Vec<Problem> {
        if self == Edition::Whole {
            return Vec::new();
        }
        book.items.retain(|item| !matches!(item, BookItem::Chapter(chapter) if is_for_instructors(chapter)));
        let mut problems = Vec::new();
        for chapter in book.chapters() {
            let page =
                chapter.source_path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
            for (at, line) in chapter.content.lines().enumerate() {
                if let Some(page_for_instructors) =
                    FOR_INSTRUCTORS.iter().find(|page| line.contains(&format!("]({page}")))
                {
                    let what = format!("a link to {page_for_instructors}, which students don't have");
                    problems.push(Problem::new(format!("book/src/{page}"), at + 1, what));
                }
            }
        }
        problems
    }
}

fn is_for_instructors(chapter: &Chapter) -> bool {
    let is_one = |path: &std::path::PathBuf| FOR_INSTRUCTORS.iter().any(|page| path.as_os_str() == *page);
    chapter.source_path.as_ref().is_some_and(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let chapter =
            |name: &str, text: &str| BookItem::Chapter(Chapter::new(name, text.to_owned(), name, Vec::new()));
        let mut book = Book::default();
        book.push_item(chapter("setup.md", "See [here](class.md)."));
        book.push_item(chapter("class.md", ""));
        book
    }

    #[test]
    fn students_get_no_page_for_instructors_and_no_link_to_one() {
        let mut whole = book();
        assert!(Edition::Whole.reduce(&mut whole).is_empty());
        assert_eq!(whole.items.len(), 2);
        let mut students = book();
        let problems: Vec<String> =
            Edition::Students.reduce(&mut students).iter().map(ToString::to_string).collect();
        assert_eq!(students.items.len(), 1);
        assert_eq!(problems, ["book/src/setup.md:1: a link to class.md, which students don't have"]);
    }
}
