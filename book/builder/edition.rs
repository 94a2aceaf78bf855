//! Who the site is for.

use mdbook_driver::book::{Book, BookItem, Chapter};

use crate::problem::Problem;

/// The part of the book that students don't need, to the next part's title or to the end.
const FOR_INSTRUCTORS: &str = "For instructors";

/// What surrounds lines for instructors on a page that students read, too; each on a line of its own.
const MARKS: [&str; 2] = ["<!-- begin instructors -->", "<!-- end instructors -->"];

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
        let left_out = take_part(book, FOR_INSTRUCTORS);
        book.for_each_chapter_mut(|chapter| chapter.content = without_marked(&chapter.content));
        let mut problems = Vec::new();
        for chapter in book.chapters() {
            let page = path_of(chapter);
            for (at, line) in chapter.content.lines().enumerate() {
                if let Some(absent) = left_out.iter().find(|absent| line.contains(&format!("]({absent}"))) {
                    let what = format!("a link to {absent}, which students don't have");
                    problems.push(Problem::new(format!("book/src/{page}"), at + 1, what));
                }
            }
        }
        problems
    }
}

/// Takes the part with that title out of the book; the files of its pages.
fn take_part(book: &mut Book, title: &str) -> Vec<String> {
    let mut taken = Vec::new();
    let mut is_in_part = false;
    book.items.retain(|item| {
        if let BookItem::PartTitle(begun) = item {
            is_in_part = begun == title;
        }
        if let (true, BookItem::Chapter(chapter)) = (is_in_part, item) {
            taken.push(path_of(chapter));
        }
        !is_in_part
    });
    taken
}

/// The text without the lines between the marks.
fn without_marked(text: &str) -> String {
    let mut is_marked = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let [begin, end] = MARKS.map(|mark| line.trim() == mark);
        is_marked = (is_marked || begin) && !end;
        if !is_marked && !end {
            kept.push_str(line);
        }
    }
    kept
}

fn path_of(chapter: &Chapter) -> String {
    chapter.source_path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let chapter =
            |name: &str, text: &str| BookItem::Chapter(Chapter::new(name, text.to_owned(), name, Vec::new()));
        let mut book = Book::default();
        book.push_item(chapter("setup.md", "See [here](class.md)."));
        book.push_item(BookItem::PartTitle("For instructors".to_owned()));
        book.push_item(chapter("class.md", ""));
        book
    }

    #[test]
    fn students_get_no_page_for_instructors_and_no_link_to_one() {
        let mut whole = book();
        assert!(Edition::Whole.reduce(&mut whole).is_empty());
        assert_eq!(whole.items.len(), 3);
        let mut students = book();
        let problems: Vec<String> =
            Edition::Students.reduce(&mut students).iter().map(ToString::to_string).collect();
        assert_eq!(students.items.len(), 1);
        assert_eq!(problems, ["book/src/setup.md:1: a link to class.md, which students don't have"]);
    }

    #[test]
    fn students_get_no_lines_that_are_marked_for_instructors() {
        let mut students = Book::default();
        let text = "a\n<!-- begin instructors -->\n[b](class.md)\n<!-- end instructors -->\nc\n";
        students.push_item(Chapter::new("Setup", text.to_owned(), "setup.md", Vec::new()));
        assert!(Edition::Students.reduce(&mut students).is_empty());
        assert_eq!(students.chapters().next().unwrap().content, "a\nc\n");
    }
}
