//! A check or a hint that sends a student to the book names a section that is there.

use std::path::Path;

use anyhow::Result;

use super::{Source, has_heading};
use crate::course::Course;
use crate::problem::Problem;
use crate::site::read;

/// Where checks are written, relative to the course's root; one file a lab.
const FOLDERS: [&str; 2] = ["grader/checks/src/labs", "grader/hidden/src/labs"];

/// Reads the checks as text: hidden ones are in a crate that the book must not know, and a text has lines.
pub(super) fn check(root: &Path, course: &Course, sources: &[Source]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for folder in FOLDERS {
        for lab in &course.labs {
            let file = format!("{folder}/{}.rs", lab.name.replace('-', "_"));
            let path = root.join(&file);
            if !path.is_file() {
                continue;
            }
            let chapter = format!("{}.md", lab.folder());
            let chapter = sources.iter().find(|source| source.path == chapter);
            for (line, title) in mentions(&read(&path)?) {
                if !chapter.is_some_and(|chapter| has_heading(chapter, &title)) {
                    let what = format!("the chapter of {} has no section \"{title}\"", lab.name);
                    problems.push(Problem::new(&file, line, what));
                }
            }
        }
    }
    Ok(problems)
}

/// The sections that a file of checks names, each with its line: `.reads("…")`, and in a hint `Book: \"…\"`.
fn mentions(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for (start, end) in [(".reads(\"", "\")"), ("ook: \\\"", "\\\"")] {
            let titles = line.split(start).skip(1).filter_map(|rest| rest.split_once(end));
            found.extend(titles.map(|(title, _)| (at + 1, title.to_owned())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    #[test]
    fn a_section_that_is_not_there_is_named() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(FOLDERS[0]);
        std::fs::create_dir_all(&folder).unwrap();
        let checks =
            "check(\"a\")\n.reads(\"Echo\")\n\"Read on. Book: \\\"Nowhere\\\".\",\n.reads(\"Gone\")\n";
        std::fs::write(folder.join("tcp_echo.rs"), checks).unwrap();
        let sources = [Source { path: "03-tcp-echo.md".into(), text: "## Echo\n".into() }];
        let found = check(root.path(), &sample::course(), &sources).unwrap();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let expected = [
            "grader/checks/src/labs/tcp_echo.rs:3: the chapter of tcp-echo has no section \"Nowhere\"",
            "grader/checks/src/labs/tcp_echo.rs:4: the chapter of tcp-echo has no section \"Gone\"",
        ];
        assert_eq!(found, expected);
    }
}
