//! Each item of the source courses is kept where `book/coverage.toml` says, or says what it waits for.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use anyhow::Result;

use super::{Source, has_heading};
use crate::course::{Course, Lab};
use crate::coverage::{self, FILE, Place, Row, Target};
use crate::problem::Problem;

pub(super) fn check(root: &Path, course: &Course, sources: &[Source]) -> Result<Vec<Problem>> {
    if !root.join(FILE).is_file() {
        return Ok(Vec::new()); // a page that shows it reports that
    }
    let rows: Vec<Row> = coverage::load(root)?.into_iter().flat_map(|source| source.rows).collect();
    let mut problems = repeated(&rows);
    for row in &rows {
        problems.extend(unkept(course, row));
        for place in &row.kept {
            if let Err(what) = find(course, sources, place) {
                problems.push(problem(row, &what));
            }
        }
    }
    problems.extend(forgotten(course, &rows));
    Ok(problems)
}

fn problem(row: &Row, what: &str) -> Problem {
    Problem::new(FILE, row.line, format!("{}: {what}", row.id))
}

fn repeated(rows: &[Row]) -> Vec<Problem> {
    let mut seen = HashSet::new();
    rows.iter()
        .filter(|row| !seen.insert(&row.id))
        .map(|row| problem(row, "this id is there twice"))
        .collect()
}

/// A row has a place, and one in each lab that it belongs to and that exists; or it says what is missing.
fn unkept(course: &Course, row: &Row) -> Vec<Problem> {
    if row.gap.is_some() {
        return Vec::new();
    }
    if row.labs.is_empty() && row.kept.is_empty() {
        return vec![problem(row, "it is kept nowhere, and no `gap` says why")];
    }
    let labs = row.labs.iter().filter_map(|&number| lab(course, number));
    labs.filter(|lab| row.kept.iter().all(|place| place.page != lab.name))
        .map(|lab| problem(row, &format!("it belongs to lab {}, and has no place there", lab.name)))
        .collect()
}

/// A lab that rows belong to, and that keeps none of them: a `gap` in each row does not excuse that.
fn forgotten(course: &Course, rows: &[Row]) -> Vec<Problem> {
    let keeps: BTreeSet<&str> =
        rows.iter().flat_map(|row| &row.kept).map(|place| place.page.as_str()).collect();
    let pointed: BTreeSet<u32> = rows.iter().flat_map(|row| row.labs.iter().copied()).collect();
    pointed
        .into_iter()
        .filter_map(|number| lab(course, number))
        .filter(|lab| !keeps.contains(lab.name.as_str()))
        .map(|lab| {
            Problem::new(FILE, 1, format!("rows belong to lab {}, and none has a place there", lab.name))
        })
        .collect()
}

fn lab(course: &Course, number: u32) -> Option<&Lab> {
    course.labs.iter().find(|lab| lab.number == number)
}

/// What to say if there is no such place.
fn find(course: &Course, sources: &[Source], place: &Place) -> Result<(), String> {
    let lab = course.lab(&place.page).ok();
    if let Target::Check(name) = &place.target {
        return course.lab(&place.page)?.check(name).map(|_| ());
    }
    let path = format!("{}.md", lab.map_or_else(|| place.page.clone(), Lab::folder));
    let page = sources.iter().find(|source| source.path == path);
    match (&place.target, page) {
        (_, None) => Err(format!("no lab and no page is called `{}`", place.page)),
        (Target::Section(title), Some(page)) if !has_heading(page, title) => {
            Err(format!("{path} has no section \"{title}\""))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;
    use crate::site::{Site, read};

    /// What is said of a file with these rows, in a course of lab 03 with one chapter.
    fn problems(rows: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("book")).unwrap();
        std::fs::write(root.path().join(FILE), format!("[[source]]\ntitle = \"A\"\nrows = [\n{rows}\n]\n"))
            .unwrap();
        let sources = [Source { path: "03-tcp-echo.md".into(), text: "# Echo\n## Explore\n".into() }];
        let found = check(root.path(), &sample::course(), &sources).unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn kept_waiting_and_explained_rows_are_accepted() {
        let rows = "{ id = \"A-1\", says = \"\", labs = [3, 18], kept = [\"tcp-echo/echoes-a-line\"] },
                    { id = \"A-2\", says = \"\", labs = [3], kept = [\"tcp-echo#Explore\", \"tcp-echo\"] },
                    { id = \"A-3\", says = \"\", labs = [18] },
                    { id = \"A-4\", says = \"\", gap = \"an exam\" },";
        assert!(problems(rows).is_empty(), "{:?}", problems(rows));
    }

    #[test]
    fn places_that_do_not_exist_are_named() {
        let kept = "\"gone\", \"gone/check\", \"tcp-echo/gone\", \"tcp-echo#Gone\", \"tcp-echo\"";
        let expected = [
            "book/coverage.toml:4: A-1: no lab and no page is called `gone`",
            "book/coverage.toml:4: A-1: no lab `gone`",
            "book/coverage.toml:4: A-1: lab tcp-echo has no public check `gone`",
            "book/coverage.toml:4: A-1: 03-tcp-echo.md has no section \"Gone\"",
        ];
        assert_eq!(problems(&format!("{{ id = \"A-1\", says = \"\", kept = [{kept}] }}")), expected);
    }

    #[test]
    fn an_id_that_is_there_twice_is_named() {
        let rows = "{ id = \"A-1\", says = \"\", kept = [\"tcp-echo\"] },\n{ id = \"A-1\", says = \"\", labs = [18] }";
        assert_eq!(problems(rows), ["book/coverage.toml:5: A-1: this id is there twice"]);
    }

    #[test]
    fn a_row_without_a_place_and_a_lab_without_a_row_are_named() {
        let rows = "{ id = \"A-1\", says = \"\", labs = [3, 18], kept = [] },
                    { id = \"A-2\", says = \"\" },
                    { id = \"A-3\", says = \"\", labs = [3], gap = \"time\" },";
        let expected = [
            "book/coverage.toml:4: A-1: it belongs to lab tcp-echo, and has no place there",
            "book/coverage.toml:5: A-2: it is kept nowhere, and no `gap` says why",
            "book/coverage.toml:1: rows belong to lab tcp-echo, and none has a place there",
        ];
        assert_eq!(problems(rows), expected);
    }

    /// The five sources have so many items; one that is left out would be missed by nobody else.
    const ITEMS: [usize; 5] = [116, 44, 78, 33, 36];

    #[test]
    fn every_item_of_the_source_courses_is_accounted_for() {
        let site = Site::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let listed = coverage::load(site.root()).unwrap();
        for (number, (source, items)) in listed.iter().zip(ITEMS).enumerate() {
            let ids: Vec<&str> = source.rows.iter().map(|row| row.id.as_str()).collect();
            let expected: Vec<String> = (1..=items).map(|item| format!("S{number}-{item:02}")).collect();
            assert_eq!(ids, expected);
        }
        assert_eq!(listed.len(), ITEMS.len());
    }

    #[test]
    fn the_courses_own_rows_are_kept_where_they_say() {
        let site = Site::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let course = Course::load(site.root()).unwrap();
        let pages = site.pages().unwrap().into_iter();
        let sources: Vec<Source> =
            pages.map(|path| Source { text: read(&site.src().join(&path)).unwrap(), path }).collect();
        assert_eq!(check(site.root(), &course, &sources).unwrap(), []);
    }
}
